#ifndef STREAMPAIR_TESTS_HARNESS_AVAHI_H_
#define STREAMPAIR_TESTS_HARNESS_AVAHI_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/harness/child_process.h"
#include "tests/harness/scratch_dir.h"

namespace streampair::testing {

// A D-Bus for the system, in a private machine (see private_machine.h). Made means that it listens.
class SystemBus {
 public:
  SystemBus();

 private:
  ScratchDir scratch_;
  std::unique_ptr<ChildProcess> process_;
};

// An Avahi daemon on that bus, which answers for the loopback. Made means that it is on the bus.
class AvahiDaemon {
 public:
  AvahiDaemon();

  // Publishes a service of this machine's until the process ends. Made means that it is published.
  std::unique_ptr<ChildProcess> Publish(const std::string& name, const std::string& type, int port,
                                        const std::vector<std::string>& txt);

 private:
  ScratchDir scratch_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_AVAHI_H_
