#ifndef STREAMPAIR_CLIENTS_CPP_SEND_TURNS_H_
#define STREAMPAIR_CLIENTS_CPP_SEND_TURNS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/functional/function_ref.h"
#include "clients/cpp/channel.h"
#include "google/protobuf/message_lite.h"
#include "wire/frame_writer.h"

namespace streampair::client {

// Decides what goes into the next message of an RPC, so that no channel waits for another: small
// frames of all channels first, then data in turns of equal size, going round. Pure.
// Thread-compatible.
class SendTurns {
 public:
  static constexpr size_t kBatchBytes = size_t{512} << 10;  // Data in one message, about.
  static constexpr size_t kMinQuantum = size_t{16} << 10;   // In one turn.
  static constexpr size_t kMaxQuantum = size_t{256} << 10;
  static constexpr size_t kControlBytes = size_t{1} << 20;  // Other frames in one message, about.

  static constexpr size_t kConnectionBytes = size_t{64} << 10;  // Frames of no channel.

  // The channel with that number, or null if it is gone.
  using Lookup = absl::FunctionRef<Channel*(uint32_t number)>;

  // Takes note of what the channel wants to send now. Cheap; call it after every change.
  void Note(Channel* channel);

  // A frame that belongs to no channel: ping or pong. Dropped if too many wait already, which only
  // a peer that floods us and does not read can bring about.
  void AddFrame(const google::protobuf::MessageLite& frame) {
    if (connection_frames_.size() < kConnectionBytes) {
      wire::FrameWriter::Encode(frame, &connection_frames_);
    }
  }

  // Called with each channel that sent something, and how many bytes of data. May destroy the
  // channel.
  using Served = absl::FunctionRef<void(Channel* channel, size_t bytes)>;

  // Fills the next message; leaves it empty if there is nothing to send.
  void Fill(Lookup lookup, Served served, wire::FrameWriter* message);

 private:
  std::string connection_frames_;
  // By number, since a channel may go away while it waits here.
  std::deque<uint32_t> control_;
  std::deque<uint32_t> turns_;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_SEND_TURNS_H_
