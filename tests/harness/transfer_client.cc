#include "tests/harness/transfer_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/harness/frames.h"

namespace streampair::testing {
namespace {

constexpr uint64_t kUploadPiece = 256 << 10;
constexpr size_t kUploadAhead = 1 << 20;  // How much may wait for the transport.

std::string Shortened(const std::string& order) {
  return order.size() <= 100
             ? order
             : absl::StrCat(order.substr(0, 50), "...", order.substr(order.size() - 50));
}

}  // namespace

TransferClient::TransferClient(v1::StreamPairService::Stub& stub, TransferOptions options) {
  context_.set_deadline(absl::ToChronoTime(absl::Now() + options.deadline));
  for (const auto& [key, value] : options.metadata) context_.AddMetadata(key, value);
  stub.async()->Transfer(&context_, this);
  AddHold();  // For operations that begin outside a reaction; given back when nothing more comes.
  {
    absl::MutexLock lock(&mu_);
    reading_ = true;
    StartRead(&incoming_);
  }
  StartCall();
}

TransferClient::~TransferClient() {
  context_.TryCancel();
  ResumeReading();
  absl::MutexLock lock(&mu_);
  const auto done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return status_.has_value(); };
  mu_.Await(absl::Condition(&done));
}

void TransferClient::Plan(uint32_t channel, ChannelPlan plan) {
  absl::MutexLock lock(&mu_);
  channels_[channel].plan = plan;
  if (plan.upload > 0 || plan.finish) uploads_.insert(channel);
}

void TransferClient::Send(std::vector<v1::ClientFrame> frames) {
  v1::TransferRequest request;
  absl::MutexLock lock(&mu_);
  for (v1::ClientFrame& frame : frames) *request.add_frames() = std::move(frame);
  QueueLocked(std::move(request));
  WriteNextLocked();
}

void TransferClient::HalfClose() {
  absl::MutexLock lock(&mu_);
  half_closing_ = true;
  WriteNextLocked();
}

void TransferClient::Cancel() { context_.TryCancel(); }

void TransferClient::StopReading() {
  absl::MutexLock lock(&mu_);
  read_paused_ = true;
}

void TransferClient::ResumeReading() {
  absl::MutexLock lock(&mu_);
  read_paused_ = false;
  if (reading_ || over_) return;
  reading_ = true;
  StartRead(&incoming_);
}

void TransferClient::OnReadDone(bool ok) {
  {
    absl::MutexLock lock(&mu_);
    reading_ = false;
    if (ok) {
      for (const v1::ServerFrame& frame : incoming_.frames()) NoteLocked(frame);
      UploadAllLocked();
      WriteNextLocked();
      if (!read_paused_) {
        reading_ = true;
        StartRead(&incoming_);
      }
      return;
    }
    over_ = true;
  }
  RemoveHold();
}

void TransferClient::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mu_);
  writing_ = false;
  outgoing_bytes_ -= outgoing_.front().ByteSizeLong();
  outgoing_.pop_front();
  if (!ok) return;
  UploadAllLocked();
  WriteNextLocked();
}

void TransferClient::OnDone(const grpc::Status& status) {
  absl::MutexLock lock(&mu_);
  over_ = true;
  status_ = status;
}

void TransferClient::QueueLocked(v1::ClientFrame frame) {
  v1::TransferRequest request;
  *request.add_frames() = std::move(frame);
  QueueLocked(std::move(request));
}

void TransferClient::QueueLocked(v1::TransferRequest request) {
  outgoing_bytes_ += request.ByteSizeLong();
  outgoing_.push_back(std::move(request));
}

void TransferClient::WriteNextLocked() {
  if (writing_ || over_ || half_closed_) return;
  if (!outgoing_.empty()) {
    writing_ = true;
    StartWrite(&outgoing_.front());
  } else if (half_closing_) {
    half_closed_ = true;
    StartWritesDone();
  }
}

void TransferClient::NoteLocked(const v1::ServerFrame& frame) {
  if (frame.has_ping()) {
    ping_times_.push_back(absl::Now());
    return;
  }
  if (frame.has_pong()) {
    pongs_.push_back(frame.pong().nonce());
    return;
  }
  if (frame.has_draining()) {
    draining_ = frame.draining();
    return;
  }
  Channel& channel = channels_[frame.channel()];
  ChannelLog& log = channel.log;
  switch (frame.content_case()) {
    case v1::ServerFrame::kAttached:
      log.order += 'A';
      log.attached = frame.attached();
      log.granted += frame.attached().window();
      break;
    case v1::ServerFrame::kData: {
      const std::string& payload = frame.data().payload();
      log.order += 'D';
      log.received += payload.size();
      log.digest.Add(payload);
      log.starved |= frame.data().starved();
      if (channel.plan.keep_data) log.data += payload;
      channel.to_grant += payload.size();
      if (channel.plan.grant_window > 0 && channel.to_grant >= channel.plan.grant_window / 2) {
        QueueLocked(WindowFrame(frame.channel(), static_cast<uint32_t>(channel.to_grant)));
        channel.to_grant = 0;
      }
      break;
    }
    case v1::ServerFrame::kWindow:
      log.order += 'W';
      log.granted += frame.window().increment();
      break;
    case v1::ServerFrame::kFinish:
      log.order += 'F';
      log.finish = frame.finish();
      break;
    case v1::ServerFrame::kEnd:
      log.order += 'E';
      log.end = frame.end();
      break;
    case v1::ServerFrame::kEvent:
      log.order += 'v';
      log.events.push_back(frame.event());
      break;
    case v1::ServerFrame::kPropertyResult:
      log.order += 'r';
      log.results.push_back(frame.property_result());
      break;
    case v1::ServerFrame::kAcknowledge:
      log.order += 'k';
      break;
    default:
      log.order += '?';
      break;
  }
}

bool TransferClient::UploadLocked(uint32_t number, Channel& channel) {
  ChannelLog& log = channel.log;
  const ChannelPlan& plan = channel.plan;
  if (!log.attached.has_value() || log.end.has_value()) return false;
  const bool by_credit = log.attached->window() > 0;
  const uint64_t credit = by_credit ? log.granted - log.sent : kUploadPiece;
  bool done = false;
  if (log.sent < plan.upload && credit > 0 && outgoing_bytes_ < kUploadAhead) {
    const absl::string_view piece =
        Pattern(log.sent, std::min({plan.upload - log.sent, credit, kUploadPiece}));
    v1::ClientFrame frame = DataFrame(number, std::string(piece));
    log.sent += piece.size();
    frame.mutable_data()->set_starved(by_credit && log.sent == log.granted &&
                                      log.sent < plan.upload);
    QueueLocked(std::move(frame));
    done = true;
  }
  if (log.sent == plan.upload && plan.finish && !channel.finish_sent) {
    channel.finish_sent = true;
    QueueLocked(FinishFrame(number));
  }
  return done;
}

void TransferClient::UploadAllLocked() {
  // In turns, so that no channel waits for another.
  for (size_t idle = 0; idle < uploads_.size() && outgoing_bytes_ < kUploadAhead; ++idle) {
    auto next = uploads_.upper_bound(last_upload_);
    if (next == uploads_.end()) next = uploads_.begin();
    last_upload_ = *next;
    Channel& channel = channels_[last_upload_];
    if (UploadLocked(last_upload_, channel)) idle = 0;
    if (channel.log.end.has_value() || channel.finish_sent) uploads_.erase(next);
  }
}

bool TransferClient::AwaitLocked(const std::function<bool()>& condition, absl::Duration patience) {
  const auto decided = [this, &condition]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return condition() || over_; };
  mu_.AwaitWithTimeout(absl::Condition(&decided), patience);
  return condition();
}

bool TransferClient::Await(uint32_t channel,
                           const std::function<bool(const ChannelLog&)>& condition,
                           absl::Duration patience) {
  absl::MutexLock lock(&mu_);
  const ChannelLog& log = channels_[channel].log;
  return AwaitLocked([&] { return condition(log); }, patience);
}

std::string TransferClient::Describe(uint32_t channel) const {
  absl::MutexLock lock(&mu_);
  return DescribeLocked(channel);
}

std::string TransferClient::DescribeLocked(uint32_t channel) const {
  const auto found = channels_.find(channel);
  std::string text =
      absl::StrCat("channel ", channel, " has seen [",
                   found == channels_.end() ? "" : Shortened(found->second.log.order), "]");
  if (found != channels_.end() && found->second.log.end.has_value()) {
    absl::StrAppend(&text, ", end {", found->second.log.end->ShortDebugString(), "}");
  }
  if (status_.has_value()) {
    absl::StrAppend(&text, ", status ", status_->error_code(), " ", status_->error_message());
  } else {
    absl::StrAppend(&text, over_ ? ", the RPC is ending" : ", the RPC runs");
  }
  return text;
}

v1::Attached TransferClient::AwaitAttached(uint32_t channel) {
  absl::MutexLock lock(&mu_);
  const ChannelLog& log = channels_[channel].log;
  if (AwaitLocked([&] { return log.attached.has_value(); }, kPatience)) return *log.attached;
  ADD_FAILURE() << "no attached frame: " << DescribeLocked(channel);
  return {};
}

void TransferClient::AwaitReady(uint32_t channel) {
  absl::MutexLock lock(&mu_);
  const ChannelLog& log = channels_[channel].log;
  const auto ready = [&] {
    return std::any_of(log.events.begin(), log.events.end(), [](const v1::StreamEvent& event) {
      return event.type() == v1::STREAM_EVENT_TYPE_READY;
    });
  };
  if (!AwaitLocked(ready, kPatience)) {
    ADD_FAILURE() << "not ready: " << DescribeLocked(channel);
  }
}

std::string TransferClient::AwaitData(uint32_t channel, uint64_t bytes) {
  absl::MutexLock lock(&mu_);
  const ChannelLog& log = channels_[channel].log;
  if (!AwaitLocked([&] { return log.received >= bytes; }, kPatience)) {
    ADD_FAILURE() << "only " << log.received << " of " << bytes
                  << " bytes: " << DescribeLocked(channel);
  }
  return log.data;
}

void TransferClient::AwaitFinish(uint32_t channel) {
  absl::MutexLock lock(&mu_);
  const ChannelLog& log = channels_[channel].log;
  if (!AwaitLocked([&] { return log.finish.has_value(); }, kPatience)) {
    ADD_FAILURE() << "no finish frame: " << DescribeLocked(channel);
  }
}

v1::End TransferClient::AwaitEnd(uint32_t channel, absl::Duration patience) {
  absl::MutexLock lock(&mu_);
  const ChannelLog& log = channels_[channel].log;
  if (AwaitLocked([&] { return log.end.has_value(); }, patience)) return *log.end;
  ADD_FAILURE() << "no end frame: " << DescribeLocked(channel);
  return {};
}

v1::Draining TransferClient::AwaitDraining() {
  absl::MutexLock lock(&mu_);
  if (AwaitLocked([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return draining_.has_value(); },
                  kPatience)) {
    return *draining_;
  }
  ADD_FAILURE() << "no draining frame: " << DescribeLocked(0);
  return {};
}

grpc::Status TransferClient::AwaitStatus(absl::Duration patience) {
  absl::MutexLock lock(&mu_);
  const auto done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return status_.has_value(); };
  if (mu_.AwaitWithTimeout(absl::Condition(&done), patience)) return *status_;
  ADD_FAILURE() << "the RPC does not end: " << DescribeLocked(0);
  return grpc::Status(grpc::StatusCode::UNKNOWN, "the test gave up waiting");
}

grpc::Status TransferClient::Leave() {
  HalfClose();
  return AwaitStatus();
}

ChannelLog TransferClient::log(uint32_t channel) const {
  absl::MutexLock lock(&mu_);
  const auto found = channels_.find(channel);
  return found == channels_.end() ? ChannelLog() : found->second.log;
}

bool TransferClient::over() const {
  absl::MutexLock lock(&mu_);
  return over_;
}

size_t TransferClient::pings() const {
  absl::MutexLock lock(&mu_);
  return ping_times_.size();
}

std::vector<uint64_t> TransferClient::pongs() const {
  absl::MutexLock lock(&mu_);
  return pongs_;
}

std::vector<absl::Time> TransferClient::ping_times() const {
  absl::MutexLock lock(&mu_);
  return ping_times_;
}

}  // namespace streampair::testing
