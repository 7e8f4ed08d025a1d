// A pair over TLS: what it tells of bytes that the socket no longer has, and how it says goodbye.
// The far end of the connection is an engine in the test's own hands.
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/net/socket.h"
#include "core/pair/stream_pair.h"
#include "core/testing/certificate_maker.h"
#include "core/testing/fake_dialer.h"
#include "core/testing/loop_harness.h"
#include "core/testing/tcp_pair.h"
#include "core/tls/tls_engine.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

class User : public StreamUser {
 public:
  void OnConnected() override {}
  void OnReady() override {}
  void OnIo(bool, bool) override {}
  void OnGone(const Error&) override {}
};

// Counts.
class Observer : public PairObserver {
 public:
  void OnPairEvent(const PairEvent& event) override {
    absl::MutexLock lock(&mu_);
    if (event.type == PairEventType::kReady) ready_ = true;
    if (event.type == PairEventType::kHasBytesAvailable) ++bytes_;
  }
  bool ready() {
    absl::MutexLock lock(&mu_);
    return ready_;
  }
  int bytes() {
    absl::MutexLock lock(&mu_);
    return bytes_;
  }

 private:
  absl::Mutex mu_;
  bool ready_ ABSL_GUARDED_BY(mu_) = false;
  int bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

class PairTlsTest : public testing::Test {
 protected:
  PairTlsTest() : harness_(MakeEpollHarness()), sockets_(MakeTcpPair()) {
    harness_->Run([this] { dialer_ = std::make_unique<FakeDialer>(harness_->loop()); });
    const absl::Time now = clock_.WallNow();
    CertificateSpec certificate{.subject = "root",
                                .not_before = now - absl::Hours(1),
                                .not_after = now + absl::Hours(1),
                                .is_ca = true};
    const TestIdentity root = MakeCertificate(certificate, nullptr);
    certificate.is_ca = false;
    certificate.names = "DNS:host.test";
    const TestIdentity leaf = MakeCertificate(certificate, &root);
    TlsContext::Surroundings surroundings;
    surroundings.system_roots = std::make_shared<TrustRoots>(std::vector<std::string>{root.der()});
    TlsConfig server;
    server.settings.is_server = true;
    server.settings.identity = *TlsIdentity::Make(leaf.der(), leaf.key_der(), {});
    far_ = std::make_unique<TlsEngine>(*TlsContext::Make(server, surroundings), TlsPeer{}, clock_);
    far_->Start();

    PairSpec spec;
    spec.target = DialTarget::ToEndpoints({Endpoint::Parse("192.0.2.1:80").value()});
    spec.host_name = "host.test";
    spec.hold_timeout = absl::Minutes(1);
    spec.options.tls = *TlsContext::Make({}, surroundings);
    pair_ = std::make_shared<StreamPair>(
        "streamPairs/test", "tester", std::move(spec),
        StreamPair::Environment{&harness_->loop(), dialer_.get(), &clock_}, [](StreamPair&) {});
  }
  ~PairTlsTest() override {
    attachment_ = nullptr;
    pair_->Release(/*reset=*/true, std::nullopt);
    harness_->Run([] {});  // What the release posted.
    pair_ = nullptr;
    harness_->Run([this] { dialer_ = nullptr; });
  }

  // Connects the pair; the far end sends `first` right behind its side of the handshake.
  void Connect(const std::string& first = "") {
    pair_->AddObserver(early_);
    EXPECT_EQ(pair_->Open(Halves::kBoth), std::nullopt);
    ASSERT_TRUE(harness_->RunUntil([&] { return dialer_->pending() == 1; }));
    harness_->Run([&] {
      dialer_->Finish(
          dialer_->requests().back().id,
          ConnectedOutcome(std::move(sockets_.client), Endpoint::Parse("192.0.2.1:80").value()));
    });
    ASSERT_TRUE(harness_->RunUntil([&] {
      std::string room(64 * 1024, '\0');
      const IoResult got = Receive(far_fd(), absl::MakeSpan(room));
      if (got.ok()) far_->Receive(absl::string_view(room.data(), got.bytes));
      if (far_->state() == TlsEngine::State::kOpen && !first.empty() && !said_first_) {
        said_first_ = true;
        far_->Write(first);
      }
      FarFlushes();
      return early_->ready();
    }));
  }

  int far_fd() const { return sockets_.server.get(); }

  void FarFlushes() {
    if (far_->output().empty()) return;
    const iovec piece = {const_cast<char*>(far_->output().data()), far_->output().size()};
    const IoResult sent = SendVector(far_fd(), {&piece, 1});
    ASSERT_TRUE(sent.ok());
    far_->DropOutput(sent.bytes);
  }

  // What the far end reads up to the end of TLS or of the connection.
  std::string FarReads(TlsEngine::ReadOutcome* last) {
    std::string all;
    std::string room(64 * 1024, '\0');
    EXPECT_TRUE(harness_->RunUntil([&] {
      absl::string_view none;
      const TlsEngine::ReadResult read = far_->Read(absl::MakeSpan(room), none);
      *last = read.outcome;
      if (read.outcome == TlsEngine::ReadOutcome::kOk) all.append(room, 0, read.bytes);
      if (read.outcome == TlsEngine::ReadOutcome::kOk) return false;
      if (read.outcome != TlsEngine::ReadOutcome::kNeedInput) return true;
      const IoResult got = Receive(far_fd(), absl::MakeSpan(room));
      if (got.ok()) far_->Keep(absl::string_view(room.data(), got.bytes));
      if (got.outcome == IoResult::Outcome::kEnd) far_->ReceiveEnd();
      return got.outcome == IoResult::Outcome::kError;
    }));
    return all;
  }

  void Attach() { attachment_ = pair_->Attach(Halves::kBoth, user_).value(); }

  // Writes until neither the socket nor TLS takes more. Returns how much was taken.
  size_t FillUp() {
    const std::string text(100'000, 'x');
    size_t taken = 0;
    for (;;) {
      const iovec piece = {const_cast<char*>(text.data()), text.size()};
      const IoResult result = attachment_->Write({&piece, 1});
      if (!result.ok()) return taken;
      taken += result.bytes;
    }
  }

  SystemClock clock_;
  std::unique_ptr<LoopHarness> harness_;
  std::unique_ptr<FakeDialer> dialer_;
  TcpPair sockets_;
  std::unique_ptr<TlsEngine> far_;
  bool said_first_ = false;
  std::shared_ptr<Observer> early_ = std::make_shared<Observer>();
  std::shared_ptr<User> user_ = std::make_shared<User>();
  std::shared_ptr<StreamPair> pair_;
  std::unique_ptr<Attachment> attachment_;
};

TEST_F(PairTlsTest, AnObserverLearnsOfWhatAReadHasLeftInTls) {
  Connect();
  far_->Write("ten bytes.");
  FarFlushes();
  Attach();
  std::string got(4, '\0');
  ASSERT_TRUE(harness_->RunUntil([&] { return attachment_->Read(absl::MakeSpan(got)).ok(); }));
  EXPECT_EQ(got, "ten ");
  attachment_ = nullptr;
  // The socket has nothing more.
  const auto late = std::make_shared<Observer>();
  pair_->AddObserver(late);
  EXPECT_TRUE(harness_->RunUntil([&] { return late->bytes() == 1; }));

  // Once all was read there is nothing to tell.
  Attach();
  got.resize(100);
  EXPECT_EQ(attachment_->Read(absl::MakeSpan(got)).bytes, 6u);
  EXPECT_EQ(attachment_->Read(absl::MakeSpan(got)).outcome, IoResult::Outcome::kWouldBlock);
  const auto later = std::make_shared<Observer>();
  pair_->AddObserver(later);
  ASSERT_TRUE(harness_->RunUntil([&] { return later->ready(); }));
  harness_->Run([] {});
  EXPECT_EQ(later->bytes(), 0);
}

TEST_F(PairTlsTest, AnObserverLearnsOfAnEndThatWaitsInTls) {
  Connect();
  far_->Write("bye");
  far_->Close();
  FarFlushes();
  Attach();
  std::string got(3, '\0');
  ASSERT_TRUE(harness_->RunUntil([&] { return attachment_->Read(absl::MakeSpan(got)).ok(); }));
  const auto late = std::make_shared<Observer>();
  pair_->AddObserver(late);
  EXPECT_TRUE(harness_->RunUntil([&] { return late->bytes() == 1; }));
  EXPECT_EQ(attachment_->Read(absl::MakeSpan(got)).outcome, IoResult::Outcome::kEnd);
}

TEST_F(PairTlsTest, AnObserverLearnsOfWhatCameBehindTheHandshake) {
  Connect("welcome");
  EXPECT_TRUE(harness_->RunUntil([&] { return early_->bytes() >= 1; }));
  Attach();
  std::string got(100, '\0');
  IoResult read;
  ASSERT_TRUE(
      harness_->RunUntil([&] { return (read = attachment_->Read(absl::MakeSpan(got))).ok(); }));
  EXPECT_EQ(got.substr(0, read.bytes), "welcome");
}

TEST_F(PairTlsTest, AReleaseSaysGoodbye) {
  Connect();
  pair_->Release(/*reset=*/false, std::nullopt);
  TlsEngine::ReadOutcome last;
  EXPECT_EQ(FarReads(&last), "");
  EXPECT_EQ(last, TlsEngine::ReadOutcome::kClosed);
}

TEST_F(PairTlsTest, ClosingBothHalvesSaysGoodbye) {
  Connect();
  pair_->Close(Halves::kRead);
  pair_->Close(Halves::kWrite);
  TlsEngine::ReadOutcome last;
  EXPECT_EQ(FarReads(&last), "");
  EXPECT_EQ(last, TlsEngine::ReadOutcome::kClosed);
}

TEST_F(PairTlsTest, AResetSaysNothing) {
  Connect();
  pair_->Release(/*reset=*/true, std::nullopt);
  TlsEngine::ReadOutcome last;
  EXPECT_EQ(FarReads(&last), "");
  EXPECT_EQ(last, TlsEngine::ReadOutcome::kNeedInput);
}

// What TLS has taken counts as written, and the goodbye comes after it.
TEST_F(PairTlsTest, ACloseSendsWhatTlsHasTaken) {
  Connect();
  Attach();
  const size_t taken = FillUp();
  pair_->Release(/*reset=*/false, std::nullopt);
  attachment_ = nullptr;
  TlsEngine::ReadOutcome last;
  EXPECT_EQ(FarReads(&last).size(), taken);
  EXPECT_EQ(last, TlsEngine::ReadOutcome::kClosed);
}

TEST_F(PairTlsTest, APeerThatReadsNothingIsNotWaitedFor) {
  Connect();
  Attach();
  FillUp();
  const MonotonicTime before = clock_.Now();
  pair_->Release(/*reset=*/false, std::nullopt);
  EXPECT_LT(clock_.Now() - before, absl::Seconds(1)) << "the caller goes on";
  attachment_ = nullptr;
  harness_->Run([] {});  // So does the loop.
  const std::weak_ptr<StreamPair> pair = pair_;
  // Once the time is over nothing holds it any more.
  EXPECT_TRUE(harness_->RunUntil([&] { return pair.use_count() == 1; }));
  EXPECT_GE(clock_.Now() - before, absl::Seconds(2));
}

}  // namespace
}  // namespace streampair
