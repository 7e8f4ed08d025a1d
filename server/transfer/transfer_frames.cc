// What a session does with each frame of the client.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "server/convert/time.h"
#include "server/error_proto.h"
#include "server/limits.h"
#include "server/transfer/transfer_session.h"

namespace streampair {
namespace {

Halves HalvesOf(v1::Half half, Halves all) {
  switch (half) {
    case v1::HALF_READ:
      return Halves::kRead;
    case v1::HALF_WRITE:
      return Halves::kWrite;
    case v1::HALF_BOTH:
      return Halves::kBoth;
    default:
      return all;
  }
}

}  // namespace

void TransferSession::OnMessage(grpc::ByteBuffer& message) {
  bool going;
  {
    absl::MutexLock lock(&mu_);
    last_received_ = loop_.Now();
    const size_t size = message.Length();
    if (size > kMaxMessageBytes) FailLocked(MessageTooLarge(TooLargeText(size)));
    // After a failure the client's messages are only waited out.
    going = !failure_.has_value() && !over_;
  }
  reader_.Reset(message);
  while (going) {
    switch (reader_.Next()) {
      case wire::FrameKind::kData:
        HandleData(reader_.channel(), reader_.starved(), reader_.payload(), reader_.payload_size());
        break;
      case wire::FrameKind::kOther:
        HandleFrame(reader_.frame());
        break;
      case wire::FrameKind::kEnd:
        going = false;
        break;
      case wire::FrameKind::kMalformed: {
        absl::MutexLock lock(&mu_);
        FailLocked(MalformedMessage("the message is no TransferRequest"));
        going = false;
        break;
      }
    }
  }
  bool read_on;
  {
    absl::MutexLock lock(&mu_);
    if (uncredited_ && !channels_.empty()) {
      const ChannelPtr& only = channels_.begin()->second;
      // Apply clears it; looked at under the same lock, so that neither misses the other.
      paused_ = only->writer_->backlog() > settings_.uncredited_backlog;
    }
    read_on = !paused_ && !over_;
  }
  Pump();
  if (read_on) stream_->StartRead();
}

void TransferSession::HandleFrame(const v1::ClientFrame& frame) {
  const uint32_t id = frame.channel();
  switch (frame.content_case()) {
    case v1::ClientFrame::kAttach:
      return HandleAttach(id, frame.attach());
    case v1::ClientFrame::kWindow:
      return HandleWindow(id, frame.window().increment());
    case v1::ClientFrame::kFinish:
      return HandleFinish(id);
    case v1::ClientFrame::kReset:
      return HandleReset(id);
    case v1::ClientFrame::kSetProperty:
      return HandleSetProperty(id, frame.set_property());
    case v1::ClientFrame::kPing: {
      v1::ServerFrame pong;
      pong.mutable_pong()->set_nonce(frame.ping().nonce());
      absl::MutexLock lock(&mu_);
      return AnswerLocked(pong);
    }
    case v1::ClientFrame::kPong:
      return;
    case v1::ClientFrame::kAcknowledge: {
      absl::MutexLock lock(&mu_);
      if (const ChannelPtr channel = FindLocked(id)) {
        EndLocked(channel, Unimplemented("acknowledge frames belong to attaching again by offset, "
                                         "which is not offered yet"));
      }
      return;
    }
    case v1::ClientFrame::kData:  // Delivered apart.
    case v1::ClientFrame::CONTENT_NOT_SET: {
      absl::MutexLock lock(&mu_);
      FailLocked(MalformedMessage("a frame without a content that this server knows"));
      return;
    }
  }
}

void TransferSession::HandleData(uint32_t id, bool starved, const std::vector<grpc::Slice>& payload,
                                 size_t size) {
  ChannelPtr channel;
  {
    absl::MutexLock lock(&mu_);
    channel = FindLocked(id);
    if (channel == nullptr) return;
    if (channel->client_finished_)
      return EndLocked(channel, AfterFinish("data after the finish frame"));
    if (!HasWrite(channel->attachment_->halves())) {
      return EndLocked(channel,
                       WrongState("data for a channel that is not attached to the write half"));
    }
    if (size == 0)
      return EndLocked(channel, MalformedMessage("a data frame holds at least 1 byte"));
    if (channel->window_.has_value() && !channel->window_->OnData(size, starved)) {
      return EndLocked(channel,
                       CreditExceeded(absl::StrCat("data of ", size, " bytes; the credit left was ",
                                                   channel->window_->credit())));
    }
  }
  pieces_.clear();
  for (const grpc::Slice& slice : payload) {
    pieces_.push_back({const_cast<uint8_t*>(slice.begin()), slice.size()});
  }
  const PairWriter::Progress progress =
      channel->writer_->Add(pieces_, [this, &payload](size_t index, size_t skip) {
        return settings_.keeper->Keep(payload[index], skip);
      });
  Apply(channel, progress);
}

void TransferSession::HandleAttach(uint32_t id, const v1::Attach& attach) {
  {
    absl::MutexLock lock(&mu_);
    if (attaches_ > 0 && id <= highest_) {
      const Error error = ChannelReused(absl::StrCat(
          "channel numbers must rise; the highest so far is ", highest_, ", this one is ", id));
      const auto found = channels_.find(id);
      if (found != channels_.end()) return EndLocked(found->second, error);
      ++attaches_;
      return RefuseLocked(id, error);
    }
    ++attaches_;
    highest_ = id;
    // It is no plain RPC, or not over, after all.
    loop_.CancelTimer(std::exchange(end_timer_, 0));
    end_wait_passed_ = false;
    if (std::optional<Error> error = CheckAttachLocked(attach)) return RefuseLocked(id, *error);
  }
  const bool create = attach.has_create();
  Result<std::shared_ptr<StreamPair>> pair =
      create ? pairs_->Create(attach.create()) : pairs_->Find(attach.name());
  std::optional<Error> error;
  {
    absl::MutexLock lock(&mu_);
    error = pair.ok() ? AttachLocked(id, attach, *pair) : pair.error();
  }
  if (!error.has_value()) return;
  // Before the client is told, so that it finds nothing of the pair.
  if (create && pair.ok()) (*pair)->Release(/*reset=*/false, *error);
  absl::MutexLock lock(&mu_);
  RefuseLocked(id, *error);
}

std::optional<Error> TransferSession::CheckAttachLocked(const v1::Attach& attach) const {
  if (attach.pair_case() == v1::Attach::PAIR_NOT_SET) {
    return InvalidRequest("attach: one of name and create must be given");
  }
  if (attach.has_read_offset())
    return Unimplemented("attach.read_offset: attaching again by offset is not offered yet");
  if (!v1::Half_IsValid(attach.halves())) {
    return InvalidRequest(absl::StrCat("attach.halves: ", attach.halves(), " is no Half"));
  }
  if (attach.has_window() && attach.window() > TransferSettings::kMaxClientWindow) {
    return InvalidRequest(absl::StrCat("attach.window: ", attach.window(), " is more than ",
                                       TransferSettings::kMaxClientWindow));
  }
  const bool uncredited = attach.has_window() && attach.window() == 0;
  if (uncredited_ || (uncredited && attaches_ > 1)) {
    return InvalidRequest(
        "attach.window: a channel without credits (window 0) must be the only one of its RPC");
  }
  if (channels_.size() >= TransferSettings::kMaxChannels) {
    return QuotaExceeded(absl::StrCat("one RPC carries at most ", TransferSettings::kMaxChannels,
                                      " channels at a time"));
  }
  return std::nullopt;
}

std::optional<Error> TransferSession::AttachLocked(uint32_t id, const v1::Attach& attach,
                                                   const std::shared_ptr<StreamPair>& pair) {
  if (broken_ || failure_.has_value()) return ClientGone("the call is over");
  const bool uncredited = attach.has_window() && attach.window() == 0;
  auto channel = std::make_shared<Channel>(
      id, shared_from_this(),
      uncredited ? SendCredit::Unlimited()
                 : SendCredit(attach.has_window() ? attach.window() : (256 << 10)));
  const Halves halves = HalvesOf(attach.halves(), pair->spec().halves);
  Result<std::unique_ptr<Attachment>> attachment = pair->Attach(halves, channel);
  if (!attachment.ok()) return attachment.error();
  channel->attachment_ = std::move(attachment).value();
  channel->writer_.emplace(*channel->attachment_);
  channel->read_over_ = !HasRead(halves);
  channel->write_over_ = !HasWrite(halves);
  channel->readable_ = HasRead(halves) && pair->Snapshot().ready;
  if (!uncredited) channel->window_.emplace(settings_.window, &budget_);
  uncredited_ = uncredited;
  channels_.emplace(id, channel);
  budget_.SetActiveChannels(channels_.size());

  v1::ServerFrame frame;
  frame.set_channel(id);
  v1::Attached* attached = frame.mutable_attached();
  attached->set_name(pair->name());
  attached->set_window(uncredited ? 0 : settings_.window);
  *attached->mutable_heartbeat_interval() = DurationToProto(settings_.heartbeat);
  attached->set_write_offset(pair->Snapshot().bytes_written);
  AnswerLocked(frame);
  QueueIfReadyLocked(channel);
  return std::nullopt;
}

void TransferSession::HandleWindow(uint32_t id, uint32_t increment) {
  absl::MutexLock lock(&mu_);
  const ChannelPtr channel = FindLocked(id);
  if (channel == nullptr) return;
  if (increment == 0)
    return EndLocked(channel, InvalidRequest("window.increment: must be at least 1"));
  if (!channel->credit_.Grant(increment)) {
    return EndLocked(channel, CreditExceeded("the sum of credit may not pass 2147483647 bytes"));
  }
  QueueIfReadyLocked(channel);
}

void TransferSession::HandleFinish(uint32_t id) {
  ChannelPtr channel;
  {
    absl::MutexLock lock(&mu_);
    channel = FindLocked(id);
    if (channel == nullptr) return;
    if (channel->client_finished_) return EndLocked(channel, AfterFinish("a second finish frame"));
    if (!HasWrite(channel->attachment_->halves())) {
      return EndLocked(channel,
                       WrongState("finish for a channel that is not attached to the write half"));
    }
    channel->client_finished_ = true;
    channel->finish_waits_.store(true, std::memory_order_release);
  }
  Apply(channel, channel->writer_->Finish());
}

void TransferSession::HandleReset(uint32_t id) {
  absl::MutexLock lock(&mu_);
  const ChannelPtr channel = FindLocked(id);
  if (channel == nullptr) return;
  const Error error = ResetByClient("the client sent a reset frame");
  EndLocked(channel, error, /*abandoned=*/true);
  channel->attachment_->Abandon(/*reset=*/true, error);
}

void TransferSession::HandleSetProperty(uint32_t id, const v1::SetPropertyFrame& set) {
  ChannelPtr channel;
  {
    absl::MutexLock lock(&mu_);
    channel = FindLocked(id);
    if (channel == nullptr) return;
    if (channel->waiting_set_.has_value()) {
      return AnswerSetLocked(*channel, set.id(),
                             WrongState("an earlier set_property waits for data to be written"));
    }
    channel->waiting_set_ = set;
  }
  // Exactly between the data before it and the data after it. Whoever writes the last byte before
  // it goes on from here.
  if (channel->writer_->Hold()) DoWaitingSet(channel);
}

void TransferSession::DoWaitingSet(const ChannelPtr& channel) {
  std::optional<v1::SetPropertyFrame> set;
  {
    absl::MutexLock lock(&mu_);
    set = std::exchange(channel->waiting_set_, std::nullopt);
    if (!set.has_value() || channel->ended_) return;
  }
  const std::optional<uint64_t> read_offset =
      set->has_read_offset() ? std::optional<uint64_t>(set->read_offset()) : std::nullopt;
  const std::optional<Error> error =
      pairs_->SetProperty(*channel->attachment_->pair(), set->property(), read_offset);
  {
    absl::MutexLock lock(&mu_);
    AnswerSetLocked(*channel, set->id(), error);
  }
  Apply(channel, channel->writer_->Release());
  Pump();
}

void TransferSession::AnswerSetLocked(const Channel& channel, uint32_t set_id,
                                      const std::optional<Error>& error) {
  v1::ServerFrame frame;
  frame.set_channel(channel.id_);
  frame.mutable_property_result()->set_id(set_id);
  if (error.has_value()) *frame.mutable_property_result()->mutable_error() = ErrorToProto(*error);
  AnswerLocked(frame);
}

}  // namespace streampair
