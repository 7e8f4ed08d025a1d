#ifndef STREAMPAIR_SERVER_CALLER_GATE_H_
#define STREAMPAIR_SERVER_CALLER_GATE_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "grpcpp/server_context.h"
#include "server/caller.h"
#include "server/callers/known_callers.h"
#include "server/log.h"

namespace streampair {

// Where calls come in: says who makes them, and refuses those of whom it cannot be said, with
// Unauthenticated. What counts first is the call's bearer token, then what the connection says. A
// token that is not good is never made up for by a connection that is. Thread-safe.
class CallerGate {
 public:
  // `tcp_is_secured`: nobody can read along on a TCP connection. Both references must outlive this.
  CallerGate(const Clock& clock, Log& log, bool tcp_is_secured);

  // Null: no tokens are known, and none is looked at.
  void Set(std::shared_ptr<const KnownCallers> known);

  Result<Caller> Admit(const grpc::ServerContextBase& context) const;

  // Whether a caller that was admitted once, and whose call still runs, would be so again.
  std::optional<Error> Recheck(const Caller& caller) const;

 private:
  struct Current {
    std::shared_ptr<const KnownCallers> known = nullptr;
    uint64_t generation = 0;
  };
  Current Get() const;
  Result<Caller> Judge(const grpc::ServerContextBase& context) const;

  const Clock& clock_;
  Log& log_;
  const bool tcp_is_secured_;
  mutable absl::Mutex mu_;
  Current current_ ABSL_GUARDED_BY(mu_);
};

// Whether gRPC's `peer` is on this machine.
bool IsLocalPeer(absl::string_view peer);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLER_GATE_H_
