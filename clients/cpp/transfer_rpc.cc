#include "clients/cpp/transfer_rpc.h"

#include <grpc/support/time.h>
#include <grpcpp/generic/generic_stub.h>

#include <limits>
#include <string>
#include <utility>

#include "clients/cpp/client_errors.h"

namespace streampair::client {
namespace {

constexpr char kMethod[] = "/streampair.v1.StreamPairService/Transfer";
// A larger frame could bring a message over the server's limit, and so down all streams of the RPC.
constexpr size_t kMaxAttachBytes = size_t{1} << 20;
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

void TransferRpc::DeleteElsewhere(TransferRpc* rpc) {
  grpc::Alarm().Set(After(absl::ZeroDuration()), [rpc](bool) { delete rpc; });
}

std::shared_ptr<TransferRpc> TransferRpc::Start(const std::shared_ptr<grpc::Channel>& channel,
                                                CarrierOptions options, Form form) {
  std::shared_ptr<TransferRpc> rpc(new TransferRpc(std::move(options), form), &DeleteElsewhere);
  rpc->Begin(channel);
  return rpc;
}

TransferRpc::TransferRpc(CarrierOptions options, Form form)
    : options_(std::move(options)),
      form_(form),
      budget_(options_.window_growth),
      next_key_(form == Form::kOnePair ? 0 : 1) {}

TransferRpc::~TransferRpc() = default;

void TransferRpc::Begin(const std::shared_ptr<grpc::Channel>& channel) {
  if (options_.deadline != absl::InfiniteFuture()) {
    context_.set_deadline(absl::ToChronoTime(options_.deadline));
  }
  for (const auto& [key, value] : options_.metadata) context_.AddMetadata(key, value);
  absl::MutexLock lock(&mu_);
  self_ = shared_from_this();
  last_received_ = std::chrono::steady_clock::now();
  grpc::GenericStub(channel).PrepareBidiStreamingCall(&context_, kMethod, {}, this);
  StartRead(&incoming_);
  StartCall();
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
    seat->channel.DeliverRpcLost(*broken_);
  }
  if (form_ == Form::kOnePair) finishing_ = true;
  Update(seat);
  Pump();
  return seat;
}

void TransferRpc::Release(Seat* seat) {
  Callback readable, writable;  // Destroyed after the lock is gone.
  absl::MutexLock lock(&mu_);
  std::swap(readable, seat->on_readable);
  std::swap(writable, seat->on_writable);
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

void TransferRpc::Wake(Seat* seat) {
  seat->changed.SignalAll();
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

void TransferRpc::Pump() {
  if (write_in_flight_ || writes_over_) return;
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
  if (!writer_.empty()) {
    outgoing_ = writer_.Take();
    write_in_flight_ = true;
    StartWrite(&outgoing_);
  } else if (finishing_ && live_ == 0) {
    writes_over_ = true;
    StartWritesDone();
    SetLinger();
  }
}

void TransferRpc::OnWriteDone(bool ok) {
  Callbacks due;
  {
    absl::MutexLock lock(&mu_);
    write_in_flight_ = false;
    outgoing_.Clear();
    if (!ok) writes_over_ = true;  // OnDone follows.
    Pump();
    due.swap(due_);
  }
  for (Callback& callback : due) callback();
}

void TransferRpc::OnReadDone(bool ok) {
  Callbacks due;
  {
    absl::MutexLock lock(&mu_);
    if (!ok) {
      writes_over_ = true;  // OnDone follows.
      return;
    }
    last_received_ = std::chrono::steady_clock::now();
    Receive();
    Pump();
    due.swap(due_);
    StartRead(&incoming_);
  }
  for (Callback& callback : due) callback();
}

void TransferRpc::OnDone(const grpc::Status& status) {
  Callbacks due;
  std::unique_ptr<grpc::Alarm> heartbeat, linger;
  std::shared_ptr<TransferRpc> self;
  {
    absl::MutexLock lock(&mu_);
    done_ = true;
    writes_over_ = true;
    // Once all has ended the status is noise: a balancer may have made it.
    const bool in_order = finishing_ && live_ == 0;
    if (!in_order && !broken_) broken_ = RpcLost(status);
    std::vector<Seat*> seats;
    for (const auto& [key, seat] : seats_) seats.push_back(seat.get());
    for (Seat* const seat : seats) {
      if (!seat->channel.over_on_wire()) seat->channel.DeliverRpcLost(*broken_);
      Update(seat);
    }
    done_changed_.SignalAll();
    due.swap(due_);
    heartbeat.swap(heartbeat_alarm_);
    linger.swap(linger_alarm_);
    self.swap(self_);
  }
  for (Callback& callback : due) callback();
}

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

void TransferRpc::SetHeartbeat() {
  heartbeat_alarm_ = std::make_unique<grpc::Alarm>();
  heartbeat_alarm_->Set(After(options_.heartbeat), [weak = weak_from_this()](bool fired) {
    if (!fired) return;
    if (const std::shared_ptr<TransferRpc> rpc = weak.lock()) rpc->OnHeartbeat();
  });
}

void TransferRpc::OnHeartbeat() {
  std::unique_ptr<grpc::Alarm> fired;  // Destroyed after the lock is gone.
  absl::MutexLock lock(&mu_);
  if (done_) return;
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
  fired = std::move(heartbeat_alarm_);
  SetHeartbeat();
}

void TransferRpc::SetLinger() {
  linger_alarm_ = std::make_unique<grpc::Alarm>();
  linger_alarm_->Set(After(options_.linger), [weak = weak_from_this()](bool fired) {
    if (!fired) return;
    if (const std::shared_ptr<TransferRpc> rpc = weak.lock()) rpc->context_.TryCancel();
  });
}

}  // namespace streampair::client
