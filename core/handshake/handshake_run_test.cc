#include "core/handshake/handshake_run.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/posix_errors.h"
#include "core/base/unique_fd.h"
#include "core/testing/fake_loop.h"
#include "core/testing/loop_harness.h"
#include "core/testing/scripted_handshake.h"
#include "core/testing/tcp_pair.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using Handshakes = std::vector<std::unique_ptr<Handshake>>;

ErrorId Posix(int err) { return {ErrorDomain::kPosix, 0, err}; }

// A run over a socket pair on a loop that the test steps.
class HandshakeRunTest : public testing::Test {
 protected:
  HandshakeRunTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    near_ = UniqueFd(fds[0]);
    far_ = UniqueFd(fds[1]);
  }
  ~HandshakeRunTest() override {
    if (run_ != nullptr) run_->Cancel();
  }

  void Add(std::string hello, std::string answer, std::string thanks = "") {
    handshakes_.push_back(std::make_unique<ScriptedHandshake>(hello, answer, thanks));
  }
  void Start(absl::Duration limit = absl::Seconds(30)) {
    run_ = std::make_shared<HandshakeRun>(
        loop_, near_.get(), std::move(handshakes_), limit,
        [this](HandshakeRun::Outcome outcome) { outcome_ = std::move(outcome); });
    run_->Start();
  }
  // The peer says something; the run sees it at once.
  void Say(const std::string& text) {
    ASSERT_EQ(write(far_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    loop_.Deliver(near_.get(), EPOLLIN);
  }
  std::string Heard() {
    char buffer[65536];
    const ssize_t got = read(far_.get(), buffer, sizeof(buffer));
    return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : "";
  }
  bool Over() {
    loop_.RunUntilIdle();
    return outcome_.has_value();
  }
  ErrorId Failure() {
    EXPECT_TRUE(Over());
    EXPECT_TRUE(outcome_.has_value() && outcome_->error.has_value());
    return outcome_ && outcome_->error ? outcome_->error->id() : Posix(-1);
  }

  FakeLoop loop_;
  UniqueFd near_;
  UniqueFd far_;
  Handshakes handshakes_;
  std::shared_ptr<HandshakeRun> run_;
  std::optional<HandshakeRun::Outcome> outcome_;
};

TEST_F(HandshakeRunTest, RunsHandshakesInOrderAndGivesThemBack) {
  Add("hello 1;", "ok 1;", "thanks 1;");
  Add("hello 2;", "ok 2;");
  Start();
  EXPECT_EQ(Heard(), "hello 1;");
  Say("ok 1;");
  EXPECT_EQ(Heard(), "thanks 1;hello 2;");
  EXPECT_FALSE(Over());
  Say("ok 2;");
  ASSERT_TRUE(Over());
  EXPECT_FALSE(outcome_->error.has_value());
  EXPECT_EQ(outcome_->leftover, "");
  EXPECT_EQ(outcome_->handshakes.size(), 2u);
  EXPECT_EQ(loop_.watches(), 0u);
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(HandshakeRunTest, NeverEndsInsideStart) {
  Start();
  EXPECT_FALSE(outcome_.has_value());
  EXPECT_TRUE(Over());
}

TEST_F(HandshakeRunTest, TakesBytesOneAtATime) {
  Add("hello;", "a longer answer;");
  Start();
  for (const char c : std::string("a longer answer;")) {
    EXPECT_FALSE(Over());
    Say(std::string(1, c));
  }
  ASSERT_TRUE(Over());
  EXPECT_FALSE(outcome_->error.has_value());
}

TEST_F(HandshakeRunTest, HandsOnWhatIsNotItsOwn) {
  Add("hello 1;", "ok 1;");
  Add("hello 2;", "ok 2;");
  Start();
  Say("ok 1;ok 2;the stream begins");
  ASSERT_TRUE(Over());
  EXPECT_FALSE(outcome_->error.has_value());
  EXPECT_EQ(outcome_->leftover, "the stream begins");
  EXPECT_EQ(Heard(), "hello 1;hello 2;");
}

TEST_F(HandshakeRunTest, LeavesTheRestInTheSocket) {
  Add("hello;", "ok;");
  Start();
  Say("ok;" + std::string(HandshakeRun::kReadBytes, 'x'));
  ASSERT_TRUE(Over());
  EXPECT_EQ(outcome_->leftover.size(), HandshakeRun::kReadBytes - 3);
  char rest[8];
  EXPECT_EQ(recv(near_.get(), rest, sizeof(rest), MSG_DONTWAIT), 3);
}

TEST_F(HandshakeRunTest, EndsAtTheFirstFailure) {
  Add("hello 1;", "ok 1;");
  Add("hello 2;", "ok 2;");
  Start();
  Say("no 1;ok 2;");
  EXPECT_EQ(Failure(), Posix(EPROTO));
  EXPECT_EQ(Heard(), "hello 1;");
  EXPECT_EQ(loop_.watches(), 0u);
}

TEST_F(HandshakeRunTest, ReportsThatThePeerEnded) {
  Add("hello;", "ok;");
  Start();
  EXPECT_EQ(Heard(), "hello;");  // Closing with unread bytes would be a reset.
  far_.Reset();
  loop_.Deliver(near_.get(), EPOLLIN | EPOLLRDHUP);
  EXPECT_EQ(Failure(), Posix(ENOTCONN));
}

TEST_F(HandshakeRunTest, AnEndBehindTheLastHandshakeIsTheStreams) {
  Add("hello;", "ok;");
  Start();
  ASSERT_EQ(write(far_.get(), "ok;bye", 6), 6);
  shutdown(far_.get(), SHUT_WR);
  loop_.Deliver(near_.get(), EPOLLIN | EPOLLRDHUP);
  ASSERT_TRUE(Over());
  EXPECT_FALSE(outcome_->error.has_value());
  EXPECT_EQ(outcome_->leftover, "bye");
}

TEST_F(HandshakeRunTest, PrefersThePeersWordsToABrokenPipe) {
  Add("hello 1;", "ok 1;");
  ASSERT_EQ(write(far_.get(), "no 1;", 5), 5);
  far_.Reset();  // "hello" cannot be sent any more.
  Start();
  EXPECT_EQ(Failure(), Posix(EPROTO));
}

TEST_F(HandshakeRunTest, HasOneTimeLimitForAll) {
  Add("hello 1;", "ok 1;");
  Add("hello 2;", "ok 2;");
  Start(absl::Seconds(10));
  loop_.Advance(absl::Seconds(6));
  Say("ok 1;");
  loop_.Advance(absl::Seconds(3));
  EXPECT_FALSE(outcome_.has_value());
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(Failure(), Posix(ETIMEDOUT));
  EXPECT_NE(outcome_->error->detail().find("the handshake timeout of 10s"), std::string::npos);
  EXPECT_EQ(loop_.watches(), 0u);
}

TEST_F(HandshakeRunTest, SendsMoreThanFitsAtOnce) {
  const std::string large(1 << 20, 'x');
  Add(large, "ok;", large);
  Start();
  std::string heard;
  Say("ok;");
  for (int i = 0; i < 1000 && heard.size() < 2 * large.size(); ++i) {
    heard += Heard();
    loop_.Deliver(near_.get(), EPOLLOUT);
  }
  EXPECT_EQ(heard.size(), 2 * large.size());
  ASSERT_TRUE(Over());
  EXPECT_FALSE(outcome_->error.has_value());
}

TEST_F(HandshakeRunTest, TheTimeLimitHoldsWhileTheLastWordsAreSent) {
  Add("", "ok;", std::string(4 << 20, 'x'));
  Start(absl::Seconds(1));
  Say("ok;");
  EXPECT_FALSE(Over());
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(Failure(), Posix(ETIMEDOUT));
}

TEST_F(HandshakeRunTest, CancelledRunsSayNothing) {
  Add("hello;", "ok;");
  Start();
  run_->Cancel();
  EXPECT_EQ(loop_.watches(), 0u);
  EXPECT_EQ(loop_.timers(), 0u);
  loop_.RunUntilIdle();
  EXPECT_FALSE(outcome_.has_value());
}

TEST_F(HandshakeRunTest, ACancelOvertakesTheOutcome) {
  Add("hello;", "ok;");
  Start();
  Say("ok;");
  run_->Cancel();
  loop_.RunUntilIdle();
  EXPECT_FALSE(outcome_.has_value());
}

TEST_F(HandshakeRunTest, TheCallbackMayDropTheRun) {
  Add("", "");
  run_ = std::make_shared<HandshakeRun>(loop_, near_.get(), std::move(handshakes_),
                                        absl::Seconds(1), [this](HandshakeRun::Outcome outcome) {
                                          run_ = nullptr;
                                          outcome_ = std::move(outcome);
                                        });
  run_->Start();
  EXPECT_TRUE(Over());
}

// Resets and real readiness need TCP and epoll.
TEST(HandshakeRunOnEpoll, AResetIsAnError) {
  const std::unique_ptr<LoopHarness> harness = MakeEpollHarness();
  TcpPair pair = MakeTcpPair();
  std::shared_ptr<HandshakeRun> run;
  std::optional<HandshakeRun::Outcome> outcome;
  harness->Run([&] {
    Handshakes handshakes;
    handshakes.push_back(std::make_unique<ScriptedHandshake>("hello;", "ok;"));
    run = std::make_shared<HandshakeRun>(
        harness->loop(), pair.client.get(), std::move(handshakes), absl::Seconds(30),
        [&](HandshakeRun::Outcome ended) { outcome = std::move(ended); });
    run->Start();
  });
  const linger reset = {1, 0};
  setsockopt(pair.server.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  pair.server.Reset();
  ASSERT_TRUE(harness->RunUntil([&] { return outcome.has_value(); }));
  ASSERT_TRUE(outcome->error.has_value());
  EXPECT_EQ(outcome->error->id(), Posix(ECONNRESET));
}

}  // namespace
}  // namespace streampair
