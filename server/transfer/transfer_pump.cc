// How a session's messages to the client come about: the hot path downwards.
#include <algorithm>
#include <utility>

#include "core/base/streampair_errors.h"
#include "core/flow/quantum.h"
#include "server/error_proto.h"
#include "server/status_map.h"
#include "server/transfer/transfer_session.h"

namespace streampair {
namespace {

v1::FinishKind KindOf(EndKind kind) {
  switch (kind) {
    case EndKind::kFin:
      return v1::FINISH_KIND_FIN;
    case EndKind::kCloseNotify:
      return v1::FINISH_KIND_CLOSE_NOTIFY;
    case EndKind::kTruncated:
      return v1::FINISH_KIND_TRUNCATED;
  }
  return v1::FINISH_KIND_UNSPECIFIED;
}

}  // namespace

void TransferSession::MarkReadableLocked(const ChannelPtr& channel) {
  if (channel->read_over_) return;
  channel->readable_ = true;
  QueueIfReadyLocked(channel);
}

void TransferSession::QueueIfReadyLocked(const ChannelPtr& channel) {
  if (channel->queued_ || !channel->readable_ || channel->ended_ || channel->read_over_) return;
  if (channel->credit_.available() == 0) {
    // An end needs no credit, unless bytes come first.
    if (channel->bytes_wait_ || !channel->attachment_->EndMayFollow()) return;
  }
  channel->queued_ = true;
  ready_.push_back(channel);
}

void TransferSession::Pump() {
  // One message of a pump may be written at once, so that an answer to a little data wakes nobody.
  // What follows comes by way of the queue: nobody is kept here by a target that sends on and on.
  bool at_once = true;
  for (;;) {
    if (!TakeTurns()) break;
    for (Turn& turn : turns_) Fill(turn);
    bool send = false;
    bool some_ended;
    {
      absl::MutexLock lock(&mu_);
      for (Turn& turn : turns_) {
        EndTurnLocked(turn);
        // The last reference to a channel must not go while the mutex is held.
        if (turn.channel->ended_) dead_.push_back(std::move(turn.channel));
      }
      turns_.clear();
      some_ended = !dead_.empty();
      if (!some_ended) send = CloseMessageLocked();
    }
    if (some_ended) {
      Sweep();  // Their ends go into this message.
      absl::MutexLock lock(&mu_);
      send = CloseMessageLocked();
    }
    if (send) {
      if (!std::exchange(at_once, false)) {
        stream_->StartWrite(writer_.Take());
        break;
      }
      if (!stream_->WroteAtOnce(writer_.Take())) break;
      absl::MutexLock lock(&mu_);
      outlet_ = Outlet::kIdle;
    }
    // Somebody may have been turned away meanwhile.
  }
  Sweep();
}

// Takes the token and plans the next message. False: there is nothing to do, or somebody else does
// it.
bool TransferSession::TakeTurns() {
  grpc::Status status;
  {
    absl::MutexLock lock(&mu_);
    if (outlet_ != Outlet::kIdle || over_) return false;
    if (ready_.empty() && answers_.empty()) {
      if (!MayFinishLocked(&status)) return false;
      outlet_ = Outlet::kFinished;
    } else {
      outlet_ = Outlet::kBuilding;
      TakeAnswersLocked();
      const size_t share = Quantum(ready_.size());
      for (size_t planned = 0; planned < kBatchBytes && !ready_.empty();) {
        ChannelPtr channel = std::move(ready_.front());
        ready_.pop_front();
        if (channel->ended_) {
          dead_.push_back(std::move(channel));
          continue;
        }
        const size_t budget = std::min(share, channel->credit_.available());
        channel->credit_.Take(budget);
        channel->readable_ = false;  // Set again by whoever learns of more while we read.
        planned += budget;
        const bool last_credit = channel->credit_.available() == 0;
        turns_.push_back(
            {.channel = std::move(channel), .budget = budget, .last_credit = last_credit});
      }
      return true;
    }
  }
  stream_->Finish(status);
  return false;
}

// Reads one channel's socket into the message, without a lock.
void TransferSession::Fill(Turn& turn) {
  Channel& channel = *turn.channel;
  Attachment& attachment = *channel.attachment_;
  if (turn.budget == 0) {
    turn.outcome = attachment.ReadEnd().outcome;
    return;
  }
  while (turn.used < turn.budget) {
    const size_t ask = std::min(turn.budget - turn.used, channel.read_size_.size());
    const absl::Span<char> room = buffer_.Prepare(ask);
    const IoResult result = attachment.Read(room);
    turn.outcome = result.outcome;
    if (!result.ok()) return;
    turn.used += result.bytes;
    const bool dry = result.bytes < ask && !attachment.EndMayFollow();
    const bool starved = turn.last_credit && turn.used == turn.budget && !dry;
    if (result.bytes < wire::kCopyBelow) {
      writer_.AddCopiedData(channel.id_, starved, absl::string_view(room.data(), result.bytes));
    } else {
      writer_.AddData(channel.id_, starved, buffer_.Take(result.bytes));
    }
    if (ask == channel.read_size_.size()) channel.read_size_.OnRead(result.bytes);
    if (dry) {
      turn.outcome = IoResult::Outcome::kWouldBlock;
      return;
    }
  }
}

void TransferSession::EndTurnLocked(Turn& turn) {
  const ChannelPtr& channel = turn.channel;
  channel->queued_ = false;
  channel->bytes_wait_ = turn.budget == 0 && turn.outcome == IoResult::Outcome::kOk;
  channel->bytes_read_ += turn.used;
  // What was reserved and not used. It was available before, so it cannot be too much.
  if (turn.used < turn.budget && !channel->credit_.Grant(turn.budget - turn.used)) {
    return EndLocked(channel, CreditExceeded("the sum of credit may not pass 2147483647 bytes"));
  }
  if (channel->ended_) return;
  switch (turn.outcome) {
    case IoResult::Outcome::kOk:
      channel->readable_ = true;
      break;
    case IoResult::Outcome::kWouldBlock:
      break;
    case IoResult::Outcome::kEnd: {
      channel->read_over_ = true;
      v1::ServerFrame frame;
      frame.set_channel(channel->id_);
      frame.mutable_finish()->set_kind(KindOf(channel->attachment_->end_kind()));
      AnswerLocked(frame);
      EndIfOverLocked(channel);
      break;
    }
    case IoResult::Outcome::kError: {
      const std::optional<Error> error = channel->attachment_->error();
      EndLocked(channel,
                error.has_value() ? *error : InternalFault("the pair failed without an error"));
      break;
    }
  }
  QueueIfReadyLocked(channel);
}

bool TransferSession::CloseMessageLocked() {
  TakeAnswersLocked();
  const bool send = !writer_.empty();
  outlet_ = send ? Outlet::kSending : Outlet::kIdle;
  if (send) last_sent_ = loop_.Now();
  return send;
}

void TransferSession::TakeAnswersLocked() {
  if (answers_.empty()) return;
  writer_.AddEncoded(answers_);
  answers_.clear();
}

void TransferSession::OnWritten(bool ok) {
  {
    absl::MutexLock lock(&mu_);
    if (outlet_ == Outlet::kSending) outlet_ = Outlet::kIdle;
  }
  if (!ok) OnBroken();
  Pump();
}

bool TransferSession::MayFinishLocked(grpc::Status* status) {
  if (broken_) {
    *status = CancelledStatus();
    return true;
  }
  if (!channels_.empty() || detaching_ > 0) return false;
  if (!client_done_ && !end_wait_passed_) return false;
  if (failure_.has_value()) {
    *status = ToStatus(*failure_);
    return true;
  }
  // An RPC that carried one pair ends as that pair did.
  *status = attaches_ == 1 && last_error_.has_value() ? ToStatus(*last_error_) : grpc::Status::OK;
  return true;
}

}  // namespace streampair
