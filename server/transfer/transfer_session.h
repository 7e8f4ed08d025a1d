#ifndef STREAMPAIR_SERVER_TRANSFER_TRANSFER_SESSION_H_
#define STREAMPAIR_SERVER_TRANSFER_TRANSFER_SESSION_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "core/base/monotonic_time.h"
#include "core/flow/window_budget.h"
#include "core/loop/event_loop.h"
#include "core/pair/pair_snapshot.h"
#include "server/transfer/channel.h"
#include "server/transfer/message_stream.h"
#include "server/transfer/pair_access.h"
#include "server/transfer/receive_buffer.h"
#include "server/transfer/transfer_settings.h"
#include "wire/frame_reader.h"
#include "wire/frame_writer.h"

namespace streampair {

// What one Transfer RPC does: frames in, frames out, channels in between.
//
// Bytes run to completion on whichever thread learns of them. Upwards, the thread that received a
// message writes its data to the sockets. Downwards, at most one message is under way; when there
// is none, whoever learns that there is something to say takes the token (Outlet::kBuilding), reads
// the sockets of the ready channels in turn, each within its credit and its share, and sends what
// came together. So nothing is buffered downwards but that one message, and upwards at most each
// channel's window.
//
// One mutex guards the table of channels, the list of ready ones and the answers that wait. It is
// not held while bytes move. Order of locks: this, then a pair's. Thread-safe.
class TransferSession : public std::enable_shared_from_this<TransferSession> {
 public:
  // `loop` must outlive the session; it is for timers.
  TransferSession(std::shared_ptr<MessageStream> stream, std::shared_ptr<PairAccess> pairs,
                  EventLoop& loop, const TransferSettings& settings);
  ~TransferSession();

  // The RPC has begun.
  void Start();

  // The stream's answers.
  void OnMessage(grpc::ByteBuffer& message);
  void OnClientDone();  // Half-close: no message follows.
  void OnWritten(bool ok);
  void OnBroken();  // Cancelled, deadline passed, connection lost.
  void OnOver();    // The RPC is over; nothing more comes from the stream.

  // The server is going down; pairs end after `grace`.
  void OnDraining(absl::Duration grace);

 private:
  friend class Channel;
  using ChannelPtr = std::shared_ptr<Channel>;
  enum class Outlet : uint8_t { kIdle, kBuilding, kSending, kFinished };
  // One channel's part in the message being built.
  struct Turn {
    ChannelPtr channel;
    size_t budget;
    bool last_credit;  // The budget is all that the client takes.
    size_t used = 0;
    IoResult::Outcome outcome = IoResult::Outcome::kOk;
  };

  // A pair's news, on its loop.
  void OnChannelConnected(const ChannelPtr& channel);
  void OnChannelReady(const ChannelPtr& channel);
  void OnChannelIo(const ChannelPtr& channel, bool readable, bool writable);
  void OnChannelGone(const ChannelPtr& channel, const Error& error);
  // The pair of a channel that ended is free for others, or gone: the client may know of it.
  void OnChannelDetached(const v1::ServerFrame& end);
  void TellOpenCompletedLocked(const ChannelPtr& channel, const PairSnapshot& snapshot)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Frames.
  void HandleFrame(const v1::ClientFrame& frame);
  void HandleData(uint32_t id, bool starved, const std::vector<grpc::Slice>& payload, size_t size);
  void HandleAttach(uint32_t id, const v1::Attach& attach);
  void HandleWindow(uint32_t id, uint32_t increment);
  void HandleFinish(uint32_t id);
  void HandleReset(uint32_t id);
  void HandleSetProperty(uint32_t id, const v1::SetPropertyFrame& frame);
  // Does the set that waited for the data before it, and lets the data after it go.
  void DoWaitingSet(const ChannelPtr& channel);
  void AnswerSetLocked(const Channel& channel, uint32_t set_id, const std::optional<Error>& error)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The rest of HandleAttach once there is a pair.
  std::optional<Error> AttachLocked(uint32_t id, const v1::Attach& attach,
                                    const std::shared_ptr<StreamPair>& pair)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::optional<Error> CheckAttachLocked(const v1::Attach& attach) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // What a write to a target achieved.
  void Apply(const ChannelPtr& channel, const PairWriter::Progress& progress);

  // Sends what there is to send, unless a message is under way. Never inside a lock; to be called
  // after every change.
  void Pump();
  bool TakeTurns() ABSL_LOCKS_EXCLUDED(mu_);
  void Fill(Turn& turn);
  void EndTurnLocked(Turn& turn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Gives the token back, or starts to send what was built: true.
  bool CloseMessageLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeAnswersLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool MayFinishLocked(grpc::Status* status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  ChannelPtr FindLocked(uint32_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MarkReadableLocked(const ChannelPtr& channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void QueueIfReadyLocked(const ChannelPtr& channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AnswerLocked(const v1::ServerFrame& frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndIfOverLocked(const ChannelPtr& channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndLocked(const ChannelPtr& channel, const std::optional<Error>& error,
                 bool abandoned = false) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The end of a channel that has no attachment.
  void RefuseLocked(uint32_t id, const Error& error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Ends all channels and the RPC with `error`.
  void FailLocked(const Error& error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ForgetReadyLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void WaitForHalfCloseLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ArmHeartbeatLocked(MonotonicTime since) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnHeartbeat();
  // Frees what ended, without the lock.
  void Sweep();

  // Constant after construction.
  const std::shared_ptr<MessageStream> stream_;
  const std::shared_ptr<PairAccess> pairs_;
  EventLoop& loop_;
  const TransferSettings settings_;

  // Touched only by the thread that handles the message received.
  wire::RequestReader reader_;
  std::vector<iovec> pieces_;

  // Touched only by whoever has the token to build.
  wire::FrameWriter writer_;
  ReceiveBuffer buffer_;
  std::vector<Turn> turns_;

  absl::Mutex mu_;
  WindowBudget budget_ ABSL_GUARDED_BY(mu_);  // Before channels_: their windows give back to it.
  absl::flat_hash_map<uint32_t, ChannelPtr> channels_ ABSL_GUARDED_BY(mu_);
  std::deque<ChannelPtr> ready_ ABSL_GUARDED_BY(mu_);
  std::vector<ChannelPtr> dead_ ABSL_GUARDED_BY(mu_);  // Ended; to be freed without the lock.
  size_t detaching_ ABSL_GUARDED_BY(mu_) = 0;          // Ended, and the end was not told yet.
  std::string answers_ ABSL_GUARDED_BY(mu_);           // Encoded frames that wait.
  Outlet outlet_ ABSL_GUARDED_BY(mu_) = Outlet::kIdle;
  bool paused_ ABSL_GUARDED_BY(mu_) = false;  // Not reading: a channel without credits is behind.
  bool client_done_ ABSL_GUARDED_BY(mu_) = false;
  bool broken_ ABSL_GUARDED_BY(mu_) = false;
  bool over_ ABSL_GUARDED_BY(mu_) = false;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool end_wait_passed_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<Error> failure_ ABSL_GUARDED_BY(mu_);  // Of the RPC as a whole.
  bool uncredited_ ABSL_GUARDED_BY(mu_) = false;       // The one channel relies on the transport.
  uint64_t attaches_ ABSL_GUARDED_BY(mu_) = 0;  // Channels that were begun, refused ones included.
  uint32_t highest_ ABSL_GUARDED_BY(mu_) =
      0;  // The highest channel number begun, if attaches_ > 0.
  std::optional<Error> last_error_ ABSL_GUARDED_BY(mu_);  // How the last channel that ended did.
  EventLoop::TimerId end_timer_ ABSL_GUARDED_BY(mu_) = 0;
  EventLoop::TimerId heartbeat_timer_ ABSL_GUARDED_BY(mu_) = 0;
  MonotonicTime last_sent_ ABSL_GUARDED_BY(mu_);
  MonotonicTime last_received_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_TRANSFER_SESSION_H_
