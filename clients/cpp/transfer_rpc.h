#ifndef STREAMPAIR_CLIENTS_CPP_TRANSFER_RPC_H_
#define STREAMPAIR_CLIENTS_CPP_TRANSFER_RPC_H_

#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/cpp/call_queue.h"
#include "clients/cpp/carrier_options.h"
#include "clients/cpp/channel.h"
#include "clients/cpp/receive_window.h"
#include "clients/cpp/result.h"
#include "clients/cpp/send_turns.h"
#include "clients/cpp/stream_types.h"
#include "wire/calls/tag.h"
#include "wire/frame_reader.h"
#include "wire/frame_writer.h"

namespace streampair::client {

// One Transfer RPC with all its channels: the part behind Carrier and Stream that has the lock, the
// threads and the clock. What a call of it means for the user is written there.
//
// Thread-safe. One mutex guards everything; no byte is copied, no callback called and nothing
// waited for while it is held. One read and one write are in flight at a time: the read always,
// since the windows bound what it can bring, and the write while there is something to send; what
// comes up meanwhile goes into the next message. A message that the connection takes at once is not
// waited for. It keeps itself alive until gRPC is done with it.
class TransferRpc final : public std::enable_shared_from_this<TransferRpc> {
 public:
  enum class Form : uint8_t {
    kOnePair,    // One stream on channel 0; the RPC ends with it.
    kManyPairs,  // Channels from 1 on; the RPC ends after FinishOpening.
  };
  using Callback = absl::AnyInvocable<void()>;
  using SetCallback = absl::AnyInvocable<void(Result<void>)>;
  // What an attach frame may ask for.
  static constexpr size_t kMinWindow = 1;
  static constexpr size_t kMaxWindow = size_t{64} << 20;

  // One stream's place here. Owned by the RPC from Open to Release; only the RPC looks inside.
  struct Seat {
    Seat(uint64_t seat_key, v1::Attach attach, const StreamOptions& options, WindowBudget* budget)
        : key(seat_key),
          channel(static_cast<uint32_t>(seat_key), std::move(attach),
                  std::clamp(options.window, kMinWindow, kMaxWindow), options.unsent_limit,
                  budget) {}
    const uint64_t
        key;  // The channel's number, except for seats past the last number, which never work.
    Channel channel;
    absl::CondVar readable;
    absl::CondVar writable;
    absl::CondVar changed;  // Anything that the server said.
    Callback on_ready;
    Callback on_readable;
    Callback on_writable;
    // By the id of the set.
    absl::flat_hash_map<uint32_t, SetCallback> on_set;
    bool settled = false;   // Nothing more on the wire; no longer counted as live.
    bool released = false;  // The stream is gone.
  };

  static std::shared_ptr<TransferRpc> Start(std::shared_ptr<CallQueue> queue,
                                            const std::shared_ptr<grpc::Channel>& channel,
                                            CarrierOptions options, Form form);
  ~TransferRpc();

  // Never fails; a seat that cannot work has its error already. `attach` names the pair or creates
  // it.
  Seat* Open(v1::Attach attach, const StreamOptions& options);
  void Release(Seat* seat);

  ReadResult Read(Seat* seat, size_t max, absl::Time deadline, Slices* out);
  bool NotifyReadable(Seat* seat, Callback callback);
  WriteResult Write(Seat* seat, absl::string_view bytes, absl::Time deadline);
  WriteResult WriteSlice(Seat* seat, grpc::Slice slice, absl::Time deadline);
  bool NotifyWritable(Seat* seat, Callback callback);
  bool NotifyReady(Seat* seat, Callback callback);
  // The callback comes always, unless the seat is released before.
  void SetProperty(Seat* seat, v1::Property property, SetCallback callback);
  bool WaitTls(Seat* seat, absl::Time deadline);
  void Finish(Seat* seat);
  void Reset(Seat* seat);
  Result<OpenInfo> WaitOpen(Seat* seat, bool ready, absl::Time deadline);
  bool WaitEnd(Seat* seat, absl::Time deadline);
  Result<EndInfo> Close(Seat* seat, absl::Time deadline);
  size_t Unread(Seat* seat);
  OpenInfo Open(Seat* seat);
  std::string PairName(Seat* seat);
  EndInfo End(Seat* seat);
  std::optional<StreamError> Error(Seat* seat);

  // No stream will follow: half-closes once the last one has ended.
  void FinishOpening();
  void Cancel();
  bool draining();
  // Whether a new seat could work, as far as is known here.
  bool usable();
  // Waits for the end of the RPC. False if it has not come by the deadline.
  bool WaitDone(absl::Time deadline);
  // Why the RPC broke under its streams, if it did. A bad status after the last end is noise and
  // not reported.
  std::optional<StreamError> broken();

 private:
  using Callbacks = std::vector<Callback>;
  // What comes back from the queue: one kind of operation, of which one at a time is in flight.
  class Operation final : public wire::Tag {
   public:
    using Handler = void (TransferRpc::*)(bool ok);
    Operation(TransferRpc& rpc, Handler handler) : rpc_(rpc), handler_(handler) {}
    void Run(bool ok) override { rpc_.Complete(handler_, ok); }

   private:
    TransferRpc& rpc_;
    const Handler handler_;
  };
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Activity {
    const Channel* channel = nullptr;
    SteadyTime time;
  };

  TransferRpc(std::shared_ptr<CallQueue> queue, CarrierOptions options, Form form);
  void Begin(const std::shared_ptr<grpc::Channel>& channel);

  // For an operation that begins: its tag.
  void* BeginLocked(Operation& operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // An operation came back; on the queue's thread. Calls its handler, and what is due.
  void Complete(Operation::Handler handler, bool ok) ABSL_LOCKS_EXCLUDED(mu_);
  void OnReadDone(bool ok) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnWriteDone(bool ok) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnHalfClosed(bool ok) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnDone(bool ok) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnHeartbeat(bool fired) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnLinger(bool fired) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnDue(bool fired) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Seat* Find(uint32_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Receive() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ReceiveData() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ReceiveFrame(const v1::ServerFrame& frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Delivered(Seat* seat, Channel::Fault fault) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Null if the frame is to be ignored, or broke the RPC.
  Seat* FindReceiver(uint32_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Break(StreamError why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Whoever opens goes elsewhere: also a server that is going down need not wait for us.
  bool NoMoreSeatsLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return finishing_ || draining_;
  }
  // Sends what there is to send if no write is in flight; half-closes when that is due.
  void Pump() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void FillLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // True: the message is sent already.
  bool WroteLocked(bool at_once) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void HalfCloseLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ReadOnLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // After a change of the seat: wakes who waits for it, counts it out when it is over. May destroy
  // it.
  void Update(Seat* seat) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Wake(Seat* seat) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CallSetters(Seat* seat) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The seat's callbacks, which will not be called; to be destroyed after the lock is gone.
  [[nodiscard]] static Callbacks Forget(Seat* seat);
  size_t WindowLimit(const Channel& channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void NoteActivity(const Channel* channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Waits until there is room, at most until the deadline; what then is there.
  size_t WaitForRoom(Seat* seat, absl::Time deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void SetHeartbeat() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void SetAlarm(std::unique_ptr<grpc::Alarm>& alarm, absl::Duration after, Operation& operation)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Constant after construction.
  const CarrierOptions options_;
  const Form form_;

  const std::shared_ptr<CallQueue> queue_;  // Goes last: it may be what ends the queue.

  // gRPC's own: used by it alone while the operation is in flight.
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  grpc::Status status_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream_;
  Operation read_{*this, &TransferRpc::OnReadDone};
  Operation write_{*this, &TransferRpc::OnWriteDone};  // And the start, which comes before it.
  Operation half_close_{*this, &TransferRpc::OnHalfClosed};
  Operation finish_{*this, &TransferRpc::OnDone};
  Operation heartbeat_{*this, &TransferRpc::OnHeartbeat};
  Operation linger_{*this, &TransferRpc::OnLinger};
  Operation call_due_{*this, &TransferRpc::OnDue};

  absl::Mutex mu_;
  absl::CondVar done_changed_ ABSL_GUARDED_BY(mu_);
  WindowBudget budget_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<uint64_t, std::unique_ptr<Seat>> seats_ ABSL_GUARDED_BY(mu_);
  uint64_t next_key_ ABSL_GUARDED_BY(mu_);
  size_t live_ ABSL_GUARDED_BY(mu_) = 0;  // Seats not settled.
  SendTurns turns_ ABSL_GUARDED_BY(mu_);
  wire::FrameWriter writer_ ABSL_GUARDED_BY(mu_);
  wire::ResponseReader reader_ ABSL_GUARDED_BY(mu_);
  // Callbacks that are due; the next operation that comes back calls them.
  Callbacks due_ ABSL_GUARDED_BY(mu_);
  Activity recent_[2] ABSL_GUARDED_BY(mu_);  // The two channels that moved bytes last.
  SteadyTime last_received_ ABSL_GUARDED_BY(mu_);
  uint64_t nonce_ ABSL_GUARDED_BY(mu_) = 0;
  size_t in_flight_ ABSL_GUARDED_BY(mu_) = 0;  // Operations.
  bool read_in_flight_ ABSL_GUARDED_BY(mu_) = false;
  bool write_in_flight_ ABSL_GUARDED_BY(mu_) = false;
  bool completing_ ABSL_GUARDED_BY(mu_) = false;   // In Complete, which calls what is due.
  bool due_soon_ ABSL_GUARDED_BY(mu_) = false;     // call_due_ is in flight.
  bool writes_over_ ABSL_GUARDED_BY(mu_) = false;  // Half-closed, or the RPC is ending.
  bool finishing_ ABSL_GUARDED_BY(mu_) = false;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<StreamError> broken_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<grpc::Alarm> heartbeat_alarm_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<grpc::Alarm> linger_alarm_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<grpc::Alarm> due_alarm_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<TransferRpc> self_ ABSL_GUARDED_BY(mu_);  // Until nothing is in flight.
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_TRANSFER_RPC_H_
