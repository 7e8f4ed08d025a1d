#ifndef STREAMPAIR_SERVER_TRANSFER_TRANSFER_SETTINGS_H_
#define STREAMPAIR_SERVER_TRANSFER_TRANSFER_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "core/flow/growth_pool.h"
#include "core/flow/window_budget.h"
#include "server/transfer/slice_keeper.h"

namespace streampair {

// What an operator may set about Transfer. The defaults are measured ones.
struct TransferSettings {
  // A channel's first receive window, in bytes. At least kEarlyData.
  uint32_t window = 256 << 10;

  // How windows may grow within one RPC, and by how much in all of them.
  WindowBudget::Limits growth;
  std::shared_ptr<GrowthPool> growth_pool = std::make_shared<GrowthPool>(128 << 20);

  // Where a channel without credits makes the RPC wait before it reads on, in bytes of backlog.
  size_t uncredited_backlog = 256 << 10;

  // What holds bytes that wait for their targets; shared by all RPCs.
  std::shared_ptr<SliceKeeper> keeper = std::make_shared<SliceKeeper>(64 << 20);

  // The server pings an RPC on which it was silent for so long. An RPC without channels on which
  // the client was silent three times as long ends.
  absl::Duration heartbeat = absl::Seconds(20);

  // How long the server waits for the client's half-close after the end of a plain RPC's pair.
  absl::Duration end_wait = absl::Seconds(5);

  // What a client may send before `attached` has come; part of the protocol.
  static constexpr uint32_t kEarlyData = 64 << 10;

  // The largest window that a client may ask for; part of the protocol.
  static constexpr uint32_t kMaxClientWindow = 64 << 20;

  // Answers that may wait for a client that does not read them, in bytes of frames.
  static constexpr size_t kMaxWaitingAnswers = 4 << 20;

  // Live channels of one RPC.
  static constexpr size_t kMaxChannels = 65536;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_TRANSFER_SETTINGS_H_
