#ifndef STREAMPAIR_CORE_DIAL_DIALER_H_
#define STREAMPAIR_CORE_DIAL_DIALER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "core/addr/endpoint.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/dial/dial_options.h"
#include "core/dial/dial_target.h"
#include "core/resolve/resolver.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

// One address that was tried, or that was refused by the policy before it could be.
struct Attempt {
  Endpoint endpoint;
  absl::Duration took = absl::ZeroDuration();
  std::optional<Error> error = std::nullopt;  // None: this is the attempt that won.
};

// How a dial ended, with what it went through; the record is kept for successes and failures alike.
struct DialOutcome {
  // A connected, non-blocking socket that no loop watches, now the receiver's; or the error of the
  // *last* address tried (the contract's rule), of the lookup, of the policy, or of the deadline.
  Result<UniqueFd> socket;

  std::optional<Endpoint>
      remote;  // Set when connected: the address that was judged and connected to.
  std::optional<Endpoint> local;  // Set when connected.
  std::vector<Attempt> attempts;  // In the order they were begun.

  std::optional<Resolution> resolution;  // Set when a lookup was made here and succeeded. Of a
                                         // service, that of the last host tried.
  absl::Duration lookup_took = absl::ZeroDuration();  // Of service and name together.

  // Set when a service was resolved: its hosts in the order tried, each with the addresses that are
  // known of it, and which host it was that the attempts ended with.
  std::optional<ResolvedService> service = std::nullopt;
  size_t service_host = 0;
};

// Turns a target into a connected socket.
//
//   DialId id = dialer.Dial(target, options, [](DialOutcome outcome) { ... });
//   dialer.Cancel(id);  // Lost interest: the callback will not run.
//
// Confined to one event-loop thread: every call, the destructor included, is made there, and so are
// the callbacks. A callback may call Dial and Cancel, and may destroy the dialer. Destroying the
// dialer cancels all its dials.
class Dialer {
 public:
  // Zero is never the id of a dial. Ids are not used again.
  using DialId = uint64_t;
  using Done = absl::AnyInvocable<void(DialOutcome)>;

  virtual ~Dialer() = default;

  // Starts a dial. `done` is called exactly once, later (never inside Dial), unless the dial is
  // cancelled.
  virtual DialId Dial(DialTarget target, const DialOptions& options, Done done) = 0;

  // Gives a dial up in whatever phase it is: when this returns, its socket is closed, its timers
  // and its lookup are gone, and its callback is destroyed uncalled. Does nothing for a dial that
  // has ended and for an id never given.
  virtual void Cancel(DialId id) = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_DIALER_H_
