// Many streams in one RPC, against a scripted server.
#include "clients/cpp/carrier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "clients/cpp/carrier_pool.h"
#include "clients/cpp/client.h"
#include "clients/cpp/scripted_server_test_util.h"

namespace streampair::client {
namespace {

using ReadOutcome = ReadResult::Outcome;
using WriteOutcome = WriteResult::Outcome;

absl::Time Soon() { return absl::Now() + absl::Seconds(30); }

ReadOutcome ReadsAs(Stream& stream) {
  char byte;
  return stream.Read(absl::MakeSpan(&byte, 1), Soon()).outcome;
}

std::string ReadExactly(Stream& stream, size_t size) {
  std::string bytes(size, '\0');
  size_t read = 0;
  while (read < size) {
    const ReadResult result = stream.Read(absl::MakeSpan(bytes).subspan(read), Soon());
    if (result.outcome != ReadOutcome::kBytes) break;
    read += result.bytes;
  }
  bytes.resize(read);
  return bytes;
}

// Sends back what comes on each channel, and ends each in order.
grpc::Status EchoAll(Conversation& conversation) {
  struct Echo {
    std::string backlog;
    bool finished = false;
  };
  std::map<uint32_t, Echo> echoes;
  while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
    const uint32_t channel = frame->channel();
    if (frame->has_attach()) conversation.AnswerAttach(channel);
    if (frame->has_reset()) {
      echoes.erase(channel);
      continue;
    }
    Echo& echo = echoes[channel];
    if (frame->has_data()) {
      echo.backlog += frame->data().payload();
      conversation.Grant(channel, static_cast<uint32_t>(frame->data().payload().size()));
    }
    echo.finished |= frame->has_finish();
    const size_t size = std::min<size_t>(echo.backlog.size(), conversation.credit(channel));
    if (size > 0) conversation.SendData(channel, absl::string_view(echo.backlog).substr(0, size));
    echo.backlog.erase(0, size);
    if (echo.finished && echo.backlog.empty()) {
      conversation.SendFinish(channel);
      conversation.SendEnd(channel);
      echoes.erase(channel);
    }
  }
  return grpc::Status::OK;
}

v1::StreamPairSpec Spec() { return HostPairSpec("example.com", 80); }

TEST(Carrier, CarriesAThousandStreamsInOneRpc) {
  constexpr int kStreams = 1000;
  ScriptedServer server(EchoAll);
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  std::vector<Stream> streams;
  for (int i = 0; i < kStreams; ++i) streams.push_back(carrier.Open(Spec()));
  for (int i = 0; i < kStreams; ++i) {
    ASSERT_EQ(streams[i].Write(absl::StrCat("this is number ", i), Soon()).outcome,
              WriteOutcome::kDone);
  }
  for (int i = 0; i < kStreams; ++i) {
    const std::string expected = absl::StrCat("this is number ", i);
    ASSERT_EQ(ReadExactly(streams[i], expected.size()), expected);
    // Numbers begin at 1: channel 0 is the form for one pair.
    ASSERT_EQ(streams[i].pair_name(), absl::StrCat("streamPairs/scripted.", i + 1));
  }
  for (Stream& stream : streams) stream.Finish();
  for (Stream& stream : streams) {
    ASSERT_EQ(ReadsAs(stream), ReadOutcome::kEnd);
    ASSERT_TRUE(stream.Close(Soon()).ok());
  }
  const Result<void> end = carrier.Finish(Soon());
  EXPECT_TRUE(end.ok()) << end.error().ToString();
}

TEST(Carrier, NeverReusesANumber) {
  ScriptedServer server(EchoAll);  // Fails the test if a number does not rise.
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  for (int i = 0; i < 200; ++i) {
    Stream stream = carrier.Open(Spec());
    ASSERT_EQ(stream.Write("x", Soon()).outcome, WriteOutcome::kDone);
    ASSERT_EQ(ReadExactly(stream, 1), "x");
    if (i % 2 == 0) stream.Reset();
    if (i % 3 == 0) {
      stream.Close(Soon()).ok();
    }
  }
  EXPECT_TRUE(carrier.Finish(Soon()).ok());
}

TEST(Carrier, AStreamThatNobodyReadsHoldsItsWindowAndSlowsNobody) {
  constexpr int kStalled = 100;
  constexpr size_t kWindow = 64 << 10, kBulk = size_t{32} << 20;
  ScriptedServer server([&](Conversation& conversation) {
    // The stalled ones get all that their windows take, first.
    for (int i = 0; i < kStalled; ++i) {
      const uint32_t channel = conversation.Accept();
      conversation.SendData(channel, std::string(kWindow, 's'), /*starved=*/true);
    }
    const uint32_t good = conversation.Accept();
    const std::string piece(size_t{256} << 10, 'g');
    for (size_t left = kBulk; left > 0;) {
      conversation.AwaitCredit(good, 1);
      const size_t size = std::min<size_t>({left, conversation.credit(good), piece.size()});
      if (size == 0) break;
      conversation.SendData(good, absl::string_view(piece).substr(0, size));
      left -= size;
    }
    for (uint32_t channel = 1; channel < good; ++channel) {
      EXPECT_EQ(conversation.credit(channel), 0u) << "credit for what nobody read";
    }
    while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
    }
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  StreamOptions options;
  options.window = kWindow;
  std::vector<Stream> stalled;
  for (int i = 0; i < kStalled; ++i) stalled.push_back(carrier.Open(Spec(), options));
  Stream good = carrier.Open(Spec());
  EXPECT_EQ(ReadExactly(good, kBulk).size(), kBulk);
  // What was there all along is still there.
  EXPECT_EQ(ReadExactly(stalled[7], kWindow), std::string(kWindow, 's'));
}

TEST(Carrier, AWriterWithoutCreditSlowsNobody) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t stuck = conversation.Accept(65536);
    const uint32_t good = conversation.Accept();
    EXPECT_EQ(conversation.AwaitFinish(good).size(), size_t{8} << 20);
    EXPECT_LE(conversation.received(stuck), 65536u);
    conversation.SendEnd(good);
    while (conversation.Next()) {
    }
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream stuck = carrier.Open(Spec());
  Stream good = carrier.Open(Spec());
  const std::string bytes(size_t{8} << 20, 'b');
  EXPECT_EQ(stuck.TryWrite(bytes).outcome, WriteOutcome::kNotYet);
  EXPECT_EQ(good.Write(bytes, Soon()).outcome, WriteOutcome::kDone);
  good.Finish();
  EXPECT_TRUE(good.Close(Soon()).ok());
}

TEST(Carrier, ASmallExchangeGoesOnBesideBulk) {
  ScriptedServer server(EchoAll);
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream bulk = carrier.Open(Spec());
  Stream small = carrier.Open(Spec());
  absl::Notification enough;
  std::thread writer([&] {
    const std::string bytes(size_t{1} << 20, 'b');
    while (!enough.HasBeenNotified()) bulk.Write(bytes, Soon());
    bulk.Finish();
  });
  std::thread reader([&] {
    std::string buffer(size_t{1} << 20, '\0');
    while (bulk.Read(absl::MakeSpan(buffer), Soon()).outcome == ReadOutcome::kBytes) {
    }
  });
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(small.Write("ping", Soon()).outcome, WriteOutcome::kDone);
    ASSERT_EQ(ReadExactly(small, 4), "ping");
  }
  enough.Notify();
  writer.join();
  reader.join();
}

TEST(Carrier, WindowsStopAtOneMegabyteBesideOthers) {
  uint64_t window = 0;
  ScriptedServer server([&](Conversation& conversation) {
    const std::string piece(size_t{1} << 20, 'p');
    uint32_t channels[2] = {conversation.Accept(), conversation.Accept()};
    size_t left[2] = {size_t{48} << 20, size_t{48} << 20};
    while (left[0] + left[1] > 0) {
      for (int i = 0; i < 2; ++i) {
        const size_t size =
            std::min<size_t>({left[i], conversation.credit(channels[i]), piece.size()});
        if (size == 0) continue;
        left[i] -= size;
        const bool starved = size == conversation.credit(channels[i]) && left[i] > 0;
        conversation.SendData(channels[i], absl::string_view(piece).substr(0, size), starved);
      }
      const bool stuck = (left[0] == 0 || conversation.credit(channels[0]) == 0) &&
                         (left[1] == 0 || conversation.credit(channels[1]) == 0);
      if (left[0] + left[1] > 0 && stuck && !conversation.Next()) break;
    }
    window = std::max(conversation.largest_window(channels[0]),
                      conversation.largest_window(channels[1]));
    for (uint32_t channel : channels) conversation.SendFinish(channel);
    while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
      if (frame->has_finish()) conversation.SendEnd(frame->channel());
    }
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream one = carrier.Open(Spec()), two = carrier.Open(Spec());
  std::thread other(
      [&] { EXPECT_EQ(ReadExactly(two, size_t{48} << 20).size(), size_t{48} << 20); });
  EXPECT_EQ(ReadExactly(one, size_t{48} << 20).size(), size_t{48} << 20);
  other.join();
  EXPECT_TRUE(one.Close(Soon()).ok());
  EXPECT_TRUE(two.Close(Soon()).ok());
  EXPECT_TRUE(carrier.Finish(Soon()).ok());
  EXPECT_LE(window, uint64_t{1} << 20);
  EXPECT_GT(window, uint64_t{256} << 10);
}

TEST(Carrier, OneErrorIsOneStreams) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t good = conversation.Accept();
    uint32_t bad = 0;
    conversation.AwaitAttach(&bad);
    conversation.SendEnd(bad, PosixStreamError(111, "ECONNREFUSED"));
    EXPECT_TRUE(conversation.AwaitPong(1)) << "the RPC must go on for the others";
    conversation.SendData(good, "fine");
    conversation.AwaitFinish(good);
    conversation.SendEnd(good);
    EXPECT_TRUE(conversation.AwaitHalfClose());
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream good = carrier.Open(Spec());
  Stream bad = carrier.Open(Spec());
  EXPECT_EQ(ReadsAs(bad), ReadOutcome::kError);
  EXPECT_TRUE(bad.error()->Is(v1::ERROR_DOMAIN_POSIX, 111));
  EXPECT_EQ(ReadExactly(good, 4), "fine");
  EXPECT_TRUE(good.Close(Soon()).ok());
  EXPECT_TRUE(carrier.Finish(Soon()).ok());
}

TEST(Carrier, ALostRpcFailsAllItsStreamsAndLaterOnes) {
  absl::Notification accepted;
  ScriptedServer server([&](Conversation& conversation) {
    conversation.Accept();
    conversation.Accept();
    accepted.Notify();
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream one = carrier.Open(Spec()), two = carrier.Open(Spec());
  accepted.WaitForNotification();
  std::thread killer([&] { server.Stop(); });
  for (Stream* stream : {&one, &two}) {
    EXPECT_EQ(ReadsAs(*stream), ReadOutcome::kError);
    EXPECT_EQ(stream->error()->origin(), StreamError::Origin::kTransport);
  }
  killer.join();
  Stream late = carrier.Open(Spec());
  EXPECT_EQ(ReadsAs(late), ReadOutcome::kError);
  EXPECT_EQ(late.error()->origin(), StreamError::Origin::kTransport);
  EXPECT_FALSE(carrier.Finish(Soon()).ok());
}

TEST(Carrier, AnUnreachableServerFailsStreamsOpenedBeforeAndAfter) {
  std::string address;
  { address = ScriptedServer(EchoAll).address(); }
  auto client = Client::Make(address);
  Carrier carrier = client->MakeCarrier();
  Stream before = carrier.Open(Spec());
  EXPECT_EQ(ReadsAs(before), ReadOutcome::kError);
  Stream after = carrier.Open(Spec());
  EXPECT_EQ(ReadsAs(after), ReadOutcome::kError);
  EXPECT_EQ(after.error()->status_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(Carrier, CancelEndsCallsThatWait) {
  ScriptedServer server(EchoAll);
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream stream = carrier.Open(Spec());
  ASSERT_TRUE(stream.WaitReady(Soon()).ok());
  std::thread reader([&] { EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError); });
  carrier.Cancel();
  reader.join();
  EXPECT_EQ(stream.error()->origin(), StreamError::Origin::kClient);
  EXPECT_EQ(stream.error()->status_code(), grpc::StatusCode::CANCELLED);
  EXPECT_FALSE(carrier.Finish(Soon()).ok());
}

TEST(Carrier, StreamsOutliveIt) {
  bool half_closed_early = false;
  absl::Notification over;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    half_closed_early = !conversation.AwaitPong(1);
    conversation.SendData(channel, "alive");
    conversation.AwaitFinish(channel);
    conversation.SendEnd(channel);
    EXPECT_TRUE(conversation.AwaitHalfClose());
    over.Notify();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  auto carrier = std::make_unique<Carrier>(client->MakeCarrier());
  Stream stream = carrier->Open(Spec());
  carrier.reset();
  EXPECT_EQ(ReadExactly(stream, 5), "alive");
  EXPECT_FALSE(half_closed_early);
  EXPECT_TRUE(stream.Close(Soon()).ok());
  EXPECT_TRUE(over.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

TEST(Carrier, TakesNoStreamAfterFinish) {
  ScriptedServer server(EchoAll);
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  EXPECT_TRUE(carrier.Finish(Soon()).ok());
  Stream stream = carrier.Open(Spec());
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_TRUE(stream.error()->Is(v1::ERROR_DOMAIN_STREAMPAIR, v1::STREAMPAIR_CODE_WRONG_STATE));
}

TEST(Carrier, SurfacesTheDrainingNotice) {
  ScriptedServer server([&](Conversation& conversation) {
    conversation.Accept();
    v1::ServerFrame frame;
    frame.mutable_draining()->mutable_grace()->set_seconds(7);
    frame.mutable_draining()->mutable_grace()->set_nanos(500000000);
    conversation.Send(frame);
    conversation.Send(frame);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  absl::Notification told;
  absl::Duration grace;
  CarrierOptions options;
  options.on_draining = [&](absl::Duration left) {
    grace = left;
    told.Notify();
  };
  Carrier carrier = client->MakeCarrier(options);
  Stream stream = carrier.Open(Spec());
  ASSERT_TRUE(told.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_EQ(grace, absl::Milliseconds(7500));
  EXPECT_TRUE(carrier.draining());
}

TEST(Carrier, LetsADrainingServerGoOnceItsStreamsHaveEnded) {
  absl::Notification went;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    v1::ServerFrame frame;
    frame.mutable_draining()->mutable_grace()->set_seconds(7);
    conversation.Send(frame);
    conversation.AwaitFinish(channel);
    // A stream lives, so the RPC does.
    EXPECT_TRUE(conversation.AwaitPong(1));
    conversation.SendData(channel, "last");
    conversation.SendFinish(channel);
    conversation.SendEnd(channel);
    EXPECT_TRUE(conversation.AwaitHalfClose());
    went.Notify();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream stream = carrier.Open(Spec());
  stream.Finish();
  ASSERT_TRUE(went.WaitForNotificationWithTimeout(absl::Seconds(30))) << "the carrier is kept";
  EXPECT_TRUE(stream.WaitEnd(absl::Now() + absl::Seconds(30)));
  EXPECT_EQ(stream.unread(), 4u);
  EXPECT_FALSE(carrier.usable());
  EXPECT_TRUE(carrier.Finish(absl::Now() + absl::Seconds(30)).ok());
  // Whoever comes late is told so, and does not wait.
  Stream late = carrier.Open(Spec());
  EXPECT_FALSE(late.WaitReady(absl::Now() + absl::Seconds(30)).ok());
}

TEST(Carrier, AFrameForAChannelNeverOpenedBreaksTheRpc) {
  ScriptedServer server([&](Conversation& conversation) {
    conversation.Accept();
    v1::ServerFrame frame;
    frame.set_channel(77);
    frame.mutable_finish();
    conversation.Send(frame);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream stream = carrier.Open(Spec());
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_TRUE(stream.error()->Is(v1::ERROR_DOMAIN_STREAMPAIR, 11));
  EXPECT_EQ(stream.error()->origin(), StreamError::Origin::kClient);
}

TEST(Carrier, IgnoresWhatComesForAStreamThatWasReset) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t gone = conversation.Accept();
    EXPECT_TRUE(conversation.AwaitReset(gone));
    const uint32_t good = conversation.Accept();
    conversation.SendData(gone, "too late");
    conversation.SendFinish(gone);
    conversation.SendEnd(gone, PosixStreamError(104, "ECONNRESET"));
    conversation.SendData(good, "fine");
    conversation.AwaitFinish(good);
    conversation.SendEnd(good);
    EXPECT_TRUE(conversation.AwaitHalfClose());
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  {
    Stream gone = carrier.Open(Spec());
    ASSERT_TRUE(gone.WaitReady(Soon()).ok());
  }
  Stream good = carrier.Open(Spec());
  EXPECT_EQ(ReadExactly(good, 4), "fine");
  EXPECT_TRUE(good.Close(Soon()).ok());
  EXPECT_TRUE(carrier.Finish(Soon()).ok());
}

TEST(Carrier, AttachesByName) {
  ScriptedServer server([&](Conversation& conversation) {
    uint32_t channel = 0;
    EXPECT_EQ(conversation.AwaitAttach(&channel).name(), "streamPairs/a.b");
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream stream = carrier.Attach("streamPairs/a.b");
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kEnd);
}

TEST(Carrier, CallbacksServeManyStreamsWithoutThreads) {
  constexpr int kStreams = 200;
  ScriptedServer server(EchoAll);
  auto client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  // A stream that reads itself to its end, driven by callbacks alone.
  struct Reader {
    explicit Reader(Stream opened, absl::BlockingCounter* counter)
        : stream(std::move(opened)), done(counter) {}
    void Go() {
      char buffer[256];
      for (;;) {
        const ReadResult result = stream.TryRead(absl::MakeSpan(buffer));
        if (result.outcome == ReadOutcome::kBytes) {
          received.append(buffer, result.bytes);
        } else if (result.outcome == ReadOutcome::kNotYet) {
          if (stream.NotifyReadable([this] { Go(); })) return;
        } else {
          done->DecrementCount();
          return;
        }
      }
    }
    Stream stream;
    absl::BlockingCounter* done;
    std::string received;
  };
  absl::BlockingCounter done(kStreams);
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < kStreams; ++i) {
    readers.push_back(std::make_unique<Reader>(carrier.Open(Spec()), &done));
    readers.back()->stream.TryWrite(absl::StrCat(i));
    readers.back()->stream.Finish();
    readers.back()->Go();
  }
  done.Wait();
  for (int i = 0; i < kStreams; ++i) EXPECT_EQ(readers[i]->received, absl::StrCat(i));
}

// Of this process, as the system shows them.
int ThreadsNamed(const std::string& name) {
  int count = 0;
  std::error_code gone;  // A thread may end while it is looked at.
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", gone)) {
    std::ifstream file(task.path() / "comm");
    std::string comm;
    if (std::getline(file, comm) && comm == name) ++count;
  }
  return count;
}

// gRPC 1.51 joins its callback threads when the last channel goes, wherever that happens.
TEST(Carrier, ClientsComeAndGoWhileTheirRpcsEnd) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "gRPC 1.51 may be taking a connection apart when the process ends: a leak, by "
                  "the look of it";
#endif
  ScriptedServer server(EchoAll);
  for (int i = 0; i < 100; ++i) {
    auto client = Client::Make(server.address());
    Carrier carrier = client->MakeCarrier();
    Stream stream = carrier.Open(Spec());
    if (i % 2 == 0) {
      ASSERT_TRUE(stream.WaitReady(Soon()).ok());
    }
    if (i % 3 == 0) {
      ASSERT_TRUE(stream.Close(Soon()).ok());
    }
    if (i % 5 == 0) carrier.Cancel();
  }
  // Threads that end by themselves are still at it, and a leak checker must not see them half-way.
  const absl::Time deadline = Soon();
  while (ThreadsNamed("streampair-rpcs") > 0 && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_EQ(ThreadsNamed("streampair-rpcs"), 0);
}

TEST(CarrierPoolTest, ACarrierThatBrokeIsReplaced) {
  std::atomic<int> rpcs{0};
  ScriptedServer server([&](Conversation& conversation) {
    conversation.Accept();
    if (++rpcs == 1) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going");
    conversation.Accept();
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  const std::unique_ptr<Client> client = Client::Make(server.address());
  CarrierPool pool(*client, 1);
  Stream lost = pool.Open(HostPairSpec("example.com", 80));
  ASSERT_TRUE(lost.WaitEnd(Soon()));
  EXPECT_EQ(lost.error()->origin(), StreamError::Origin::kTransport);
  Stream one = pool.Open(HostPairSpec("example.com", 80));
  Stream two = pool.Open(HostPairSpec("example.com", 80));
  EXPECT_TRUE(one.WaitReady(Soon()).ok());
  EXPECT_TRUE(two.WaitReady(Soon()).ok());
  EXPECT_EQ(rpcs, 2);
}

TEST(StreamReadiness, IsToldOnceItIsReadyOrHasFailed) {
  ScriptedServer server([](Conversation& conversation) {
    conversation.Accept();
    uint32_t refused = 0;
    conversation.AwaitAttach(&refused);
    conversation.SendEnd(refused, PosixStreamError(111, "ECONNREFUSED"));
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  const std::unique_ptr<Client> client = Client::Make(server.address());
  Carrier carrier = client->MakeCarrier();
  Stream ready = carrier.Open(HostPairSpec("example.com", 80));
  Stream refused = carrier.Open(HostPairSpec("example.com", 81));
  absl::Notification told_ready, told_refused;
  if (!ready.NotifyReady([&] { told_ready.Notify(); })) told_ready.Notify();
  if (!refused.NotifyReady([&] { told_refused.Notify(); })) told_refused.Notify();
  EXPECT_TRUE(told_ready.WaitForNotificationWithDeadline(Soon()));
  EXPECT_TRUE(told_refused.WaitForNotificationWithDeadline(Soon()));
  EXPECT_TRUE(ready.open_info().ready);
  EXPECT_TRUE(refused.error().has_value());
  EXPECT_FALSE(ready.NotifyReady([] { ADD_FAILURE() << "dropped"; }));
}

}  // namespace
}  // namespace streampair::client
