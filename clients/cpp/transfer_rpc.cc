#include "clients/cpp/transfer_rpc.h"

#include <grpc/support/time.h>
#include <grpcpp/generic/generic_stub.h>

#include <limits>
#include <string>
#include <utility>

#include "clients/cpp/client_errors.h"
#include "wire/calls/completion_here.h"

namespace streampair::client {
namespace {

constexpr char kMethod[] = "/streampair.v1.StreamPairService/Transfer";
// A larger frame could bring a message over the server's limit, and so down all streams of the RPC.
constexpr size_t kMaxAttachBytes = size_t{1} << 20;  // That of a set is in transfer_rpc_calls.cc.
// Heartbeats without any answer until the server is taken for lost.
constexpr int kSilentHeartbeats = 3;

gpr_timespec After(absl::Duration duration) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(absl::ToInt64Nanoseconds(duration), GPR_TIMESPAN));
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace

std::shared_ptr<TransferRpc> TransferRpc::Start(std::shared_ptr<CallQueue> queue,
                                                const std::shared_ptr<grpc::Channel>& channel,
                                                CarrierOptions options, Form form) {
  std::shared_ptr<TransferRpc> rpc(new TransferRpc(std::move(queue), std::move(options), form));
  rpc->Begin(channel);
  return rpc;
}

TransferRpc::TransferRpc(std::shared_ptr<CallQueue> queue, CarrierOptions options, Form form)
    : options_(std::move(options)),
      form_(form),
      queue_(std::move(queue)),
      budget_(options_.window_growth),
      next_key_(form == Form::kOnePair ? 0 : 1) {}

TransferRpc::~TransferRpc() = default;

void TransferRpc::Begin(const std::shared_ptr<grpc::Channel>& channel) {
  if (options_.deadline != absl::InfiniteFuture()) {
    context_.set_deadline(absl::ToChronoTime(options_.deadline));
  }
  for (const auto& [key, value] : options_.metadata) context_.AddMetadata(key, value);
  absl::MutexLock lock(&mu_);
  last_received_ = std::chrono::steady_clock::now();
  // The only pair of an RPC is attached at once, by the message with which the RPC then begins.
  const bool begins_with_message = form_ == Form::kOnePair;
  if (begins_with_message) context_.set_initial_metadata_corked(true);
  stream_ = grpc::GenericStub(channel).PrepareCall(&context_, kMethod, &queue_->queue());
  if (begins_with_message) {
    stream_->StartCall(nullptr);
  } else {
    write_in_flight_ = true;
    stream_->StartCall(BeginLocked(write_));
    ReadOnLocked();
  }
  SetHeartbeat();
}

// Seats.

TransferRpc::Seat* TransferRpc::Open(v1::Attach attach, const StreamOptions& options) {
  attach.set_halves(options.halves);
  absl::MutexLock lock(&mu_);
  // Numbers grow and never come back.
  const bool too_large = attach.ByteSizeLong() > kMaxAttachBytes;
  const bool refused = finishing_ || next_key_ > std::numeric_limits<uint32_t>::max();
  const uint64_t key = next_key_++;
  auto made = std::make_unique<Seat>(key, std::move(attach), options, &budget_);
  Seat* const seat = made.get();
  seats_.emplace(key, std::move(made));
  ++live_;
  if (refused) {
    seat->channel.DeliverRpcLost(CarrierFinished());
  } else if (too_large) {
    seat->channel.DeliverRpcLost(AttachTooLarge());
  } else if (done_) {
    seat->channel.DeliverRpcLost(broken_.value_or(CarrierFinished()));
  }
  if (form_ == Form::kOnePair) finishing_ = true;
  Update(seat);
  Pump();
  return seat;
}

void TransferRpc::Release(Seat* seat) {
  Callbacks forgotten;  // Destroyed after the lock is gone.
  absl::flat_hash_map<uint32_t, SetCallback> forgotten_sets;
  absl::MutexLock lock(&mu_);
  forgotten = Forget(seat);
  forgotten_sets = std::exchange(seat->on_set, {});
  seat->released = true;
  // An orderly end needs nobody to wait for it: what is unsent goes, and the end frame comes.
  if (!seat->channel.finished_both_ways()) seat->channel.Reset(ResetHere());
  Update(seat);
  Pump();
}

TransferRpc::Seat* TransferRpc::Find(uint32_t number) {
  const auto found = seats_.find(number);
  return found == seats_.end() ? nullptr : found->second.get();
}

TransferRpc::Callbacks TransferRpc::Forget(Seat* seat) {
  Callbacks forgotten;
  for (Callback* each : {&seat->on_ready, &seat->on_readable, &seat->on_writable}) {
    forgotten.push_back(std::exchange(*each, nullptr));
  }
  return forgotten;
}

void TransferRpc::CallSetters(Seat* seat) {
  const auto call = [this](SetCallback callback, Result<void> result) {
    mu_.AssertHeld();
    due_.push_back([callback = std::move(callback), result = std::move(result)]() mutable {
      callback(std::move(result));
    });
  };
  for (PropertySets::Answer& answer : seat->channel.TakePropertyAnswers()) {
    auto setter = seat->on_set.extract(answer.id);
    if (setter.empty()) continue;
    call(std::move(setter.mapped()),
         answer.error ? Result<void>(*std::move(answer.error)) : Result<void>());
  }
  if (!seat->channel.ended() && !seat->channel.error()) return;
  for (auto& [id, callback] : std::exchange(seat->on_set, {})) {
    call(std::move(callback), seat->channel.error().value_or(PairOver()));
  }
}

void TransferRpc::Wake(Seat* seat) {
  seat->changed.SignalAll();
  if (!seat->on_set.empty()) CallSetters(seat);
  if (seat->on_ready && seat->channel.opened_or_not()) {
    due_.push_back(std::exchange(seat->on_ready, nullptr));
  }
  if (seat->channel.readable()) {
    seat->readable.SignalAll();
    if (seat->on_readable) due_.push_back(std::move(seat->on_readable));
    seat->on_readable = nullptr;
  }
  if (seat->channel.writable()) {
    seat->writable.SignalAll();
    if (seat->on_writable) {
      due_.push_back(std::move(seat->on_writable));
      seat->channel.SetWriterWaiting(false);
    }
    seat->on_writable = nullptr;
  }
}

void TransferRpc::Update(Seat* seat) {
  turns_.Note(&seat->channel);
  Wake(seat);
  if (seat->channel.over_on_wire() && !seat->settled) {
    seat->settled = true;
    --live_;
  }
  if (seat->settled && seat->released) {
    for (Activity& activity : recent_) {
      if (activity.channel == &seat->channel) activity.channel = nullptr;
    }
    seats_.erase(seat->key);
  }
}

// The RPC.

void TransferRpc::FinishOpening() {
  absl::MutexLock lock(&mu_);
  finishing_ = true;
  Pump();
}

void TransferRpc::Cancel() {
  absl::MutexLock lock(&mu_);
  Break(Cancelled());
}

bool TransferRpc::draining() {
  absl::MutexLock lock(&mu_);
  return draining_;
}

bool TransferRpc::usable() {
  absl::MutexLock lock(&mu_);
  return !done_ && !broken_ && !draining_ && !finishing_ &&
         next_key_ <= std::numeric_limits<uint32_t>::max();
}

bool TransferRpc::WaitDone(absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  while (!done_) {
    if (done_changed_.WaitWithDeadline(&mu_, deadline)) break;
  }
  return done_;
}

std::optional<StreamError> TransferRpc::broken() {
  absl::MutexLock lock(&mu_);
  return broken_;
}

void TransferRpc::Break(StreamError why) {
  if (done_ || broken_) return;
  broken_ = std::move(why);
  writes_over_ = true;
  context_.TryCancel();
}

void TransferRpc::FillLocked() {
  turns_.Fill(
      [this](uint32_t number) -> Channel* {
        mu_.AssertHeld();
        Seat* const seat = Find(number);
        return seat == nullptr ? nullptr : &seat->channel;
      },
      [this](Channel* channel, size_t bytes) {
        mu_.AssertHeld();
        if (bytes > 0) NoteActivity(channel);
        Update(Find(channel->number()));
      },
      &writer_);
}

void TransferRpc::Pump() {
  // Only the first message may be sent at once, so that nobody is kept here by others who write.
  for (bool at_once = true; !write_in_flight_ && !writes_over_; at_once = false) {
    FillLocked();
    if (writer_.empty()) {
      if (NoMoreSeatsLocked() && live_ == 0) HalfCloseLocked();
      break;
    }
    if (!WroteLocked(at_once)) break;
  }
  const bool somebody_will_call = completing_ || write_in_flight_ || due_soon_;
  if (!due_.empty() && !somebody_will_call) {
    due_soon_ = true;
    SetAlarm(due_alarm_, absl::ZeroDuration(), call_due_);
  }
}

bool TransferRpc::WroteLocked(bool at_once) {
  outgoing_ = writer_.Take();
  write_in_flight_ = true;
  void* const tag = BeginLocked(write_);
  bool wrote = false;
  if (at_once) {
    wire::CompletionHere here(queue_->queue());
    stream_->Write(outgoing_, tag);
    wrote = here.Took(tag);
  } else {
    stream_->Write(outgoing_, tag);
  }
  if (!read_in_flight_) ReadOnLocked();
  if (wrote) {
    --in_flight_;
    write_in_flight_ = false;
    outgoing_.Clear();
  }
  return wrote;
}

void TransferRpc::HalfCloseLocked() {
  writes_over_ = true;
  stream_->WritesDone(BeginLocked(half_close_));
  if (!read_in_flight_) ReadOnLocked();
  SetAlarm(linger_alarm_, options_.linger, linger_);
}

void TransferRpc::ReadOnLocked() {
  read_in_flight_ = true;
  stream_->Read(&incoming_, BeginLocked(read_));
}

// What comes back.

void* TransferRpc::BeginLocked(Operation& operation) {
  if (self_ == nullptr) self_ = shared_from_this();
  ++in_flight_;
  return static_cast<wire::Tag*>(&operation);
}

void TransferRpc::Complete(Operation::Handler handler, bool ok) {
  Callbacks due;
  std::shared_ptr<TransferRpc> self;  // Dropped after the lock is gone.
  {
    absl::MutexLock lock(&mu_);
    --in_flight_;
    completing_ = true;
    (this->*handler)(ok);
    completing_ = false;
    due.swap(due_);
    if (done_ && in_flight_ == 0) self.swap(self_);
  }
  for (Callback& callback : due) callback();
}

void TransferRpc::OnWriteDone(bool ok) {
  write_in_flight_ = false;
  outgoing_.Clear();
  if (!ok) writes_over_ = true;  // The end of reading follows.
  Pump();
}

void TransferRpc::OnReadDone(bool ok) {
  if (!ok) {
    writes_over_ = true;
    stream_->Finish(&status_, BeginLocked(finish_));
    return;
  }
  last_received_ = std::chrono::steady_clock::now();
  Receive();
  Pump();
  ReadOnLocked();
}

void TransferRpc::OnHalfClosed(bool) {}

void TransferRpc::OnDone(bool) {
  done_ = true;
  writes_over_ = true;
  // Once all has ended the status is noise: a balancer may have made it.
  const bool in_order = NoMoreSeatsLocked() && live_ == 0;
  if (!in_order && !broken_) broken_ = RpcLost(status_);
  std::vector<Seat*> seats;
  for (const auto& [key, seat] : seats_) seats.push_back(seat.get());
  for (Seat* const seat : seats) {
    if (!seat->channel.over_on_wire()) {
      seat->channel.DeliverRpcLost(broken_.value_or(CarrierFinished()));
    }
    Update(seat);
  }
  done_changed_.SignalAll();
  heartbeat_alarm_.reset();
  linger_alarm_.reset();
}

void TransferRpc::OnDue(bool) { due_soon_ = false; }

void TransferRpc::Receive() {
  reader_.Reset(incoming_);
  for (;;) {
    switch (reader_.Next()) {
      case wire::FrameKind::kData:
        ReceiveData();
        break;
      case wire::FrameKind::kOther:
        ReceiveFrame(reader_.frame());
        break;
      case wire::FrameKind::kEnd:
        return;
      case wire::FrameKind::kMalformed:
        Break(ProtocolBroken("it cannot be decoded"));
        return;
    }
  }
}

void TransferRpc::ReceiveData() {
  Seat* const seat = FindReceiver(reader_.channel());
  if (seat == nullptr) return;
  NoteActivity(&seat->channel);
  Delivered(seat, seat->channel.DeliverData(reader_.starved(), reader_.payload(),
                                            reader_.payload_size()));
}

void TransferRpc::ReceiveFrame(const v1::ServerFrame& frame) {
  switch (frame.content_case()) {
    case v1::ServerFrame::kPing: {
      v1::ClientFrame pong;
      pong.mutable_pong()->set_nonce(frame.ping().nonce());
      turns_.AddFrame(pong);
      return;
    }
    case v1::ServerFrame::kPong:
      return;
    case v1::ServerFrame::kDraining:
      if (!draining_ && options_.on_draining) {
        due_.push_back(
            [this, grace = ToDuration(frame.draining().grace())] { options_.on_draining(grace); });
      }
      draining_ = true;
      return;
    default:
      break;
  }
  Seat* const seat = FindReceiver(frame.channel());
  if (seat != nullptr) Delivered(seat, seat->channel.DeliverFrame(frame));
}

TransferRpc::Seat* TransferRpc::FindReceiver(uint32_t number) {
  Seat* const seat = Find(number);
  if (seat != nullptr) return seat->channel.over_on_wire() ? nullptr : seat;
  // What was on its way to a stream that we reset is no fault.
  const uint32_t first = form_ == Form::kOnePair ? 0 : 1;
  if (number < first || number >= next_key_) {
    Break(ProtocolBroken("a frame for a channel that was never opened"));
  }
  return nullptr;
}

void TransferRpc::Delivered(Seat* seat, Channel::Fault fault) {
  if (fault) seat->channel.Reset(*std::move(fault));
  Update(seat);
}

// Time.

void TransferRpc::SetAlarm(std::unique_ptr<grpc::Alarm>& alarm, absl::Duration after,
                           Operation& operation) {
  alarm = std::make_unique<grpc::Alarm>();
  alarm->Set(&queue_->queue(), After(after), BeginLocked(operation));
}

void TransferRpc::SetHeartbeat() { SetAlarm(heartbeat_alarm_, options_.heartbeat, heartbeat_); }

void TransferRpc::OnHeartbeat(bool fired) {
  if (!fired || done_) return;
  const absl::Duration silence =
      absl::FromChrono(std::chrono::steady_clock::now() - last_received_);
  if (silence >= kSilentHeartbeats * options_.heartbeat) {
    Break(ServerSilent());
    return;
  }
  v1::ClientFrame ping;
  ping.mutable_ping()->set_nonce(++nonce_);
  turns_.AddFrame(ping);
  Pump();
  SetHeartbeat();
}

void TransferRpc::OnLinger(bool fired) {
  if (fired && !done_) context_.TryCancel();
}

}  // namespace streampair::client
