// Pairs that nobody reads beside one that is read: it makes progress from the start, and memory
// stays in bounds.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/harness/frames.h"
#include "tests/harness/mailbox.h"
#include "tests/harness/sanitizer.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kWindow = 262144;
// The published bound, docs/memory.md.
constexpr int64_t kConstant = 192 * kMiB;
constexpr int64_t kPerPair = 96 << 10;
constexpr uint64_t kBytes = 128 * kMiB;  // Of the pair that is read.
// The longest that the pair that is read may wait, even on a busy machine, and slowed by a
// sanitizer.
const absl::Duration kSilence = absl::Seconds(UnderSanitizer() ? 15 : 3);

enum class Direction { kDown, kUp };
enum class Layout { kChannelsOfOneRpc, kRpcsOfOneConnection };

struct Setting {
  Direction direction;
  Layout layout;
  int stalled;
};

std::string Name(const ::testing::TestParamInfo<Setting>& info) {
  return absl::StrCat(info.param.direction == Direction::kDown ? "Down" : "Up",
                      info.param.layout == Layout::kChannelsOfOneRpc ? "Channels" : "Rpcs",
                      info.param.stalled);
}

class StalledNeighbours : public ::testing::TestWithParam<Setting> {};

TEST_P(StalledNeighbours, DoNotSlowTheOneThatIsRead) {
  const int stalled = GetParam().stalled;
  const Layout layout = GetParam().layout;
  const bool down = GetParam().direction == Direction::kDown;
  ServerProcess server;
  const int64_t before = server.Stats().resident_bytes;

  // Bounded buffers, as a sane target has: a thousand full ones must not use up the kernel's memory
  // for TCP.
  const TargetOptions buffers{.receive_buffer = 64 << 10, .send_buffer = 64 << 10};
  TcpTarget lazy(down ? Pour() : TcpTarget::Handler(NeverRead), buffers);
  Mailbox<std::string> digests;
  TcpTarget busy([&](TargetConnection& connection) {
    if (down) return Pour(kBytes)(connection);
    Digest digest;
    for (std::string some = connection.ReadSome(); !some.empty(); some = connection.ReadSome()) {
      digest.Add(some);
    }
    digests.Put(digest.Hex());
  });

  std::vector<std::unique_ptr<TransferClient>> rpcs;
  const auto rpc_of = [&](int i) -> TransferClient& {
    const size_t index = layout == Layout::kChannelsOfOneRpc ? 0 : static_cast<size_t>(i);
    if (rpcs.size() <= index) rpcs.push_back(std::make_unique<TransferClient>(server.stub()));
    return *rpcs[index];
  };
  // The stalled ones take what their first window allows, in both directions.
  for (int i = 0; i < stalled; ++i) {
    TransferClient& rpc = rpc_of(i);
    const auto channel = static_cast<uint32_t>(layout == Layout::kChannelsOfOneRpc ? i : 0);
    rpc.Plan(channel, {.upload = down ? 0 : kBytes, .keep_data = false});
    rpc.Send({AttachNew(channel, SpecTo(lazy.port()))});
  }
  TransferClient& rpc = rpc_of(stalled);
  const auto channel = static_cast<uint32_t>(layout == Layout::kChannelsOfOneRpc ? stalled : 0);
  rpc.Plan(
      channel,
      {.grant_window = kWindow, .upload = down ? 0 : kBytes, .finish = true, .keep_data = false});
  rpc.Send({AttachNew(channel, SpecTo(busy.port()))});

  // Progress: downwards by the data that come, upwards by the credit that comes back.
  uint64_t progress = 0;
  while (true) {
    const bool moved = rpc.Await(
        channel,
        [&](const ChannelLog& log) {
          return log.end.has_value() || (down ? log.received : log.granted) > progress;
        },
        kSilence);
    const ChannelLog log = rpc.log(channel);
    ASSERT_TRUE(moved) << "nothing for " << kSilence << " after " << progress << " bytes; "
                       << rpc.Describe(channel);
    progress = down ? log.received : log.granted;
    if (log.end.has_value()) break;
  }
  EXPECT_FALSE(rpc.AwaitEnd(channel).has_error());
  if (down) {
    EXPECT_EQ(rpc.log(channel).digest.Hex(), PatternDigest(kBytes));
  } else {
    EXPECT_EQ(digests.Take(), PatternDigest(kBytes));
  }

  // The stalled ones got, or gave, at least what a window holds, and still stand.
  for (int i = 0; i < stalled; ++i) {
    const auto number = static_cast<uint32_t>(layout == Layout::kChannelsOfOneRpc ? i : 0);
    ASSERT_TRUE(rpc_of(i).Await(number,
                                [&](const ChannelLog& log) {
                                  return (down ? log.received : log.sent) >=
                                         static_cast<uint64_t>(kWindow);
                                }))
        << "pair " << i;
    const ChannelLog log = rpc_of(i).log(number);
    ASSERT_FALSE(log.end.has_value()) << log.end->ShortDebugString();
    if (down) {
      ASSERT_EQ(log.received, kWindow);
    }
  }
  const int64_t bound = (stalled + 1) * (kWindow + kPerPair) + kConstant;
  EXPECT_LE(server.Stats().peak_resident_bytes - before, UnderSanitizer() ? 2 * bound : bound);
}

INSTANTIATE_TEST_SUITE_P(
    One, StalledNeighbours,
    ::testing::Values(Setting{Direction::kDown, Layout::kChannelsOfOneRpc, 1},
                      Setting{Direction::kUp, Layout::kChannelsOfOneRpc, 1},
                      Setting{Direction::kDown, Layout::kRpcsOfOneConnection, 1},
                      Setting{Direction::kUp, Layout::kRpcsOfOneConnection, 1}),
    Name);

INSTANTIATE_TEST_SUITE_P(
    Hundred, StalledNeighbours,
    ::testing::Values(Setting{Direction::kDown, Layout::kChannelsOfOneRpc, 100},
                      Setting{Direction::kUp, Layout::kChannelsOfOneRpc, 100},
                      Setting{Direction::kDown, Layout::kRpcsOfOneConnection, 100},
                      Setting{Direction::kUp, Layout::kRpcsOfOneConnection, 100}),
    Name);

INSTANTIATE_TEST_SUITE_P(
    Thousand, StalledNeighbours,
    ::testing::Values(Setting{Direction::kDown, Layout::kChannelsOfOneRpc, 1000},
                      Setting{Direction::kUp, Layout::kChannelsOfOneRpc, 1000},
                      Setting{Direction::kDown, Layout::kRpcsOfOneConnection, 1000},
                      Setting{Direction::kUp, Layout::kRpcsOfOneConnection, 1000}),
    Name);

}  // namespace
}  // namespace streampair::testing
