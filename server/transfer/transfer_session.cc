// A session's life and its channels' ends. Frames are handled in transfer_frames.cc, messages built
// in transfer_pump.cc.
#include "server/transfer/transfer_session.h"

#include <utility>

#include "core/base/streampair_errors.h"
#include "server/convert/event.h"
#include "server/convert/time.h"
#include "server/error_proto.h"

namespace streampair {

TransferSession::TransferSession(std::shared_ptr<MessageStream> stream,
                                 std::shared_ptr<PairAccess> pairs, EventLoop& loop,
                                 const TransferSettings& settings)
    : stream_(std::move(stream)),
      pairs_(std::move(pairs)),
      loop_(loop),
      settings_(settings),
      budget_(settings_.growth, settings_.growth_pool.get()) {}

TransferSession::~TransferSession() = default;

void TransferSession::Start() {
  {
    absl::MutexLock lock(&mu_);
    last_sent_ = last_received_ = loop_.Now();
    ArmHeartbeatLocked(last_sent_);
  }
  stream_->StartRead();
}

void TransferSession::OnClientDone() {
  {
    absl::MutexLock lock(&mu_);
    client_done_ = true;
    // FIN is a frame: a channel whose client went without it was reset.
    std::vector<ChannelPtr> gone;
    for (const auto& [id, channel] : channels_) {
      if (!channel->client_finished_ && !channel->write_over_) gone.push_back(channel);
    }
    for (const ChannelPtr& channel : gone)
      EndLocked(channel, ClientGone("the call ended without a finish frame"));
  }
  Pump();
}

void TransferSession::OnBroken() {
  {
    absl::MutexLock lock(&mu_);
    if (broken_ || over_) return;
    broken_ = true;
    client_done_ = true;
    while (!channels_.empty()) {
      EndLocked(channels_.begin()->second,
                ClientGone("the call was cancelled or its connection was lost"));
    }
    ForgetReadyLocked();
    answers_.clear();
  }
  Pump();
}

void TransferSession::OnOver() {
  {
    absl::MutexLock lock(&mu_);
    over_ = broken_ = true;
    while (!channels_.empty()) {
      EndLocked(channels_.begin()->second, ClientGone("the call is over"));
    }
    ForgetReadyLocked();
    answers_.clear();
    loop_.CancelTimer(std::exchange(end_timer_, 0));
    loop_.CancelTimer(std::exchange(heartbeat_timer_, 0));
  }
  Sweep();
}

void TransferSession::OnDraining(absl::Duration grace) {
  {
    absl::MutexLock lock(&mu_);
    if (draining_ || over_) return;
    draining_ = true;
    v1::ServerFrame frame;
    *frame.mutable_draining()->mutable_grace() = DurationToProto(grace);
    AnswerLocked(frame);
    if (channels_.empty()) WaitForHalfCloseLocked();
  }
  Pump();
}

void TransferSession::TellOpenCompletedLocked(const ChannelPtr& channel,
                                              const PairSnapshot& snapshot) {
  if (std::exchange(channel->open_completed_told_, true)) return;
  v1::ServerFrame frame;
  frame.set_channel(channel->id_);
  PairEvent event{.type = PairEventType::kOpenCompleted, .time = snapshot.connected};
  if (snapshot.dial.remote.has_value()) event.remote_address = snapshot.dial.remote->ToString();
  if (snapshot.dial.local.has_value()) event.local_address = snapshot.dial.local->ToString();
  *frame.mutable_event() = EventToProto(event);
  AnswerLocked(frame);
}

void TransferSession::OnChannelConnected(const ChannelPtr& channel) {
  {
    absl::MutexLock lock(&mu_);
    if (channel->ended_) return;
    TellOpenCompletedLocked(channel, channel->attachment_->pair()->Snapshot());
  }
  Pump();
}

void TransferSession::OnChannelReady(const ChannelPtr& channel) {
  {
    absl::MutexLock lock(&mu_);
    if (channel->ended_) return;
    v1::ServerFrame frame;
    frame.set_channel(channel->id_);
    const PairSnapshot snapshot = channel->attachment_->pair()->Snapshot();
    TellOpenCompletedLocked(channel, snapshot);
    if (snapshot.tls != nullptr && snapshot.tls->report &&
        !std::exchange(channel->tls_told_, true)) {
      v1::ServerFrame tls;
      tls.set_channel(channel->id_);
      *tls.mutable_event() = EventToProto({.type = PairEventType::kTlsHandshakeCompleted,
                                           .time = snapshot.tls->report->complete_time,
                                           .tls = snapshot.tls});
      AnswerLocked(tls);
    }
    const PairEvent event{.type = PairEventType::kReady, .time = snapshot.ready_since};
    *frame.mutable_event() = EventToProto(event);
    AnswerLocked(frame);
    MarkReadableLocked(channel);
  }
  Apply(channel, channel->writer_->Flush());
  Pump();
}

void TransferSession::OnChannelIo(const ChannelPtr& channel, bool readable, bool writable) {
  {
    absl::MutexLock lock(&mu_);
    if (channel->ended_ || !channel->writer_.has_value()) return;
    if (readable) MarkReadableLocked(channel);
  }
  if (writable &&
      (channel->writer_->backlog() > 0 || channel->finish_waits_.load(std::memory_order_acquire))) {
    Apply(channel, channel->writer_->Flush());
  }
  Pump();
}

void TransferSession::OnChannelGone(const ChannelPtr& channel, const Error& error) {
  {
    absl::MutexLock lock(&mu_);
    EndLocked(channel, error);
  }
  Pump();
}

void TransferSession::Apply(const ChannelPtr& channel, const PairWriter::Progress& progress) {
  bool read_on = false;
  bool set_now = false;
  {
    absl::MutexLock lock(&mu_);
    channel->bytes_written_ += progress.written;
    set_now = channel->waiting_set_.has_value() && channel->writer_->reached_hold();
    if (progress.finished) channel->finish_waits_.store(false, std::memory_order_release);
    if (channel->ended_) return;
    if (channel->window_.has_value() && progress.written > 0) {
      if (const size_t grant = channel->window_->OnConsumed(progress.written); grant > 0) {
        v1::ServerFrame frame;
        frame.set_channel(channel->id_);
        frame.mutable_window()->set_increment(static_cast<uint32_t>(grant));
        AnswerLocked(frame);
      }
    }
    if (progress.finished) {
      channel->write_over_ = true;
      EndIfOverLocked(channel);
    } else if (progress.failed) {
      std::optional<Error> error = channel->attachment_->error();
      if (!error.has_value()) error = WrongState("the write half was closed");
      // What the target sent before is still delivered: the reader meets the error at the end of
      // it.
      if (channel->read_over_) {
        EndLocked(channel, error);
      } else {
        MarkReadableLocked(channel);
      }
    }
    if (paused_ && channel->writer_->backlog() <= settings_.uncredited_backlog / 2) {
      paused_ = false;
      read_on = !client_done_ && !over_;
    }
  }
  if (read_on) stream_->StartRead();
  if (set_now) DoWaitingSet(channel);
}

TransferSession::ChannelPtr TransferSession::FindLocked(uint32_t id) {
  const auto found = channels_.find(id);
  if (found != channels_.end()) return found->second;
  // A channel that was there has ended; frames for it may have been under way.
  if (attaches_ == 0 || id > highest_) {
    ++attaches_;
    highest_ = id;
    RefuseLocked(id, ChannelUnknown("the first frame of a channel must be attach"));
  }
  return nullptr;
}

void TransferSession::AnswerLocked(const v1::ServerFrame& frame) {
  if (broken_) return;
  wire::FrameWriter::Encode(frame, &answers_);
  if (answers_.size() > TransferSettings::kMaxWaitingAnswers && !failure_.has_value()) {
    FailLocked(QuotaExceeded("the client does not read the answers to its frames"));
  }
}

void TransferSession::EndIfOverLocked(const ChannelPtr& channel) {
  if (channel->read_over_ && channel->write_over_) EndLocked(channel, std::nullopt);
}

void TransferSession::EndLocked(const ChannelPtr& given, const std::optional<Error>& error,
                                bool abandoned) {
  const ChannelPtr channel = given;  // `given` may live in the table.
  if (channel->ended_) return;
  channel->ended_ = true;
  channel->window_.reset();
  if (channels_.erase(channel->id_) > 0) budget_.SetActiveChannels(channels_.size());
  dead_.push_back(channel);
  ++detaching_;
  last_error_ = error;
  channel->end_ = std::make_unique<v1::ServerFrame>();
  channel->end_->set_channel(channel->id_);
  v1::End* end = channel->end_->mutable_end();
  if (error.has_value()) *end->mutable_error() = ErrorToProto(*error);
  end->set_bytes_read(channel->bytes_read_);
  end->set_bytes_written(channel->bytes_written_);
  end->set_held(!abandoned &&
                channel->attachment_->pair()->spec().hold_timeout > absl::ZeroDuration() &&
                !channel->attachment_->pair()->Snapshot().released);
  if (paused_) {
    // Only a sole channel pauses the RPC; without it there is nothing to wait for.
    paused_ = false;
    if (!client_done_ && !over_)
      loop_.Post([self = shared_from_this()] { self->stream_->StartRead(); });
  }
  if (channels_.empty()) WaitForHalfCloseLocked();
}

void TransferSession::RefuseLocked(uint32_t id, const Error& error) {
  last_error_ = error;
  v1::ServerFrame frame;
  frame.set_channel(id);
  *frame.mutable_end()->mutable_error() = ErrorToProto(error);
  AnswerLocked(frame);
  if (channels_.empty()) WaitForHalfCloseLocked();
}

void TransferSession::FailLocked(const Error& error) {
  if (failure_.has_value()) return;
  failure_ = error;
  // Said in band as well, so that the client can half-close and gets the status through any
  // balancer.
  if (channels_.empty()) RefuseLocked(highest_, error);
  while (!channels_.empty()) EndLocked(channels_.begin()->second, error);
}

void TransferSession::ForgetReadyLocked() {
  for (ChannelPtr& channel : ready_) dead_.push_back(std::move(channel));
  ready_.clear();
}

void TransferSession::WaitForHalfCloseLocked() {
  // A plain RPC, whose only channel is number 0, is over with it. One with numbered channels may
  // bring another at any time, unless the server is going down.
  const bool plain = attaches_ == 1 && highest_ == 0;
  if ((!plain && !draining_ && !failure_.has_value()) || client_done_ || over_ || end_timer_ != 0)
    return;
  end_timer_ = loop_.AddTimer(loop_.Now() + settings_.end_wait, [weak = weak_from_this()] {
    const std::shared_ptr<TransferSession> self = weak.lock();
    if (self == nullptr) return;
    {
      absl::MutexLock lock(&self->mu_);
      // Not if a channel came while the timer was on its way.
      self->end_wait_passed_ = std::exchange(self->end_timer_, 0) != 0;
    }
    self->Pump();
  });
}

void TransferSession::ArmHeartbeatLocked(MonotonicTime since) {
  if (over_ || broken_) return;
  heartbeat_timer_ = loop_.AddTimer(since + settings_.heartbeat, [weak = weak_from_this()] {
    if (const std::shared_ptr<TransferSession> self = weak.lock()) self->OnHeartbeat();
  });
}

void TransferSession::OnHeartbeat() {
  {
    absl::MutexLock lock(&mu_);
    heartbeat_timer_ = 0;
    if (over_ || broken_) return;
    const MonotonicTime now = loop_.Now();
    const bool silent = now - last_sent_ >= settings_.heartbeat;
    if (silent) {
      v1::ServerFrame frame;
      frame.mutable_ping();
      AnswerLocked(frame);
    }
    if (channels_.empty() && now - last_received_ >= 3 * settings_.heartbeat) {
      end_wait_passed_ = true;
    }
    ArmHeartbeatLocked(silent ? now : last_sent_);
  }
  Pump();
}

void TransferSession::OnChannelDetached(const v1::ServerFrame& end) {
  {
    absl::MutexLock lock(&mu_);
    --detaching_;
    AnswerLocked(end);
  }
  Pump();
}

void TransferSession::Sweep() {
  std::vector<ChannelPtr> dead;
  {
    absl::MutexLock lock(&mu_);
    dead.swap(dead_);
  }
}

}  // namespace streampair
