// Thousands of pairs come and go; what the server holds returns to what it was.
#include <memory>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/sanitizer.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

constexpr int kSequential = 10000;
constexpr int kAtOnce = 1000;
constexpr int64_t kMiB = 1 << 20;
// gRPC's pools grow when they are busy, by some threads a core, and keep them.
const int64_t kPools = 4 * std::thread::hardware_concurrency();

class Churn : public ::testing::Test {
 protected:
  // The baseline is taken once the connection stands and everything was used once.
  void Warm(const std::function<void()>& once) {
    once();
    ASSERT_TRUE(WaitUntil([&] { return server_.Pairs() == 0; }));
    baseline_ = server_.Stats();
  }

  void ExpectBaseline() {
    EXPECT_TRUE(WaitUntil([&] { return server_.Pairs() == 0; })) << server_.Pairs() << " pairs";
    const bool back = WaitUntil([&] {
      const ProcStats now = server_.Stats();
      return now.descriptors <= baseline_.descriptors && now.threads <= baseline_.threads + kPools;
    });
    const ProcStats now = server_.Stats();
    EXPECT_TRUE(back) << "descriptors " << now.descriptors << " (" << baseline_.descriptors
                      << " before), sockets " << now.sockets << " (" << baseline_.sockets
                      << "), threads " << now.threads << " (" << baseline_.threads << ")";
  }

  // Memory may grow while caches fill, but not in proportion to what has gone.
  void ExpectMemoryIsBack(int64_t before) {
    if (UnderSanitizer()) return;  // Its own leak check is better.
    EXPECT_LE(server_.Stats().resident_bytes, before + 16 * kMiB);
  }

  TcpTarget target_{Echo};
  ServerProcess server_{{"--max-pairs=2000"}};
  Calls calls_{server_.stub()};
  ProcStats baseline_;
};

TEST_F(Churn, TenThousandPairsOneAfterTheOtherInRpcsOfTheirOwn) {
  const auto once = [&] {
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, SpecTo(target_.port())), DataFrame(0, "x"), FinishFrame(0)});
    ASSERT_FALSE(rpc.AwaitEnd().has_error());
    ASSERT_EQ(rpc.log().data, "x");
    ASSERT_THAT(rpc.Leave(), IsOk());
  };
  Warm(once);
  int64_t half_way = 0;
  for (int i = 0; i < kSequential && !HasFailure(); ++i) {
    once();
    if (i == kSequential / 2) half_way = server_.Stats().resident_bytes;
  }
  EXPECT_GE(target_.accepted(), kSequential);
  ExpectBaseline();
  ExpectMemoryIsBack(half_way);
}

TEST_F(Churn, TenThousandPairsOneAfterTheOtherInOneRpc) {
  Warm([&] {
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, SpecTo(target_.port())), FinishFrame(0)});
    rpc.AwaitEnd();
    rpc.Leave();
  });
  int64_t half_way = 0;
  TransferClient rpc(server_.stub());
  for (uint32_t i = 0; i < kSequential && !HasFailure(); ++i) {
    rpc.Send({AttachNew(i, SpecTo(target_.port())), DataFrame(i, "x"), FinishFrame(i)});
    ASSERT_FALSE(rpc.AwaitEnd(i).has_error());
    if (i == kSequential / 2) half_way = server_.Stats().resident_bytes;
  }
  EXPECT_THAT(rpc.Leave(), IsOk());
  ExpectBaseline();
  ExpectMemoryIsBack(half_way);
}

TEST_F(Churn, TenThousandNamedPairsOpenedAndDeleted) {
  const auto once = [&] {
    const std::string name = calls_.MakePair(HeldSpecTo(target_.port()));
    ASSERT_THAT(calls_.Open(name).status, IsOk());
    ASSERT_THAT(calls_.Delete(name), IsOk());
  };
  Warm(once);
  int64_t half_way = 0;
  for (int i = 0; i < kSequential && !HasFailure(); ++i) {
    once();
    if (i == kSequential / 2) half_way = server_.Stats().resident_bytes;
  }
  ExpectBaseline();
  ExpectMemoryIsBack(half_way);
}

TEST_F(Churn, TenThousandOpensThatFail) {
  ClosedPort closed;
  const auto once = [&] {
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, SpecTo(closed.port()))});
    ASSERT_EQ(rpc.AwaitEnd().error().code(), ECONNREFUSED);
    ASSERT_EQ(rpc.Leave().error_code(), grpc::StatusCode::UNAVAILABLE);
  };
  Warm(once);
  for (int i = 0; i < kSequential && !HasFailure(); ++i) once();
  ExpectBaseline();
}

TEST_F(Churn, AThousandPairsAtOnceAsChannels) {
  const auto all_at_once = [&] {
    TransferClient rpc(server_.stub());
    for (uint32_t i = 0; i < kAtOnce; ++i) rpc.Send({AttachNew(i, SpecTo(target_.port()))});
    for (uint32_t i = 0; i < kAtOnce; ++i) rpc.AwaitReady(i);
    ASSERT_EQ(server_.Pairs(), kAtOnce);
    for (uint32_t i = 0; i < kAtOnce; ++i) rpc.Send({DataFrame(i, "x"), FinishFrame(i)});
    for (uint32_t i = 0; i < kAtOnce; ++i) ASSERT_FALSE(rpc.AwaitEnd(i).has_error());
    ASSERT_THAT(rpc.Leave(), IsOk());
  };
  Warm(all_at_once);
  for (int round = 0; round < 3 && !HasFailure(); ++round) {
    all_at_once();
    ExpectBaseline();
  }
}

TEST_F(Churn, AThousandPairsAtOnceAsRpcs) {
  const auto all_at_once = [&] {
    std::vector<std::unique_ptr<TransferClient>> rpcs;
    for (int i = 0; i < kAtOnce; ++i) {
      rpcs.push_back(std::make_unique<TransferClient>(server_.stub()));
      rpcs.back()->Send({AttachNew(0, SpecTo(target_.port()))});
    }
    for (const auto& rpc : rpcs) rpc->AwaitReady();
    ASSERT_EQ(server_.Pairs(), kAtOnce);
    // A third ends in order, a third is cancelled, a third is reset.
    for (int i = 0; i < kAtOnce; ++i) {
      if (i % 3 == 0) rpcs[i]->Send({FinishFrame(0)});
      if (i % 3 == 1) rpcs[i]->Cancel();
      if (i % 3 == 2) rpcs[i]->Send({ResetFrame(0)});
    }
    for (int i = 0; i < kAtOnce; ++i) {
      if (i % 3 == 0) {
        ASSERT_FALSE(rpcs[i]->AwaitEnd().has_error());
      }
      const grpc::StatusCode code = rpcs[i]->Leave().error_code();
      ASSERT_EQ(code, i % 3 == 0 ? grpc::StatusCode::OK : grpc::StatusCode::CANCELLED);
    }
  };
  Warm(all_at_once);
  for (int round = 0; round < 3 && !HasFailure(); ++round) {
    all_at_once();
    ExpectBaseline();
  }
}

TEST_F(Churn, ConnectionsThatComeAndGoLeaveNothing) {
  const auto once = [&] {
    const auto channel = Connect(server_.address());
    const auto stub = v1::StreamPairService::NewStub(channel);
    TransferClient rpc(*stub);
    rpc.Send({AttachNew(0, SpecTo(target_.port()))});
    rpc.AwaitReady();
    // Gone without a word: the connection goes with the channel.
  };
  Warm(once);
  for (int i = 0; i < 300 && !HasFailure(); ++i) once();
  ExpectBaseline();
}

}  // namespace
}  // namespace streampair::testing
