#ifndef STREAMPAIR_SERVER_TRANSFER_CHANNEL_H_
#define STREAMPAIR_SERVER_TRANSFER_CHANNEL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/error.h"
#include "core/flow/adaptive_size.h"
#include "core/flow/receive_window.h"
#include "core/flow/send_credit.h"
#include "core/pair/attachment.h"
#include "core/pair/pair_writer.h"
#include "core/pair/stream_user.h"
#include "streampair/v1/frame.pb.h"

namespace streampair {

class TransferSession;

// One attachment to one pair within a Transfer RPC. It hands what its pair tells it to the session,
// which drives it; the fields below say whose they are.
class Channel final : public StreamUser, public std::enable_shared_from_this<Channel> {
 public:
  Channel(uint32_t id, std::shared_ptr<TransferSession> session, SendCredit credit)
      : id_(id), session_(std::move(session)), credit_(credit) {}
  // Detaches, and tells the session of it if the channel had ended: whoever uses the attachment has
  // a reference, so now nobody does. Not to happen while the session's mutex is held.
  ~Channel() override;

  // StreamUser, on the pair's loop.
  void OnConnected() override;
  void OnReady() override;
  void OnIo(bool readable, bool writable) override;
  void OnGone(const Error& error) override;

 private:
  friend class TransferSession;

  const uint32_t id_;
  const std::shared_ptr<TransferSession> session_;

  // Set once, under the session's mutex, before the channel is in its table; constant afterwards.
  std::unique_ptr<Attachment> attachment_;
  std::optional<PairWriter> writer_;

  // Touched only by whoever builds the session's next message.
  AdaptiveSize read_size_;

  std::atomic<bool> finish_waits_{false};  // The client's finish has come and FIN was not sent yet.

  // Guarded by the session's mutex.
  SendCredit credit_;                    // What the client takes.
  std::optional<ReceiveWindow> window_;  // What we take; none for a channel without credits.
  bool readable_ = false;                // The socket may have bytes, or its end.
  bool bytes_wait_ = false;  // Without credit, and found so: an end behind them must wait too.
  bool queued_ = false;      // It stands in the session's list of ready channels, or is being read.
  bool client_finished_ = false;  // No more data from the client.
  bool read_over_ = false;        // No more data from the target, and the client was told.
  bool write_over_ = false;       // FIN was sent, or there is no write half.
  bool open_completed_told_ = false;
  bool tls_told_ = false;
  std::optional<v1::SetPropertyFrame> waiting_set_;  // For the data before it to be written.
  bool ended_ = false;  // The channel is out of the table; end_ is sent once it has detached.
  std::unique_ptr<v1::ServerFrame> end_;
  uint64_t bytes_read_ = 0;
  uint64_t bytes_written_ = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_CHANNEL_H_
