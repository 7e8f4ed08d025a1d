#ifndef STREAMPAIR_CORE_RESOLVE_AVAHI_SESSION_H_
#define STREAMPAIR_CORE_RESOLVE_AVAHI_SESSION_H_

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "core/addr/service_name.h"
#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/resolve/avahi_poll.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

// What AvahiBus does on its thread: one client, and for each lookup one resolver object in the
// daemon for each address family. Confined to the loop's thread, the destructor included.
class AvahiSession {
 public:
  using Answered = absl::AnyInvocable<void(Result<ResolvedService>)>;

  // Found in one family, how long to wait for the other. As RFC 8305 section 3 waits, and twice
  // that, since a responder may take its time (RFC 6762 section 6).
  static constexpr absl::Duration kFamilyWait = absl::Milliseconds(100);

  explicit AvahiSession(EventLoop& loop);  // `loop` must outlive it.
  ~AvahiSession();
  AvahiSession(const AvahiSession&) = delete;
  AvahiSession& operator=(const AvahiSession&) = delete;

  void Resolve(uint64_t id, const ServiceName& name, Answered answered);
  void Cancel(uint64_t id);

 private:
  struct Lookup;
  struct ClientFree {
    void operator()(AvahiClient* client) const { avahi_client_free(client); }
  };

  // Makes the client if there is none. Otherwise the error.
  std::optional<Error> Connect(const std::string& name);
  void OnLost(int error);
  void FailAll(const std::string& why);

  void OnFound(Lookup& lookup, AvahiProtocol family, const char* host, const AvahiAddress& address,
               uint16_t port, AvahiStringList* txt);
  void OnFailure(Lookup& lookup, AvahiProtocol family, int error);
  void Finish(uint64_t id);

  EventLoop& loop_;
  AvahiLoopPoll poll_;
  std::unique_ptr<AvahiClient, ClientFree> client_;
  EventLoop::TimerId lost_timer_ = 0;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Lookup>> lookups_;  // Gone before the client.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_AVAHI_SESSION_H_
