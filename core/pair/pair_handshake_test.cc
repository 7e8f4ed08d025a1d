// A pair between connected and ready: what it says it is, what waits, and how that ends. The
// handshake is a script, the connection a socket pair.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "core/base/clock.h"
#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"
#include "core/pair/pair_writer.h"
#include "core/pair/stream_pair.h"
#include "core/testing/fake_dialer.h"
#include "core/testing/loop_harness.h"
#include "core/testing/scripted_handshake.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

// Notes what it is told, in one word each.
class Witness : public StreamUser, public PairObserver {
 public:
  void OnConnected() override { Add("connected"); }
  void OnReady() override { Add("ready"); }
  void OnIo(bool, bool) override { Add("io"); }
  void OnGone(const Error& error) override { Add("gone " + error.id().ToString()); }
  void OnPairEvent(const PairEvent& event) override {
    switch (event.type) {
      case PairEventType::kOpenCompleted:
        return Add("event open");
      case PairEventType::kReady:
        return Add("event ready");
      case PairEventType::kHasBytesAvailable:
        return Add("event bytes");
      case PairEventType::kErrorOccurred:
        return Add("event error");
      case PairEventType::kReleased:
        return Add("event released");
      default:
        return;
    }
  }
  std::vector<std::string> seen() {
    absl::MutexLock lock(&mu_);
    return seen_;
  }
  bool Saw(const std::string& what) {
    const std::vector<std::string> seen = this->seen();
    return std::find(seen.begin(), seen.end(), what) != seen.end();
  }

 private:
  void Add(const std::string& what) {
    absl::MutexLock lock(&mu_);
    seen_.push_back(what);
  }
  absl::Mutex mu_;
  std::vector<std::string> seen_ ABSL_GUARDED_BY(mu_);
};

class PairHandshakeTest : public testing::Test {
 protected:
  PairHandshakeTest() : harness_(MakeEpollHarness()) {
    harness_->Run([this] { dialer_ = std::make_unique<FakeDialer>(harness_->loop()); });
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    near_ = UniqueFd(fds[0]);
    far_ = UniqueFd(fds[1]);
  }
  ~PairHandshakeTest() override {
    attachment_ = nullptr;
    if (pair_ != nullptr) pair_->Release(/*reset=*/false, std::nullopt);
    harness_->Run([] {});  // What the release posted.
    pair_ = nullptr;
    harness_->Run([this] { dialer_ = nullptr; });
  }

  // Makes the pair, attaches to it and connects it: "hello;" is on its way to the peer.
  void Begin(absl::Duration hold = absl::Seconds(60), absl::Duration limit = absl::Seconds(30)) {
    PairSpec spec;
    spec.target = DialTarget::ToEndpoints({Endpoint::Parse("192.0.2.1:80").value()});
    spec.hold_timeout = hold;
    spec.options.handshake_timeout = limit;
    pair_ = std::make_shared<StreamPair>(
        "streamPairs/test", "tester", std::move(spec),
        StreamPair::Environment{
            &harness_->loop(), dialer_.get(), &clock_, nullptr, nullptr, nullptr,
            [] {
              std::vector<std::unique_ptr<Handshake>> script;
              script.push_back(std::make_unique<ScriptedHandshake>("hello;", "ok;"));
              return script;
            }},
        [](StreamPair&) {});
    pair_->AddObserver(witness_);
    attachment_ = pair_->Attach(Halves::kBoth, witness_).value();
    ASSERT_TRUE(harness_->RunUntil([&] { return dialer_->pending() == 1; }));
    harness_->Run([&] {
      dialer_->Finish(dialer_->requests().back().id,
                      ConnectedOutcome(std::move(near_), Endpoint::Parse("192.0.2.1:80").value()));
    });
    ASSERT_TRUE(Await("connected"));
  }
  bool Await(const std::string& what) {
    return harness_->RunUntil([&] { return witness_->Saw(what); });
  }
  void Say(const std::string& text) {
    ASSERT_EQ(write(far_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // What the peer has received, once it is at least `least` bytes.
  std::string Heard(size_t least) {
    std::string heard;
    EXPECT_TRUE(harness_->RunUntil([&] {
      char buffer[256];
      const ssize_t got = read(far_.get(), buffer, sizeof(buffer));
      if (got > 0) heard.append(buffer, static_cast<size_t>(got));
      return heard.size() >= least;
    }));
    return heard;
  }

  SystemClock clock_;
  std::unique_ptr<LoopHarness> harness_;
  std::unique_ptr<FakeDialer> dialer_;
  UniqueFd near_;
  UniqueFd far_;
  std::shared_ptr<StreamPair> pair_;
  std::shared_ptr<Witness> witness_ = std::make_shared<Witness>();
  std::unique_ptr<Attachment> attachment_;
};

TEST_F(PairHandshakeTest, IsOpenButNotReadyWhileItShakesHands) {
  Begin();
  const PairSnapshot snapshot = pair_->Snapshot();
  EXPECT_EQ(snapshot.read_status, HalfStatus::kReading);
  EXPECT_EQ(snapshot.write_status, HalfStatus::kOpen);
  EXPECT_FALSE(snapshot.ready);
  EXPECT_NE(snapshot.connected, absl::InfiniteFuture());
  EXPECT_EQ(snapshot.ready_since, absl::InfiniteFuture());
  char buffer[8];
  EXPECT_EQ(attachment_->Read(absl::MakeSpan(buffer)).outcome, IoResult::Outcome::kWouldBlock);
  EXPECT_EQ(attachment_->ReadEnd().outcome, IoResult::Outcome::kWouldBlock);
  EXPECT_FALSE(attachment_->Finish());
  ASSERT_TRUE(Await("event open"));
  EXPECT_FALSE(witness_->Saw("event ready"));
  EXPECT_EQ(Heard(6), "hello;");

  Say("ok;");
  ASSERT_TRUE(Await("ready"));
  ASSERT_TRUE(Await("event ready"));
  EXPECT_TRUE(pair_->Snapshot().ready);
  EXPECT_NE(pair_->Snapshot().ready_since, absl::InfiniteFuture());
}

TEST_F(PairHandshakeTest, EarlyDataWaitsForTheHandshake) {
  Begin();
  PairWriter writer(*attachment_);
  std::string early = "early";
  const iovec piece = {early.data(), early.size()};
  writer.Add(absl::MakeConstSpan(&piece, 1), [&](size_t, size_t skip) {
    return absl::Cord(absl::string_view(early).substr(skip));
  });
  writer.Finish();
  EXPECT_EQ(writer.backlog(), 5u);
  EXPECT_EQ(Heard(6), "hello;");
  Say("ok;");
  ASSERT_TRUE(Await("ready"));
  writer.Flush();
  EXPECT_EQ(Heard(5), "early");
  EXPECT_EQ(pair_->Snapshot().bytes_written, 5u) << "handshakes are not counted";
}

TEST_F(PairHandshakeTest, ReadsWhatCameWithTheHandshakeFirst) {
  Begin();
  Say("ok;leftover");
  ASSERT_TRUE(Await("ready"));
  ASSERT_TRUE(Await("event bytes"));
  Say(" and more");
  EXPECT_EQ(attachment_->ReadEnd().outcome, IoResult::Outcome::kOk);
  char buffer[64];
  IoResult result = attachment_->Read(absl::MakeSpan(buffer, 4));
  EXPECT_EQ(absl::string_view(buffer, result.bytes), "left");
  result = attachment_->Read(absl::MakeSpan(buffer));
  EXPECT_EQ(absl::string_view(buffer, result.bytes), "over");
  EXPECT_TRUE(attachment_->EndMayFollow()) << "a short read that hides what the socket has";
  result = attachment_->Read(absl::MakeSpan(buffer));
  EXPECT_EQ(absl::string_view(buffer, result.bytes), " and more");
  EXPECT_FALSE(attachment_->EndMayFollow());
  EXPECT_EQ(pair_->Snapshot().bytes_read, 17u);
}

TEST_F(PairHandshakeTest, AnObserverThatComesLaterLearnsOfTheLeftover) {
  Begin();
  Say("ok;leftover");
  ASSERT_TRUE(Await("ready"));
  const auto late = std::make_shared<Witness>();
  pair_->AddObserver(late);
  ASSERT_TRUE(harness_->RunUntil([&] { return late->Saw("event bytes"); }));
  EXPECT_EQ(late->seen().front(), "event open");
}

TEST_F(PairHandshakeTest, AFailureTakesTheOpenHalvesToError) {
  Begin();
  Say("no;");
  ASSERT_TRUE(Await("gone POSIX/71"));
  EXPECT_FALSE(witness_->Saw("ready"));
  ASSERT_TRUE(Await("event error"));
  const PairSnapshot snapshot = pair_->Snapshot();
  EXPECT_EQ(snapshot.read_status, HalfStatus::kError);
  EXPECT_EQ(snapshot.write_status, HalfStatus::kError);
  EXPECT_EQ(snapshot.error->stage(), Stage::kProxy);
  EXPECT_EQ(snapshot.dial.remote->ToString(), "192.0.2.1:80");
  char buffer[8];
  EXPECT_EQ(attachment_->Read(absl::MakeSpan(buffer)).outcome, IoResult::Outcome::kError);
  // The socket is closed at once, not when the pair is released.
  EXPECT_EQ(Heard(6), "hello;");
  EXPECT_TRUE(harness_->RunUntil([&] { return read(far_.get(), buffer, 1) == 0; }));
  // Whoever asks now learns that it had been open, and why it is not any more.
  const auto late = std::make_shared<Witness>();
  pair_->AddObserver(late);
  ASSERT_TRUE(harness_->RunUntil([&] { return late->Saw("event error"); }));
  EXPECT_EQ(late->seen().front(), "event open");
}

TEST_F(PairHandshakeTest, SilenceEndsAtTheTimeLimit) {
  Begin(absl::Seconds(60), absl::Milliseconds(20));
  EXPECT_TRUE(Await("gone POSIX/110"));
}

TEST_F(PairHandshakeTest, ReleaseCancelsTheHandshakes) {
  Begin();
  EXPECT_EQ(Heard(6), "hello;");
  pair_->Release(/*reset=*/false, std::nullopt);
  ASSERT_TRUE(Await("gone POSIX/125"));
  attachment_ = nullptr;
  char buffer[8];
  EXPECT_TRUE(harness_->RunUntil([&] { return read(far_.get(), buffer, 1) == 0; }));
  EXPECT_FALSE(witness_->Saw("ready"));
}

TEST_F(PairHandshakeTest, WithoutAHoldTimeDetachingEndsIt) {
  Begin(absl::ZeroDuration());
  EXPECT_EQ(Heard(6), "hello;");
  attachment_ = nullptr;
  char buffer[8];
  EXPECT_TRUE(harness_->RunUntil([&] {
    const ssize_t got = read(far_.get(), buffer, 1);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }));
  EXPECT_TRUE(pair_->Snapshot().released);
}

TEST_F(PairHandshakeTest, AHeldPairGoesOnWithoutAUserAndTellsTheNext) {
  Begin();
  attachment_ = nullptr;
  const auto next = std::make_shared<Witness>();
  attachment_ = pair_->Attach(Halves::kBoth, next).value();
  ASSERT_TRUE(harness_->RunUntil([&] { return next->Saw("connected"); }));
  EXPECT_FALSE(next->Saw("ready"));
  Say("ok;");
  EXPECT_TRUE(harness_->RunUntil([&] { return next->Saw("ready"); }));
}

TEST_F(PairHandshakeTest, OptionsAreFixed) {
  Begin();
  EXPECT_TRUE(
      pair_->UpdateOptions([](PairOptions&) { return std::optional<Error>(); }).has_value());
}

}  // namespace
}  // namespace streampair
