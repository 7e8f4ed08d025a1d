#ifndef STREAMPAIR_CLIENTS_CPP_CHANNEL_H_
#define STREAMPAIR_CLIENTS_CPP_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clients/cpp/property_sets.h"
#include "clients/cpp/receive_window.h"
#include "clients/cpp/send_credit.h"
#include "clients/cpp/slice_queue.h"
#include "clients/cpp/stream_error.h"
#include "clients/cpp/stream_types.h"
#include "streampair/v1/frame.pb.h"
#include "wire/frame_writer.h"

namespace streampair::client {

// One channel of a Transfer RPC as a pure state machine: what the application did, what the server
// said, and what has to be sent next. No I/O, no lock, no clock; the RPC's owner drives it.
// Thread-compatible.
//
// Three parties call it. The application reads, writes, finishes and resets; Deliver... reports
// what the server sent and returns what was wrong with it (the owner then resets the channel);
// Send... puts frames into a message. Terminal states are sticky and the first failure wins.
class Channel {
 public:
  // `attach` must be an attach content; `budget` must outlive this.
  Channel(uint32_t number, v1::Attach attach, size_t window, size_t unsent_limit,
          WindowBudget* budget);

  uint32_t number() const { return number_; }

  // The application's side.

  // A read would not wait: bytes, the end or an error are there.
  bool readable() const { return !unread_.empty() || read_over() || error_; }
  // Moves up to `max` unread bytes to `out` and says what came of it; kNotYet unless readable().
  // `window_limit` is how far the receive window may grow now.
  ReadResult Read(size_t max, size_t window_limit, Slices* out);
  size_t unread() const { return unread_.size(); }
  bool wants_window_growth() const { return window_.wants_growth(); }
  size_t window_size() const { return window_.size(); }

  // Bytes that may be appended now; 0 also when nothing can be written any more.
  size_t room() const;
  // A write would fail, and why. Requires for the latter: write_over().
  bool write_over() const { return error_ || finish_wanted_ || ended_; }
  StreamError write_error() const;
  // Enough room to be worth a writer's while, or an error.
  bool writable() const { return room() >= (unsent_limit_ + 1) / 2 || write_over(); }
  // Requires: !write_over(). May pass the limit by one call's bytes.
  void Write(grpc::Slice bytes) { unsent_.Append(std::move(bytes)); }
  void WriteCopy(absl::string_view bytes) { unsent_.AppendCopy(bytes); }
  // A writer that waits for room counts as having more to send.
  void SetWriterWaiting(bool waiting) { writer_waiting_ = waiting; }

  // Sets a property between what was written and what will be. Returns the set's id. Requires:
  // !write_over().
  uint32_t SetProperty(v1::Property property);
  // What the server said to sets since the last call.
  std::vector<PropertySets::Answer> TakePropertyAnswers() { return sets_.Answers(); }

  // The FIN, after all that was written. Does nothing a second time or after the end.
  void Finish();
  // Both directions are over as far as the application is concerned; what is unsent still goes.
  bool finished_both_ways() const { return finish_wanted_ && target_finished_ && unread_.empty(); }

  // Gives the pair up. Drops what is unread and unsent. Does nothing after the end.
  void Reset(StreamError why);

  // What was learnt.
  bool attached() const { return attached_; }
  const std::string& pair_name() const { return pair_name_; }
  const OpenInfo& open_info() const { return open_info_; }
  // Ready, or never to be.
  bool opened_or_not() const { return open_info_.ready || ended_ || error_; }
  bool ended() const { return ended_; }
  const EndInfo& end_info() const { return end_info_; }
  const std::optional<StreamError>& error() const { return error_; }

  // The server's side. Nothing may be delivered once over_on_wire().

  using Fault = std::optional<StreamError>;
  Fault DeliverData(bool starved, const std::vector<grpc::Slice>& payload, size_t size);
  Fault DeliverFrame(const v1::ServerFrame& frame);
  // The RPC ended without an end frame.
  void DeliverRpcLost(StreamError why);

  // No frame of this channel will be sent or is of interest any more.
  bool over_on_wire() const { return ended_ || reset_sent_; }

  // The wire's side.

  // Frames that take no turn: attach, window, reset.
  bool wants_control() const;
  void SendControl(wire::FrameWriter* message);

  // Data within credit, and the finish after it.
  bool wants_turn() const;
  // Sends at most `quantum` bytes; returns how many.
  size_t SendTurn(size_t quantum, wire::FrameWriter* message);

  // Kept here for SendTurns, which owns their meaning.
  bool control_queued = false;
  bool turn_queued = false;

 private:
  bool read_over() const { return target_finished_ || ended_; }
  bool has_more() const { return !unsent_.empty() || writer_waiting_; }
  Fault DeliverAttached(const v1::Attached& attached);
  Fault DeliverPropertyResult(const v1::PropertyResult& result);
  void DeliverEnd(const v1::End& end);
  void DeliverEvent(const v1::StreamEvent& event);
  void StopSending();
  void SendData(size_t bytes, wire::FrameWriter* message);
  void SendFinish(wire::FrameWriter* message);

  const uint32_t number_;
  const size_t unsent_limit_;

  std::string attach_frame_;  // Encoded; empty once sent.
  bool attach_sent_ = false;
  bool attached_ = false;
  std::string pair_name_;
  OpenInfo open_info_;

  SliceQueue unsent_;
  uint64_t sent_ = 0;  // Bytes, from the beginning.
  SendCredit credit_;
  PropertySets sets_;
  bool writer_waiting_ = false;
  bool finish_wanted_ = false;
  bool finish_sent_ = false;
  bool reset_wanted_ = false;
  bool reset_sent_ = false;

  SliceQueue unread_;
  // What the application has read of the pair's bytes; absent for a pair that was there before.
  std::optional<uint64_t> read_offset_;
  ReceiveWindow window_;
  size_t grant_ = 0;  // To be sent.
  bool target_finished_ = false;

  bool ended_ = false;
  EndInfo end_info_;
  std::optional<StreamError> error_;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_CHANNEL_H_
