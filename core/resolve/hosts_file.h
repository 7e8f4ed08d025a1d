#ifndef STREAMPAIR_CORE_RESOLVE_HOSTS_FILE_H_
#define STREAMPAIR_CORE_RESOLVE_HOSTS_FILE_H_

#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/resolve/cares_handle.h"
#include "core/resolve/resolver.h"

namespace streampair {

// The names that need no name server: those of /etc/hosts, and "localhost" with everything under
// it (RFC 6761 section 6.3), which is the loopback whatever the file or a name server says about
// other names. The file is read anew at each lookup, so an edit counts at once; that is the only
// blocking call of core/resolve, on a small local file. Thread-compatible.
class HostsFile {
 public:
  // InternalFault if c-ares, whose reader is used, cannot start.
  static Result<HostsFile> Open();

  // The addresses in the order of the file, all lines of the name together; none if the name is
  // unknown here or has no address of a wanted family.
  std::optional<Resolution> LookUp(const HostName& name, AddressFamilies families) const;

 private:
  explicit HostsFile(CaresHandle channel) : channel_(std::move(channel)) {}

  CaresHandle channel_;  // Reads the file only: it has no sockets and no timers.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_HOSTS_FILE_H_
