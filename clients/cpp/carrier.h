#ifndef STREAMPAIR_CLIENTS_CPP_CARRIER_H_
#define STREAMPAIR_CLIENTS_CPP_CARRIER_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "clients/cpp/call_queue.h"
#include "clients/cpp/carrier_options.h"
#include "clients/cpp/result.h"
#include "clients/cpp/stream.h"
#include "clients/cpp/transfer_rpc.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair::client {

// One Transfer RPC that carries any number of streams, each at its own pace: a stream that nobody
// reads holds its window and slows no other. For a thousand streams this costs a tenth of a
// thousand RPCs.
//
// The RPC ends when the carrier is gone and the last of its streams has ended. If the connection to
// the server is lost all its streams fail, and so does every later one: make a new carrier then.
// Thread-safe.
class Carrier {
 public:
  // A carrier on `channel`, whose callbacks come on the queue's thread. Fails only by its streams.
  Carrier(std::shared_ptr<CallQueue> queue, const std::shared_ptr<grpc::Channel>& channel,
          CarrierOptions options);
  // An RPC for one stream alone, in the simplest form that the protocol has; it ends with the
  // stream.
  static Stream OpenAlone(std::shared_ptr<CallQueue> queue,
                          const std::shared_ptr<grpc::Channel>& channel, v1::StreamPairSpec spec,
                          const StreamOptions& stream_options, CarrierOptions options);
  static Stream AttachAlone(std::shared_ptr<CallQueue> queue,
                            const std::shared_ptr<grpc::Channel>& channel, std::string name,
                            const StreamOptions& stream_options, CarrierOptions options);

  Carrier(Carrier&&) noexcept = default;
  Carrier& operator=(Carrier&&) = delete;
  ~Carrier();

  // Makes a pair, opens it and attaches to it. Does not wait.
  Stream Open(v1::StreamPairSpec spec, const StreamOptions& options = {});

  // Attaches to a pair that exists.
  Stream Attach(std::string name, const StreamOptions& options = {});

  // Takes no more streams, and waits for the end of the RPC. The error says why the RPC broke under
  // its streams, or that it has not ended by the deadline.
  Result<void> Finish(absl::Time deadline);

  // Ends the RPC at once; streams that live on fail.
  void Cancel();

  // Whether the server said that it is going down.
  bool draining() const;

  // Whether it makes sense to open more streams here: the RPC lives, and the server is not going
  // down.
  bool usable() const;

 private:
  explicit Carrier(std::shared_ptr<TransferRpc> rpc) : rpc_(std::move(rpc)) {}
  Stream OpenSeat(v1::Attach attach, const StreamOptions& options);

  std::shared_ptr<TransferRpc> rpc_;  // Null only when moved from.
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_CARRIER_H_
