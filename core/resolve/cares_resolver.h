#ifndef STREAMPAIR_CORE_RESOLVE_CARES_RESOLVER_H_
#define STREAMPAIR_CORE_RESOLVE_CARES_RESOLVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/resolve/resolver.h"

namespace streampair {

struct CaresOptions {
  // Name servers as "address", "address:port" or "[address]:port", asked in this order. Empty:
  // those of /etc/resolv.conf, read once when the resolver is made.
  std::vector<std::string> servers;

  // How long one server may take to answer the first time it is asked; each further round doubles
  // it.
  absl::Duration try_timeout = absl::Seconds(2);

  // How many rounds over the servers.
  int tries = 3;

  // The most that any lookup may take; see ResolveOptions::timeout for a shorter one of its own.
  absl::Duration lookup_timeout = absl::Seconds(15);
};

// A resolver on the c-ares library, driven by the event loop: no thread, no blocking call but the
// reading of /etc/hosts, which is consulted first. Names are taken as they are: no search list, no
// aliases from the environment. The order of the addresses is that of RFC 6724.
class CaresResolver : public Resolver {
 public:
  // Fails when an option makes no sense or the library cannot start: (Streampair, kInvalidRequest
  // or kInternal). `loop` must outlive the resolver.
  static Result<std::unique_ptr<CaresResolver>> Make(EventLoop& loop, const CaresOptions& options);

  ~CaresResolver() override;
  CaresResolver(const CaresResolver&) = delete;
  CaresResolver& operator=(const CaresResolver&) = delete;

  LookupId Start(const HostName& name, const ResolveOptions& options, Done done) override;
  void Cancel(LookupId id) override;

 private:
  class Channel;
  explicit CaresResolver(std::unique_ptr<Channel> channel);

  std::unique_ptr<Channel> channel_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_CARES_RESOLVER_H_
