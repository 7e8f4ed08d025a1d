// A session between a scripted message stream and pairs over socket pairs: credits, turns, ends.
#include "server/transfer/transfer_session.h"

#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "core/base/clock.h"
#include "core/base/streampair_errors.h"
#include "core/testing/fake_dialer.h"
#include "core/testing/loop_harness.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

// Keeps what the session sends; answers when the test says so.
class ScriptedStream : public MessageStream {
 public:
  void StartRead() override {
    absl::MutexLock lock(&mu_);
    ++reads_;
  }
  void StartWrite(grpc::ByteBuffer message) override { Add(message, /*at_once=*/false); }
  bool WroteAtOnce(grpc::ByteBuffer message) override {
    const bool at_once = on_at_once_ != nullptr;
    Add(message, at_once);
    if (at_once) on_at_once_();
    return at_once;
  }
  void Finish(const grpc::Status& status) override {
    absl::MutexLock lock(&mu_);
    EXPECT_FALSE(status_.has_value());
    status_ = status;
  }
  // Takes the oldest message, if any; `under_way`: it has to be answered.
  std::optional<v1::TransferResponse> Take(bool* under_way = nullptr) {
    absl::MutexLock lock(&mu_);
    if (messages_.empty()) return std::nullopt;
    v1::TransferResponse message = messages_.front();
    messages_.pop_front();
    const bool last = writing_ && messages_.empty();
    if (last) writing_ = false;
    if (under_way != nullptr) *under_way = last;
    return message;
  }
  bool has_message() {
    absl::MutexLock lock(&mu_);
    return writing_;
  }
  // Messages that may be written at once are from now on; each calls `call` before that is known.
  void WriteAtOnce(std::function<void()> call) { on_at_once_ = std::move(call); }
  // Called when an end frame is about to leave.
  void OnEnd(std::function<void()> call) { on_end_ = std::move(call); }
  int reads() {
    absl::MutexLock lock(&mu_);
    return reads_;
  }
  std::optional<grpc::Status> status() {
    absl::MutexLock lock(&mu_);
    return status_;
  }

 private:
  void Add(const grpc::ByteBuffer& message, bool at_once) {
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(message.Dump(&slices).ok());
    std::string bytes;
    for (const grpc::Slice& slice : slices)
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    v1::TransferResponse response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    for (const v1::ServerFrame& frame : response.frames()) {
      if (frame.has_end() && on_end_) on_end_();
    }
    absl::MutexLock lock(&mu_);
    EXPECT_FALSE(writing_) << "one write at a time";
    writing_ = !at_once;
    messages_.push_back(response);
  }

  std::function<void()> on_end_;
  std::function<void()> on_at_once_;
  absl::Mutex mu_;
  int reads_ ABSL_GUARDED_BY(mu_) = 0;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  std::deque<v1::TransferResponse> messages_ ABSL_GUARDED_BY(mu_);
  std::optional<grpc::Status> status_ ABSL_GUARDED_BY(mu_);
};

class TestPairs : public PairAccess {
 public:
  explicit TestPairs(StreamPair::Environment environment) : environment_(environment) {}
  Result<std::shared_ptr<StreamPair>> Find(const std::string& name) override {
    return PairNotFound(name);
  }
  Result<std::shared_ptr<StreamPair>> Create(const v1::StreamPairSpec&) override {
    PairSpec spec;
    spec.target = DialTarget::ToEndpoints({Endpoint::Parse("192.0.2.1:80").value()});
    last_ = std::make_shared<StreamPair>("streamPairs/test", "tester", std::move(spec),
                                         environment_, nullptr);
    return last_;
  }
  std::optional<Error> SetProperty(StreamPair&, const v1::Property&,
                                   std::optional<uint64_t>) override {
    return Unimplemented("not here");
  }
  // The pair made last.
  std::shared_ptr<StreamPair> last() const { return last_; }

 private:
  const StreamPair::Environment environment_;
  std::shared_ptr<StreamPair> last_;
};

class TransferSessionTest : public testing::Test {
 protected:
  TransferSessionTest() : harness_(MakeEpollHarness()) {
    harness_->Run([this] {
      dialer_ = std::make_unique<FakeDialer>(harness_->loop());
      dialer_->SetScript([this](const FakeDialer::Request&) -> std::optional<DialOutcome> {
        int fds[2];
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
        absl::MutexLock lock(&mu_);
        targets_.emplace_back(fds[1]);
        return ConnectedOutcome(UniqueFd(fds[0]), Endpoint::Parse("192.0.2.1:80").value());
      });
    });
    settings_.end_wait = absl::Milliseconds(50);
    settings_.heartbeat = absl::Minutes(5);
    Begin();
  }
  ~TransferSessionTest() override {
    session_->OnOver();
    session_ = nullptr;
    harness_->Run([this] { dialer_ = nullptr; });
  }
  void Begin() {
    if (session_ != nullptr) session_->OnOver();
    stream_ = std::make_shared<ScriptedStream>();
    pairs_ = std::make_shared<TestPairs>(
        StreamPair::Environment{&harness_->loop(), dialer_.get(), &clock_});
    session_ = std::make_shared<TransferSession>(stream_, pairs_, harness_->loop(), settings_);
    session_->Start();
  }
  void Send(const v1::TransferRequest& request) {
    const std::string bytes = request.SerializeAsString();
    grpc::Slice slice(bytes);
    grpc::ByteBuffer message(&slice, 1);
    session_->OnMessage(message);
  }
  static v1::ClientFrame Attach(uint32_t channel, std::optional<uint32_t> window = std::nullopt) {
    v1::ClientFrame frame;
    frame.set_channel(channel);
    frame.mutable_attach()->mutable_create()->mutable_target()->mutable_host()->set_name(
        "example.com");
    if (window.has_value()) frame.mutable_attach()->set_window(*window);
    return frame;
  }
  static v1::ClientFrame Data(uint32_t channel, const std::string& payload) {
    v1::ClientFrame frame;
    frame.set_channel(channel);
    frame.mutable_data()->set_payload(payload);
    return frame;
  }
  static v1::ClientFrame Finish(uint32_t channel) {
    v1::ClientFrame frame;
    frame.set_channel(channel);
    frame.mutable_finish();
    return frame;
  }
  static v1::ClientFrame Window(uint32_t channel, uint32_t increment) {
    v1::ClientFrame frame;
    frame.set_channel(channel);
    frame.mutable_window()->set_increment(increment);
    return frame;
  }
  void Send(std::initializer_list<v1::ClientFrame> frames) {
    v1::TransferRequest request;
    for (const v1::ClientFrame& frame : frames) *request.add_frames() = frame;
    Send(request);
  }
  // Lets the session send until it has nothing to say and `until` holds; collects the frames.
  bool RunUntil(absl::FunctionRef<bool()> until) {
    return harness_->RunUntil([&] {
      bool under_way = false;
      while (std::optional<v1::TransferResponse> message = stream_->Take(&under_way)) {
        for (const v1::ServerFrame& frame : message->frames()) {
          frames_.push_back(frame);
          if (frame.has_data()) received_[frame.channel()] += frame.data().payload();
        }
        if (under_way) session_->OnWritten(true);
      }
      return until();
    });
  }
  const v1::End* EndOf(uint32_t channel) {
    for (const v1::ServerFrame& frame : frames_) {
      if (frame.has_end() && frame.channel() == channel) return &frame.end();
    }
    return nullptr;
  }
  int EndCode(uint32_t channel) {
    if (!RunUntil([&] { return EndOf(channel) != nullptr; })) return -1;
    return EndOf(channel)->error().code();
  }
  int Count(uint32_t channel, v1::ServerFrame::ContentCase kind) {
    int count = 0;
    for (const v1::ServerFrame& frame : frames_)
      count += frame.channel() == channel && frame.content_case() == kind;
    return count;
  }
  // The far end of the nth pair.
  int Target(size_t index) {
    EXPECT_TRUE(RunUntil([&] {
      absl::MutexLock lock(&mu_);
      return targets_.size() > index;
    }));
    absl::MutexLock lock(&mu_);
    return targets_[index].get();
  }
  void CloseTarget(size_t index) {
    absl::MutexLock lock(&mu_);
    targets_[index].Reset();
  }

  SystemClock clock_;
  TransferSettings settings_;
  absl::Mutex mu_;
  std::vector<UniqueFd> targets_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<LoopHarness> harness_;
  std::unique_ptr<FakeDialer> dialer_;
  std::shared_ptr<ScriptedStream> stream_;
  std::shared_ptr<TestPairs> pairs_;
  std::shared_ptr<TransferSession> session_;
  std::vector<v1::ServerFrame> frames_;
  std::map<uint32_t, std::string> received_;
};

int Code(StreampairCode code) { return static_cast<int>(code); }

TEST_F(TransferSessionTest, CarriesEarlyDataAndTheAnswer) {
  Send({Attach(0), Data(0, "question"), Finish(0)});
  char buffer[64];
  const int target = Target(0);
  ASSERT_TRUE(RunUntil([&] { return recv(target, buffer, sizeof buffer, MSG_PEEK) == 8; }));
  EXPECT_EQ(read(target, buffer, sizeof buffer), 8);
  ASSERT_EQ(write(target, "answer", 6), 6);
  CloseTarget(0);
  ASSERT_TRUE(RunUntil([&] { return EndOf(0) != nullptr; }));
  EXPECT_EQ(received_[0], "answer");
  EXPECT_FALSE(EndOf(0)->has_error());
  EXPECT_EQ(EndOf(0)->bytes_read(), 6u);
  EXPECT_EQ(EndOf(0)->bytes_written(), 8u);
  EXPECT_TRUE(frames_.front().has_attached());
  EXPECT_TRUE(frames_.back().has_end());
  EXPECT_EQ(Count(0, v1::ServerFrame::kFinish), 1);
  EXPECT_FALSE(stream_->status().has_value()) << "not before the client's half-close";
  session_->OnClientDone();
  ASSERT_TRUE(stream_->status().has_value());
  EXPECT_TRUE(stream_->status()->ok());
}

TEST_F(TransferSessionTest, AMessageThatIsWrittenAtOnceIsNotWaitedFor) {
  bool first = true;
  stream_->WriteAtOnce([&] {
    if (!std::exchange(first, false)) return;
    v1::ClientFrame ping;
    ping.mutable_ping()->set_nonce(7);
    Send({ping});  // Comes while the first message is under way.
  });
  Send({Attach(0)});
  EXPECT_TRUE(stream_->has_message()) << "what follows the first is not written at once";
  const int target = Target(0);
  for (const std::string text : {"one", "one, two"}) {
    const std::string more = text.substr(received_[0].size());
    ASSERT_EQ(write(target, more.data(), more.size()), static_cast<ssize_t>(more.size()));
    ASSERT_TRUE(RunUntil([&] { return received_[0] == text; }));
  }
  EXPECT_EQ(Count(0, v1::ServerFrame::kPong), 1);
}

TEST_F(TransferSessionTest, APairIsGoneBeforeTheClientLearnsOfItsEnd) {
  int ends = 0;
  stream_->OnEnd([&] {
    ++ends;
    EXPECT_TRUE(pairs_->last()->Snapshot().released);
  });
  Send({Attach(1), Finish(1)});
  Target(0);
  CloseTarget(0);
  ASSERT_TRUE(RunUntil([&] { return EndOf(1) != nullptr; }));
  v1::ClientFrame reset;
  reset.set_channel(2);
  reset.mutable_reset();
  Send({Attach(2), reset});
  ASSERT_TRUE(RunUntil([&] { return EndOf(2) != nullptr; }));
  Send({Attach(3), Finish(3), Data(3, "too late")});
  ASSERT_TRUE(RunUntil([&] { return EndOf(3) != nullptr; }));
  EXPECT_EQ(ends, 3);
}

TEST_F(TransferSessionTest, EndsAPlainRpcAfterABoundedWait) {
  Send({Attach(0), Finish(0)});
  Target(0);
  CloseTarget(0);
  ASSERT_TRUE(RunUntil([&] { return EndOf(0) != nullptr; }));
  EXPECT_TRUE(RunUntil([&] { return stream_->status().has_value(); }));
}

TEST_F(TransferSessionTest, AChannelAfterTheFirstKeepsTheRpc) {
  Send({Attach(0), Finish(0)});
  Target(0);
  CloseTarget(0);
  ASSERT_TRUE(RunUntil([&] { return EndOf(0) != nullptr; }));
  Send({Attach(1), Finish(1)});
  // Longer than the wait for a half-close that the end of channel 0 had begun.
  const absl::Time later = clock_.WallNow() + 3 * settings_.end_wait;
  ASSERT_TRUE(RunUntil([&] { return clock_.WallNow() > later; }));
  Target(1);
  CloseTarget(1);
  ASSERT_TRUE(RunUntil([&] { return EndOf(1) != nullptr; }));
  EXPECT_FALSE(stream_->status().has_value());
}

TEST_F(TransferSessionTest, NeverSendsMoreThanTheClientsCredit) {
  Send({Attach(1, 1000)});
  const int target = Target(0);
  const std::string bytes(5000, 'd');
  ASSERT_EQ(write(target, bytes.data(), bytes.size()), 5000);
  ASSERT_TRUE(RunUntil([&] { return received_[1].size() == 1000; }));
  bool starved = false;
  for (const v1::ServerFrame& frame : frames_) starved |= frame.data().starved();
  EXPECT_TRUE(starved) << "the last credit was used and there is more";
  Send({Window(1, 500)});
  ASSERT_TRUE(RunUntil([&] { return received_[1].size() == 1500; }));
  // Another channel's exchange shows that nothing more came of this one.
  Send({Attach(2)});
  ASSERT_TRUE(RunUntil([&] { return Count(2, v1::ServerFrame::kAttached) == 1; }));
  EXPECT_EQ(received_[1].size(), 1500u);
  Send({Window(1, 10000)});
  EXPECT_TRUE(RunUntil([&] { return received_[1] == bytes; }));
}

TEST_F(TransferSessionTest, GivesEveryReadyChannelItsTurnInOneMessage) {
  v1::TransferRequest request;
  for (uint32_t id = 1; id <= 8; ++id) *request.add_frames() = Attach(id);
  Send(request);
  std::vector<int> targets;
  for (size_t i = 0; i < 8; ++i) targets.push_back(Target(i));
  ASSERT_TRUE(RunUntil([&] {
    int ready = 0;
    for (uint32_t id = 1; id <= 8; ++id) ready += Count(id, v1::ServerFrame::kEvent) == 2;
    return ready == 8 && !stream_->has_message();
  }));
  // All become readable in one round of the loop: the first fills a message, which stays under way
  // until the others stand in line.
  const std::string bytes(100000, 'f');
  harness_->Run([&] {
    for (const int target : targets) EXPECT_EQ(write(target, bytes.data(), bytes.size()), 100000);
  });
  harness_->Run([] {});
  ASSERT_TRUE(stream_->Take().has_value());
  session_->OnWritten(true);
  const std::optional<v1::TransferResponse> message = stream_->Take();
  ASSERT_TRUE(message.has_value());
  std::map<uint32_t, size_t> shares;
  for (const v1::ServerFrame& frame : message->frames())
    shares[frame.channel()] += frame.data().payload().size();
  EXPECT_GE(shares.size(), 7u);
  for (const auto& [id, share] : shares) {
    EXPECT_GE(share, 60000u) << id;
    EXPECT_LE(share, 80000u) << id;  // 512 KiB / 7.
  }
  session_->OnWritten(true);
}

TEST_F(TransferSessionTest, ReturnsCreditForWhatTheTargetTook) {
  Send({Attach(1)});
  const int target = Target(0);
  ASSERT_TRUE(RunUntil([&] { return Count(1, v1::ServerFrame::kEvent) == 2; }));
  size_t taken = 0;
  std::string drained(65536, '\0');
  for (int i = 0; i < 8; ++i) {
    Send({Data(1, std::string(32768, 'u'))});
    ASSERT_TRUE(RunUntil([&] {
      const ssize_t got = read(target, drained.data(), drained.size());
      if (got > 0) taken += got;
      return taken == (i + 1) * 32768u;
    }));
  }
  uint64_t granted = 0;
  for (const v1::ServerFrame& frame : frames_) granted += frame.window().increment();
  EXPECT_GE(granted, 131072u);
  EXPECT_LE(granted, 262144u);
}

TEST_F(TransferSessionTest, HoldsAtMostTheWindowForATargetThatDoesNotRead) {
  Send({Attach(1)});
  Target(0);
  ASSERT_TRUE(RunUntil([&] { return Count(1, v1::ServerFrame::kEvent) == 2; }));
  const std::string piece(65536, 'w');
  // The socket takes some of it, for which credit comes back; then the window is the limit.
  size_t credit = 262144;
  size_t seen = 0;
  bool dry = false;
  while (!dry) {
    while (credit >= piece.size()) {
      Send({Data(1, piece)});
      credit -= piece.size();
    }
    uint64_t granted = 0;
    Send({Window(1, 1)});  // Answers have been made by the time this returns.
    ASSERT_TRUE(RunUntil([&] { return !stream_->has_message(); }));
    for (; seen < frames_.size(); ++seen) granted += frames_[seen].window().increment();
    credit += granted;
    dry = granted == 0;
  }
  EXPECT_EQ(EndOf(1), nullptr);
  Send({Data(1, std::string(credit + 1, 'x'))});
  EXPECT_EQ(EndCode(1), Code(StreampairCode::kCreditExceeded));
}

TEST_F(TransferSessionTest, EndsOnlyTheChannelThatIsAtFault) {
  Send({Attach(5)});
  Target(0);
  Send({Data(7, "x")});
  EXPECT_EQ(EndCode(7), Code(StreampairCode::kChannelUnknown));
  Send({Attach(7)});
  ASSERT_TRUE(RunUntil([&] { return Count(7, v1::ServerFrame::kEnd) == 2; }));
  Send({Attach(8), Finish(8), Data(8, "x")});
  EXPECT_EQ(EndCode(8), Code(StreampairCode::kAfterFinish));
  Send({Attach(9), Finish(9), Finish(9)});
  EXPECT_EQ(EndCode(9), Code(StreampairCode::kAfterFinish));
  Send({Attach(10), Window(10, 2147483647)});
  EXPECT_EQ(EndCode(10), Code(StreampairCode::kCreditExceeded));
  Send({Attach(11), Window(11, 0)});
  EXPECT_EQ(EndCode(11), Code(StreampairCode::kInvalidRequest));
  Send({Attach(12, 0)});
  EXPECT_EQ(EndCode(12), Code(StreampairCode::kInvalidRequest))
      << "no credits beside other channels";
  EXPECT_EQ(EndOf(5), nullptr);
  Send({Attach(5)});
  EXPECT_EQ(EndCode(5), Code(StreampairCode::kChannelReused));
  session_->OnClientDone();
  ASSERT_TRUE(RunUntil([&] { return stream_->status().has_value(); }));
  EXPECT_TRUE(stream_->status()->ok()) << "an RPC with several channels ends with OK";
}

TEST_F(TransferSessionTest, IgnoresFramesForAChannelThatHasEnded) {
  Send({Attach(1)});
  Target(0);
  v1::ClientFrame reset;
  reset.set_channel(1);
  reset.mutable_reset();
  Send({reset});
  EXPECT_EQ(EndCode(1), Code(StreampairCode::kResetByClient));
  Send({Data(1, "late"), Window(1, 5), Finish(1), reset, Attach(2)});
  ASSERT_TRUE(RunUntil([&] { return Count(2, v1::ServerFrame::kAttached) == 1; }));
  EXPECT_EQ(Count(1, v1::ServerFrame::kEnd), 1);
}

TEST_F(TransferSessionTest, WithoutCreditsItStopsReadingTheRpcInstead) {
  Send({Attach(0, 0)});
  const int target = Target(0);
  ASSERT_TRUE(RunUntil([&] { return Count(0, v1::ServerFrame::kEvent) == 2; }));
  int reads = stream_->reads();
  for (int i = 0; i < 100 && stream_->reads() == reads; ++i) {
    reads = stream_->reads();
    Send({Data(0, std::string(100000, 'n'))});
    if (stream_->reads() == reads) break;
    reads = stream_->reads();
  }
  EXPECT_EQ(stream_->reads(), reads) << "paused";
  std::string sink(1 << 20, '\0');
  EXPECT_TRUE(RunUntil([&] {
    while (read(target, sink.data(), sink.size()) > 0) {
    }
    return stream_->reads() > reads;
  })) << "reads on when the target catches up";
}

TEST_F(TransferSessionTest, AClientThatLeavesWithoutFinishResets) {
  Send({Attach(1), Attach(2), Finish(2)});
  Target(1);
  session_->OnClientDone();
  EXPECT_EQ(EndCode(1), Code(StreampairCode::kClientGone));
  EXPECT_EQ(EndOf(2), nullptr) << "it finished, and still reads";
  CloseTarget(1);
  ASSERT_TRUE(RunUntil([&] { return EndOf(2) != nullptr; }));
  EXPECT_FALSE(EndOf(2)->has_error());
}

TEST_F(TransferSessionTest, MalformedMessagesFailTheRpcInBandAndInItsStatus) {
  Send({Attach(1)});
  Target(0);
  const std::string junk = "\xff\xff\xff";
  grpc::Slice slice(junk);
  grpc::ByteBuffer message(&slice, 1);
  session_->OnMessage(message);
  EXPECT_EQ(EndCode(1), Code(StreampairCode::kMalformedMessage));
  EXPECT_FALSE(stream_->status().has_value());
  session_->OnClientDone();
  ASSERT_TRUE(stream_->status().has_value());
  EXPECT_EQ(stream_->status()->error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(TransferSessionTest, AMessageOverTheLimitFailsTheRpc) {
  Send({Attach(0)});
  Target(0);
  Send({Data(0, std::string((4 << 20) + 1, 'm'))});
  EXPECT_EQ(EndCode(0), Code(StreampairCode::kMessageTooLarge));
  session_->OnClientDone();
  ASSERT_TRUE(stream_->status().has_value());
  EXPECT_EQ(stream_->status()->error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(TransferSessionTest, AFrameWithoutContentFailsTheRpc) {
  Send({v1::ClientFrame()});
  EXPECT_EQ(EndCode(0), Code(StreampairCode::kMalformedMessage));
}

TEST_F(TransferSessionTest, ABrokenCallFreesItsPairsAndFinishes) {
  Send({Attach(1)});
  const int target = Target(0);
  session_->OnBroken();
  char byte;
  EXPECT_TRUE(harness_->RunUntil([&] { return read(target, &byte, 1) == 0; }));
  while (stream_->Take().has_value()) session_->OnWritten(false);
  EXPECT_TRUE(stream_->status().has_value());
}

TEST_F(TransferSessionTest, PingsWhenItWasSilentAndAnswersPings) {
  settings_.heartbeat = absl::Milliseconds(20);
  Begin();
  Send({Attach(1)});
  v1::ClientFrame ping;
  ping.mutable_ping()->set_nonce(77);
  Send({ping});
  ASSERT_TRUE(RunUntil([&] { return Count(0, v1::ServerFrame::kPing) >= 2; }));
  ASSERT_EQ(Count(0, v1::ServerFrame::kPong), 1);
  EXPECT_FALSE(stream_->status().has_value());
}

TEST_F(TransferSessionTest, EndsACallWithoutChannelsOnWhichTheClientIsSilent) {
  settings_.heartbeat = absl::Milliseconds(10);
  Begin();
  EXPECT_TRUE(RunUntil([&] { return stream_->status().has_value(); }));
  EXPECT_TRUE(stream_->status()->ok());
}

TEST_F(TransferSessionTest, SaysThatTheServerIsDraining) {
  Send({Attach(1)});
  session_->OnDraining(absl::Seconds(7));
  ASSERT_TRUE(RunUntil([&] { return Count(0, v1::ServerFrame::kDraining) == 1; }));
  EXPECT_EQ(EndOf(1), nullptr);
}

}  // namespace
}  // namespace streampair
