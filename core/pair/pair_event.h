#ifndef STREAMPAIR_CORE_PAIR_PAIR_EVENT_H_
#define STREAMPAIR_CORE_PAIR_PAIR_EVENT_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/base/error.h"
#include "core/pair/half.h"
#include "core/tls/tls_report.h"

namespace streampair {

// What can happen to a pair: the original's CFStreamEventType, with three added.
enum class PairEventType : uint8_t {
  kOpenCompleted,  // The TCP connection stands.
  kTlsHandshakeCompleted,
  kReady,              // All handshakes are done.
  kHasBytesAvailable,  // Edge-like: again only after a read found nothing.
  kCanAcceptBytes,     // Edge-like: again only after a write found no room.
  kEndEncountered,     // The target finished and everything was read.
  kErrorOccurred,
  kReleased,  // The last event of a pair.
};

struct PairEvent {
  PairEventType type;
  Halves halves = Halves::kBoth;
  std::optional<Error> error = std::nullopt;  // kErrorOccurred; kReleased when something other than
                                              // an orderly end released it.
  absl::Time time = absl::InfinitePast();
  std::string remote_address = {};           // kOpenCompleted.
  std::string local_address = {};            // kOpenCompleted.
  std::shared_ptr<const TlsFacts> tls = {};  // kTlsHandshakeCompleted.
};

// Told of a pair's events in order, on the pair's loop and without a lock of the pair. It must not
// wait.
class PairObserver {
 public:
  virtual ~PairObserver() = default;
  virtual void OnPairEvent(const PairEvent& event) = 0;

  // Whether it wants kHasBytesAvailable and kCanAcceptBytes, which cost a little on every exchange;
  // without such an observer they are not made. Always the same answer.
  virtual bool WantsIoEvents() const { return true; }
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_EVENT_H_
