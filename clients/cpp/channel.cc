#include "clients/cpp/channel.h"

#include <algorithm>
#include <utility>

#include "clients/cpp/client_errors.h"

namespace streampair::client {

Channel::Channel(uint32_t number, v1::Attach attach, size_t window, size_t unsent_limit,
                 WindowBudget* budget)
    : number_(number), unsent_limit_(unsent_limit), window_(window, budget) {
  // A half that is not ours counts as finished from the start.
  finish_wanted_ = finish_sent_ = attach.halves() == v1::HALF_READ;
  target_finished_ = attach.halves() == v1::HALF_WRITE;
  if (attach.has_create()) read_offset_ = 0;
  if (attach.has_read_offset()) read_offset_ = attach.read_offset();
  v1::ClientFrame frame;
  frame.set_channel(number);
  *frame.mutable_attach() = std::move(attach);
  frame.mutable_attach()->set_window(static_cast<uint32_t>(window));
  wire::FrameWriter::Encode(frame, &attach_frame_);
}

ReadResult Channel::Read(size_t max, size_t window_limit, Slices* out) {
  using Outcome = ReadResult::Outcome;
  if (!unread_.empty()) {
    const size_t bytes = std::min(max, unread_.size());
    unread_.Take(bytes, out);
    if (read_offset_) *read_offset_ += bytes;
    const size_t grant = window_.OnConsumed(bytes, window_limit);
    if (!read_over()) grant_ += grant;
    return {.outcome = Outcome::kBytes, .bytes = bytes};
  }
  // An orderly end stays one when the other direction fails later; a reset here ends everything.
  if (target_finished_ && !reset_wanted_) return {.outcome = Outcome::kEnd};
  if (error_) return {.outcome = Outcome::kError, .error = error_};
  if (read_over()) return {.outcome = Outcome::kEnd};
  return {.outcome = Outcome::kNotYet};
}

size_t Channel::room() const {
  if (write_over() || unsent_.size() >= unsent_limit_) return 0;
  return unsent_limit_ - unsent_.size();
}

StreamError Channel::write_error() const {
  if (error_) return *error_;
  return finish_wanted_ ? WriteAfterFinish() : PairOver();
}

uint32_t Channel::SetProperty(v1::Property property) {
  return sets_.Add(sent_ + unsent_.size(), std::move(property), read_offset_);
}

void Channel::Finish() { finish_wanted_ = true; }

void Channel::Reset(StreamError why) {
  if (ended_ || reset_wanted_) return;
  if (!error_) error_ = std::move(why);
  reset_wanted_ = true;
  unread_.Clear();
  StopSending();
  // A channel that the server never heard of needs no farewell.
  if (!attach_sent_) {
    attach_frame_.clear();
    reset_sent_ = true;
  }
}

Channel::Fault Channel::DeliverData(bool starved, const std::vector<grpc::Slice>& payload,
                                    size_t size) {
  if (reset_wanted_) return std::nullopt;
  if (target_finished_) return ProtocolBroken("data after the target's finish");
  if (!window_.OnData(size, starved)) return CreditBroken("more data than was granted");
  for (const grpc::Slice& slice : payload) unread_.Append(slice);
  return std::nullopt;
}

Channel::Fault Channel::DeliverFrame(const v1::ServerFrame& frame) {
  if (frame.has_end()) {
    DeliverEnd(frame.end());
    return std::nullopt;
  }
  if (reset_wanted_) return std::nullopt;
  switch (frame.content_case()) {
    case v1::ServerFrame::kData:
      return ProtocolBroken("data without bytes");
    case v1::ServerFrame::kWindow:
      if (frame.window().increment() == 0 || !credit_.Grant(frame.window().increment())) {
        return CreditBroken("a window frame out of range");
      }
      return std::nullopt;
    case v1::ServerFrame::kFinish:
      if (target_finished_) return ProtocolBroken("a second finish");
      target_finished_ = true;
      end_info_.finish_kind = frame.finish().kind();
      grant_ = 0;
      return std::nullopt;
    case v1::ServerFrame::kAttached:
      return DeliverAttached(frame.attached());
    case v1::ServerFrame::kPropertyResult:
      return DeliverPropertyResult(frame.property_result());
    case v1::ServerFrame::kEvent:
      DeliverEvent(frame.event());
      return std::nullopt;
    default:
      return std::nullopt;  // Of no use to us, or added by a later version.
  }
}

Channel::Fault Channel::DeliverAttached(const v1::Attached& attached) {
  if (attached_) return ProtocolBroken("a second attached");
  // What may be sent before this frame counts towards the window.
  if (attached.window() < SendCredit::kBeforeAttached ||
      !credit_.Grant(attached.window() - SendCredit::kBeforeAttached)) {
    return CreditBroken("the first window is out of range");
  }
  attached_ = true;
  pair_name_ = attached.name();
  return std::nullopt;
}

Channel::Fault Channel::DeliverPropertyResult(const v1::PropertyResult& result) {
  if (!sets_.TakeAnswer(result)) return ProtocolBroken("an answer to no set of ours");
  return std::nullopt;
}

void Channel::DeliverEvent(const v1::StreamEvent& event) {
  if (event.type() == v1::STREAM_EVENT_TYPE_OPEN_COMPLETED) {
    open_info_.connected = true;
    open_info_.remote_address = event.remote_address();
    open_info_.local_address = event.local_address();
  } else if (event.type() == v1::STREAM_EVENT_TYPE_READY) {
    open_info_.ready = true;
  } else if (event.type() == v1::STREAM_EVENT_TYPE_TLS_HANDSHAKE_COMPLETED) {
    open_info_.tls = event.tls_handshake_report();
  }
}

void Channel::DeliverEnd(const v1::End& end) {
  ended_ = true;
  end_info_.bytes_read = end.bytes_read();
  end_info_.bytes_written = end.bytes_written();
  end_info_.held = end.held();
  if (end.has_error() && !error_) error_ = StreamError(end.error());
  StopSending();
}

void Channel::DeliverRpcLost(StreamError why) {
  ended_ = true;
  if (!error_) error_ = std::move(why);
  attach_frame_.clear();
  StopSending();
}

void Channel::StopSending() {
  unsent_.Clear();
  grant_ = 0;
}

bool Channel::wants_control() const {
  if (over_on_wire()) return false;
  return !attach_sent_ || reset_wanted_ || grant_ > 0;
}

void Channel::SendControl(wire::FrameWriter* message) {
  if (over_on_wire()) return;
  if (!attach_sent_) {
    message->AddEncoded(attach_frame_);
    attach_frame_ = {};
    attach_sent_ = true;
  }
  v1::ClientFrame frame;
  frame.set_channel(number_);
  if (reset_wanted_) {
    frame.mutable_reset();
    message->AddFrame(frame);
    reset_sent_ = true;
  } else if (grant_ > 0) {
    frame.mutable_window()->set_increment(static_cast<uint32_t>(grant_));
    message->AddFrame(frame);
    grant_ = 0;
  }
}

bool Channel::wants_turn() const {
  if (over_on_wire() || reset_wanted_ || !attach_sent_ || finish_sent_) return false;
  if (sets_.AtSet(sent_)) return !sets_.waits_for_answer();
  if (unsent_.empty()) return finish_wanted_;
  return credit_.available() > 0;
}

size_t Channel::SendTurn(size_t quantum, wire::FrameWriter* message) {
  size_t total = 0;
  while (wants_turn() && (total < quantum || unsent_.empty())) {
    if (sets_.AtSet(sent_)) {
      v1::ClientFrame frame;
      frame.set_channel(number_);
      *frame.mutable_set_property() = sets_.Take();
      message->AddFrame(frame);
    } else if (unsent_.empty()) {
      SendFinish(message);
    } else {
      const size_t bytes = std::min({quantum - total, unsent_.size(), sets_.BytesBeforeNext(sent_),
                                     static_cast<size_t>(credit_.available())});
      SendData(bytes, message);
      total += bytes;
    }
  }
  return total;
}

void Channel::SendData(size_t bytes, wire::FrameWriter* message) {
  Slices pieces;
  unsent_.Take(bytes, &pieces);
  credit_.Take(bytes);
  sent_ += bytes;
  // Before the server has told its window we do not know our last credit.
  const bool starved = attached_ && credit_.available() == 0 && has_more();
  for (size_t i = 0; i < pieces.size(); ++i) {
    message->AddData(number_, starved && i + 1 == pieces.size(), std::move(pieces[i]));
  }
}

void Channel::SendFinish(wire::FrameWriter* message) {
  v1::ClientFrame frame;
  frame.set_channel(number_);
  frame.mutable_finish();
  message->AddFrame(frame);
  finish_sent_ = true;
}

}  // namespace streampair::client
