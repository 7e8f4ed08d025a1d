#include "clients/cpp/send_turns.h"

#include <algorithm>

namespace streampair::client {

void SendTurns::Note(Channel* channel) {
  if (!channel->control_queued && channel->wants_control()) {
    channel->control_queued = true;
    control_.push_back(channel->number());
  }
  if (!channel->turn_queued && channel->wants_turn()) {
    channel->turn_queued = true;
    turns_.push_back(channel->number());
  }
}

void SendTurns::Fill(Lookup lookup, Served served, wire::FrameWriter* message) {
  if (!connection_frames_.empty()) {
    message->AddEncoded(connection_frames_);
    connection_frames_.clear();
  }
  while (!control_.empty() && message->size() < kControlBytes) {
    Channel* const channel = lookup(control_.front());
    control_.pop_front();
    if (channel == nullptr) continue;
    channel->control_queued = false;
    channel->SendControl(message);
    Note(channel);  // It may have data that had to wait for the attach.
    served(channel, 0);
  }
  // Everyone who is ready now gets the same share; who becomes ready later gets one of the next
  // message's.
  const size_t quantum =
      std::clamp(kBatchBytes / std::max<size_t>(turns_.size(), 1), kMinQuantum, kMaxQuantum);
  for (size_t bytes = 0; !turns_.empty() && bytes < kBatchBytes;) {
    Channel* const channel = lookup(turns_.front());
    turns_.pop_front();
    if (channel == nullptr) continue;
    channel->turn_queued = false;
    const size_t turn = channel->SendTurn(quantum, message);
    bytes += turn;
    Note(channel);
    served(channel, turn);
  }
}

}  // namespace streampair::client
