#ifndef STREAMPAIR_CLIENTS_CPP_PAIR_WATCH_H_
#define STREAMPAIR_CLIENTS_CPP_PAIR_WATCH_H_

#include <grpcpp/channel.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "clients/cpp/call_queue.h"
#include "clients/cpp/stream_error.h"
#include "streampair/v1/event.pb.h"

namespace streampair::client {

class WatchRpc;

// Someone who is told of a pair's events: first those that already hold, then each as it comes, the
// last one RELEASED. Callbacks come one after the other on a thread of the library and must not
// block; the last one is on_end, once, with the error that ended the watch before the pair did.
class PairWatch {
 public:
  struct Callbacks {
    absl::AnyInvocable<void(const v1::StreamEvent&)> on_event;
    absl::AnyInvocable<void(std::optional<StreamError>)> on_end;
  };
  PairWatch(std::shared_ptr<CallQueue> queue, const std::shared_ptr<grpc::Channel>& channel,
            const std::vector<std::pair<std::string, std::string>>& metadata,
            const std::string& name, Callbacks callbacks);
  PairWatch(PairWatch&&) noexcept = default;
  PairWatch& operator=(PairWatch&&) = delete;
  // Cancels. Does not wait: callbacks may come until on_end has.
  ~PairWatch();

 private:
  std::shared_ptr<WatchRpc> rpc_;  // Null only when moved from.
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_PAIR_WATCH_H_
