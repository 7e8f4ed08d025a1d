// How a pair leaves its socket behind, and how another one takes it up.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/addr/endpoint.h"
#include "core/base/error.h"
#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"
#include "core/net/socket.h"
#include "core/pair/parked_sockets.h"
#include "core/pair/stream_pair.h"
#include "core/pair/stream_user.h"
#include "core/testing/fake_clock.h"
#include "core/testing/fake_dialer.h"
#include "core/testing/loop_harness.h"
#include "core/testing/tcp_pair.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

const ErrorId kBadHandle = {ErrorDomain::kPosix, 0, EBADF};

class IdleUser : public StreamUser {
 public:
  void OnConnected() override {}
  void OnReady() override {}
  void OnIo(bool, bool) override {}
  void OnGone(const Error&) override {}
};

class PairParking : public testing::Test {
 protected:
  PairParking() : harness_(MakeEpollHarness()) {
    harness_->Run([this] { dialer_ = std::make_unique<FakeDialer>(harness_->loop()); });
    parked_ = std::make_unique<ParkedSockets>(
        harness_->loop(), ParkedSockets::Limits{4, 2, absl::Minutes(1)}, nullptr);
  }
  ~PairParking() override {
    harness_->Run([] {});
    harness_->Run([this] {
      parked_ = nullptr;
      dialer_ = nullptr;
    });
  }

  std::shared_ptr<StreamPair> Make(const std::string& principal = "ann", std::string token = "") {
    PairSpec spec;
    if (token.empty()) {
      spec.target = DialTarget::ToEndpoints({Endpoint::Parse("192.0.2.1:80").value()});
    }
    spec.parked_token = std::move(token);
    spec.hold_timeout = absl::Seconds(60);
    auto pair = std::make_shared<StreamPair>(
        "streamPairs/" + principal + std::to_string(++made_), principal, std::move(spec),
        StreamPair::Environment{&harness_->loop(), dialer_.get(), &clock_, nullptr, nullptr,
                                parked_.get()},
        [](StreamPair&) {});
    pair->Touch();
    return pair;
  }

  // A pair that is connected; the target's side is peer_.
  std::shared_ptr<StreamPair> Connected(const std::string& principal = "ann") {
    auto pair = Make(principal);
    EXPECT_FALSE(pair->Open(Halves::kBoth).has_value());
    TcpPair tcp = MakeTcpPair();
    peer_ = std::move(tcp.server);
    EXPECT_TRUE(harness_->RunUntil([&] { return dialer_->pending() == 1; }));
    harness_->Run([&] {
      const Endpoint local = LocalEndpoint(tcp.client.get()).value();
      DialOutcome outcome =
          ConnectedOutcome(std::move(tcp.client), Endpoint::Parse("192.0.2.1:80").value());
      outcome.local = local;
      dialer_->Finish(dialer_->requests().back().id, std::move(outcome));
    });
    EXPECT_TRUE(harness_->RunUntil([&] { return pair->Snapshot().ready; }));
    return pair;
  }

  bool IsSettled(const StreamPair& pair) {
    const PairSnapshot snapshot = pair.Snapshot();
    return snapshot.ready || snapshot.error.has_value();
  }

  std::unique_ptr<LoopHarness> harness_;
  FakeClock clock_;
  std::unique_ptr<FakeDialer> dialer_;
  std::unique_ptr<ParkedSockets> parked_;
  UniqueFd peer_;
  int made_ = 0;
};

TEST_F(PairParking, IsOffByDefault) {
  auto pair = Connected();
  pair->Close(Halves::kBoth);
  EXPECT_EQ(parked_->parked(), 0u);
  EXPECT_FALSE(pair->Snapshot().parks);
}

TEST_F(PairParking, LeavesTheSocketForAnotherPair) {
  auto first = Connected();
  ASSERT_FALSE(first->SetClosesSocket(false).has_value());
  EXPECT_GE(first->Snapshot().descriptor, 0);
  const std::string token = first->socket_token();
  EXPECT_EQ(token, "sockets/ann1");
  first->Close(Halves::kRead);
  EXPECT_EQ(parked_->parked(), 0u);  // One half still lives.
  first->Close(Halves::kWrite);
  ASSERT_EQ(parked_->parked(), 1u);
  EXPECT_TRUE(first->Snapshot().parks);
  EXPECT_EQ(first->Snapshot().descriptor, -1);

  // Written while nobody had it.
  ASSERT_EQ(write(peer_.get(), "while parked", 12), 12);
  auto second = Make("ann", token);
  EXPECT_EQ(parked_->parked(), 1u);  // Lazy: nothing is taken before an open.
  ASSERT_FALSE(second->Open(Halves::kBoth).has_value());
  ASSERT_TRUE(harness_->RunUntil([&] { return IsSettled(*second); }));
  EXPECT_TRUE(second->Snapshot().ready);
  EXPECT_EQ(parked_->parked(), 0u);
  EXPECT_EQ(second->socket_token(), token);  // It is the socket's, not the pair's.
  EXPECT_EQ(second->Snapshot().dial.remote->ToString(), "192.0.2.1:80");

  char buffer[16];
  auto attached = second->Attach(Halves::kBoth, std::make_shared<IdleUser>());
  ASSERT_TRUE(attached.ok());
  EXPECT_EQ((*attached)->Read(absl::MakeSpan(buffer)).bytes, 12u);
  attached->reset();

  // A socket that was parked is parked again unless somebody says otherwise.
  second->Release(/*reset=*/false, std::nullopt);
  EXPECT_EQ(parked_->parked(), 1u);
}

TEST_F(PairParking, CanBeTakenBack) {
  auto pair = Connected();
  ASSERT_FALSE(pair->SetClosesSocket(false).has_value());
  EXPECT_EQ(parked_->places(), 1u);
  ASSERT_FALSE(pair->SetClosesSocket(std::nullopt).has_value());
  EXPECT_EQ(parked_->places(), 0u);
  ASSERT_FALSE(pair->SetClosesSocket(false).has_value());
  ASSERT_FALSE(pair->SetClosesSocket(true).has_value());
  pair->Close(Halves::kBoth);
  EXPECT_EQ(parked_->parked(), 0u);
  EXPECT_EQ(parked_->places(), 0u);
}

TEST_F(PairParking, WaitsForWhoeverIsAttached) {
  auto pair = Connected();
  ASSERT_FALSE(pair->SetClosesSocket(false).has_value());
  auto attached = pair->Attach(Halves::kBoth, std::make_shared<IdleUser>());
  ASSERT_TRUE(attached.ok());
  pair->Release(/*reset=*/false, std::nullopt);
  EXPECT_EQ(parked_->parked(), 0u);
  attached->reset();
  EXPECT_EQ(parked_->parked(), 1u);
}

TEST_F(PairParking, IsNotForConnectionsThatAreOver) {
  struct Case {
    const char* what;
    std::function<void(StreamPair&, UniqueFd& peer)> end;
  };
  const Case cases[] = {
      {"reset", [](StreamPair& pair, UniqueFd&) { pair.Release(true, std::nullopt); }},
      {"for another reason than its owner's",
       [](StreamPair& pair, UniqueFd&) { pair.Release(false, Draining("going down")); }},
      {"finished by the peer",
       [](StreamPair& pair, UniqueFd& peer) {
         shutdown(peer.get(), SHUT_WR);
         pair.Release(false, std::nullopt);
       }},
      {"gone",
       [](StreamPair& pair, UniqueFd& peer) {
         AbortConnection(peer.get());
         peer.Reset();
         pair.Release(false, std::nullopt);
       }},
      {"finished by its client",
       [](StreamPair& pair, UniqueFd&) {
         auto attached = pair.Attach(Halves::kBoth, std::make_shared<IdleUser>());
         EXPECT_TRUE((*attached)->Finish());
         pair.Release(false, std::nullopt);
       }},
  };
  for (const Case& each : cases) {
    auto pair = Connected();
    ASSERT_FALSE(pair->SetClosesSocket(false).has_value());
    each.end(*pair, peer_);
    EXPECT_EQ(parked_->parked(), 0u) << each.what;
    EXPECT_EQ(parked_->places(), 0u) << each.what;
  }
}

TEST_F(PairParking, NeedsAPlace) {
  auto first = Make();
  auto second = Make();
  auto third = Make();
  ASSERT_FALSE(first->SetClosesSocket(false).has_value());
  ASSERT_FALSE(second->SetClosesSocket(false).has_value());
  EXPECT_EQ(third->SetClosesSocket(false)->id(), QuotaExceeded("").id());
  EXPECT_FALSE(third->options().closes_socket.has_value());  // As it was.
  EXPECT_FALSE(third->SetClosesSocket(true).has_value());
  first->Release(false, std::nullopt);  // Never opened: nothing to park.
  EXPECT_FALSE(third->SetClosesSocket(false).has_value());
  EXPECT_TRUE(first->SetClosesSocket(false).has_value());  // It is gone.
}

TEST_F(PairParking, FailsForATokenThatNamesNothing) {
  auto pair = Make("ann", "sockets/nothing");
  ASSERT_FALSE(pair->Open(Halves::kBoth).has_value());
  ASSERT_TRUE(harness_->RunUntil([&] { return IsSettled(*pair); }));
  EXPECT_EQ(pair->Snapshot().error->id(), kBadHandle);
  EXPECT_EQ(pair->Snapshot().read_status, HalfStatus::kError);
}

TEST_F(PairParking, IsForTheSamePrincipalOnly) {
  auto pair = Connected("ann");
  ASSERT_FALSE(pair->SetClosesSocket(false).has_value());
  pair->Release(false, std::nullopt);
  auto thief = Make("bob", pair->socket_token());
  ASSERT_FALSE(thief->Open(Halves::kBoth).has_value());
  ASSERT_TRUE(harness_->RunUntil([&] { return IsSettled(*thief); }));
  EXPECT_EQ(thief->Snapshot().error->id(), kBadHandle);
  EXPECT_EQ(parked_->parked(), 1u);
}

TEST_F(PairParking, OnlyTheFirstOfTwoGetsTheSocket) {
  auto pair = Connected();
  ASSERT_FALSE(pair->SetClosesSocket(false).has_value());
  pair->Release(false, std::nullopt);
  auto first = Make("ann", pair->socket_token());
  auto second = Make("ann", pair->socket_token());
  ASSERT_FALSE(first->Open(Halves::kBoth).has_value());
  ASSERT_FALSE(second->Open(Halves::kBoth).has_value());
  ASSERT_TRUE(harness_->RunUntil([&] { return IsSettled(*first) && IsSettled(*second); }));
  EXPECT_TRUE(first->Snapshot().ready);
  EXPECT_EQ(second->Snapshot().error->id(), kBadHandle);
}

}  // namespace
}  // namespace streampair
