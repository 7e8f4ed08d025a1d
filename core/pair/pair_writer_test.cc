// Order, back-pressure and the end of what is written, on a real socket whose room the test
// controls.
#include "core/pair/pair_writer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "core/base/clock.h"
#include "core/pair/stream_pair.h"
#include "core/testing/fake_dialer.h"
#include "core/testing/loop_harness.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

class QuietUser : public StreamUser {
 public:
  void OnReady() override {}
  void OnIo(bool, bool) override {}
  void OnGone(const Error&) override {}
};

class PairWriterTest : public testing::Test {
 protected:
  PairWriterTest() : harness_(MakeEpollHarness()) {
    harness_->Run([this] { dialer_ = std::make_unique<FakeDialer>(harness_->loop()); });
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    near_ = UniqueFd(fds[0]);
    far_ = UniqueFd(fds[1]);
    PairSpec spec;
    spec.target = DialTarget::ToEndpoints({Endpoint::Parse("192.0.2.1:80").value()});
    pair_ = std::make_shared<StreamPair>(
        "streamPairs/test", "tester", std::move(spec),
        StreamPair::Environment{&harness_->loop(), dialer_.get(), &clock_}, nullptr);
    attachment_ = pair_->Attach(Halves::kBoth, user_).value();
    writer_ = std::make_unique<PairWriter>(*attachment_);
  }
  ~PairWriterTest() override {
    writer_ = nullptr;
    attachment_ = nullptr;
    pair_ = nullptr;
    harness_->Run([this] { dialer_ = nullptr; });
  }
  void Connect() {
    ASSERT_TRUE(harness_->RunUntil([&] { return dialer_->pending() == 1; }));
    harness_->Run([&] {
      dialer_->Finish(dialer_->requests().back().id,
                      ConnectedOutcome(std::move(near_), Endpoint::Parse("192.0.2.1:80").value()));
    });
    ASSERT_TRUE(harness_->RunUntil([&] { return pair_->Snapshot().ready; }));
  }
  PairWriter::Progress Add(const std::string& bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    return writer_->Add(absl::MakeConstSpan(&piece, 1),
                        [&](size_t, size_t skip) { return absl::Cord(bytes.substr(skip)); });
  }
  // Everything that the far end can read now.
  std::string ReadFar() {
    std::string all;
    char buffer[65536];
    for (;;) {
      const ssize_t got = read(far_.get(), buffer, sizeof buffer);
      if (got <= 0) {
        far_ended_ = got == 0;
        return all;
      }
      all.append(buffer, got);
    }
  }

  SystemClock clock_;
  std::unique_ptr<LoopHarness> harness_;
  std::unique_ptr<FakeDialer> dialer_;
  UniqueFd near_;
  UniqueFd far_;
  bool far_ended_ = false;
  std::shared_ptr<QuietUser> user_ = std::make_shared<QuietUser>();
  std::shared_ptr<StreamPair> pair_;
  std::unique_ptr<Attachment> attachment_;
  std::unique_ptr<PairWriter> writer_;
};

TEST_F(PairWriterTest, WritesAtOnceWhileThereIsRoom) {
  Connect();
  const PairWriter::Progress progress = Add("hello");
  EXPECT_EQ(progress.written, 5u);
  EXPECT_EQ(writer_->backlog(), 0u);
  EXPECT_EQ(ReadFar(), "hello");
}

TEST_F(PairWriterTest, KeepsEarlyBytesAndFinUntilThePairIsReady) {
  EXPECT_EQ(Add("early ").written, 0u);
  EXPECT_EQ(Add("bytes").written, 0u);
  EXPECT_FALSE(writer_->Finish().finished);
  EXPECT_EQ(writer_->backlog(), 11u);
  Connect();
  const PairWriter::Progress progress = writer_->Flush();
  EXPECT_EQ(progress.written, 11u);
  EXPECT_TRUE(progress.finished);
  EXPECT_EQ(ReadFar(), "early bytes");
  EXPECT_TRUE(far_ended_);
}

TEST_F(PairWriterTest, FinishBeforeReadyWithoutBytesIsNotLost) {
  EXPECT_FALSE(writer_->Finish().finished);
  Connect();
  EXPECT_TRUE(writer_->Flush().finished);
  EXPECT_FALSE(writer_->Flush().finished) << "once";
}

TEST_F(PairWriterTest, KeepsOrderThroughBackPressureAndReportsEachByteOnce) {
  Connect();
  std::string sent;
  size_t written = 0;
  for (int i = 0; writer_->backlog() < 300000; ++i) {
    const std::string piece(40000 + i, static_cast<char>('a' + i % 26));
    sent += piece;
    written += Add(piece).written;
  }
  std::string received;
  bool finished = writer_->Finish().finished;
  EXPECT_FALSE(finished) << "FIN waits for the backlog";
  while (received.size() < sent.size()) {
    received += ReadFar();
    const PairWriter::Progress progress = writer_->Flush();
    written += progress.written;
    finished |= progress.finished;
  }
  ReadFar();
  EXPECT_EQ(received, sent);
  EXPECT_EQ(written, sent.size());
  EXPECT_TRUE(finished);
  EXPECT_TRUE(far_ended_);
  EXPECT_EQ(writer_->backlog(), 0u);
}

TEST_F(PairWriterTest, DropsWhatCannotBeWrittenAfterAFailure) {
  Connect();
  far_.Reset();
  EXPECT_TRUE(Add("lost").failed);
  EXPECT_TRUE(Add("too").failed);
  EXPECT_EQ(writer_->backlog(), 0u);
  EXPECT_FALSE(writer_->Finish().finished);
}

TEST_F(PairWriterTest, TwoThreadsLoseNothing) {
  Connect();
  std::string sent;
  std::atomic<bool> done{false};
  std::string received;
  // One thread makes room and says so, as the loop does; the other adds.
  std::thread loop([&] {
    char buffer[4096];
    for (;;) {
      const bool last = done.load();
      const ssize_t got = read(far_.get(), buffer, sizeof buffer);
      if (got > 0) received.append(buffer, got);
      writer_->Flush();
      if (got <= 0 && last && writer_->backlog() == 0 && received.size() == sent.size()) return;
    }
  });
  for (int i = 0; i < 3000; ++i) {
    const std::string piece(1 + i % 5000, static_cast<char>('a' + i % 26));
    sent += piece;
    Add(piece);
  }
  done.store(true);
  loop.join();
  EXPECT_EQ(received, sent);
}

}  // namespace
}  // namespace streampair
