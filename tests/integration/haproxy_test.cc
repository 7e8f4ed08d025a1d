// HAProxy 2.6 in front, HTTP/2 on both sides: every way in which an RPC may end arrives as it does
// without it, and no message is lost. HAProxy turns some orders of frames into CANCELLED and drops
// what came last; see the end handshake.
#include <functional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/peers.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

constexpr int kRounds = 25;

class BehindHaproxy : public ::testing::Test {
 protected:
  // Does it again and again, directly and through HAProxy, and expects one and the same outcome: a
  // status with its error, and whatever else `act` tells.
  void ExpectAlike(const std::function<std::string(Stub&)>& act) {
    const std::string direct = act(server_.stub());
    for (int round = 0; round < kRounds; ++round) {
      ASSERT_EQ(act(*stub_), direct) << "in round " << round << " through HAProxy";
      ASSERT_EQ(act(server_.stub()), direct) << "in round " << round << " directly";
    }
  }

  // A status as text, without what differs from run to run.
  static std::string Text(const grpc::Status& status) {
    const StatusDetails details = DetailsOf(status);
    std::string text = absl::StrCat(status.error_code());
    if (details.error.has_value()) {
      absl::StrAppend(&text, " (", details.error->domain(), ", ", details.error->code(), ", ",
                      details.error->symbol(), ", ", v1::ErrorStage_Name(details.error->stage()),
                      ")");
    }
    if (details.info.has_value()) absl::StrAppend(&text, " ", details.info->reason());
    return text;
  }

  // A channel's whole course.
  static std::string Text(const TransferClient& rpc, uint32_t channel = 0) {
    const ChannelLog log = rpc.log(channel);
    return absl::StrCat(
        "received ", log.received, " ", log.digest.Hex(), log.finish.has_value(),
        log.end.has_value() ? absl::StrCat(" end ", log.end->error().code(), " ") : " no end ");
  }

  ServerProcess server_;
  Haproxy haproxy_{server_.address(), "20s"};
  std::shared_ptr<grpc::Channel> channel_ = Connect(haproxy_.address());
  std::unique_ptr<Stub> stub_ = v1::StreamPairService::NewStub(channel_);
};

TEST_F(BehindHaproxy, ShortCalls) {
  TcpTarget target(Echo);
  ClosedPort closed;
  ExpectAlike([&](Stub& stub) {
    Calls calls(stub);
    const std::string good = calls.MakePair(HeldSpecTo(target.port()));
    const std::string bad = calls.MakePair(HeldSpecTo(closed.port()));
    v1::StreamPairSpec parked = HeldSpecTo(80);
    parked.mutable_target()->mutable_parked_socket()->set_token("sockets/none");
    const std::string nothing = calls.MakePair(parked);
    // The largest answer that the server gives: all the fields that can be wrong at once.
    v1::StreamPairSpec all_wrong = SpecTo(-1, "two words");
    for (int i = 0; i < 60; ++i) all_wrong.add_properties();
    std::string text;
    for (const grpc::Status& status :
         {calls.Create(SpecTo(0)).status, calls.Open(nothing).status,
          calls.Create(all_wrong).status, calls.Get(good).status, calls.Get("nobody").status,
          calls.Open(good).status, calls.Open(good).status, calls.Open(bad).status,
          calls.Close(good).status, calls.Close(good).status, calls.Delete(bad),
          calls.Delete(bad)}) {
      absl::StrAppend(&text, Text(status), "; ");
    }
    return text;
  });
}

TEST_F(BehindHaproxy, ReadCalls) {
  TcpTarget target(Pour(200000));
  TcpTarget resets([](TargetConnection& connection) {
    connection.Write("some");
    connection.ReadExactly(1);
    connection.Reset();
  });
  ClosedPort closed;
  ExpectAlike([&](Stub& stub) {
    Calls calls(stub);
    const auto all = calls.Read(calls.MakePair(HeldSpecTo(target.port())));
    const auto refused = calls.Read(calls.MakePair(HeldSpecTo(closed.port())));
    const auto unknown = calls.Read("nobody");
    const std::string name = calls.MakePair(HeldSpecTo(resets.port()));
    grpc::ClientContext context;
    v1::ReadRequest request;
    request.set_name(name);
    const auto reader = stub.Read(&context, request);
    v1::ReadResponse response;
    EXPECT_TRUE(reader->Read(&response));
    calls.Write(name, {"x"}, false);
    EXPECT_FALSE(reader->Read(&response));
    return absl::StrCat(Text(all.status), " ", all.data.size(), "; ", Text(refused.status), "; ",
                        Text(unknown.status), "; ", Text(reader->Finish()));
  });
}

TEST_F(BehindHaproxy, WriteCalls) {
  TcpTarget target(Echo);
  ClosedPort closed;
  const std::vector<std::string> payloads(20, std::string(10000, 'x'));
  ExpectAlike([&](Stub& stub) {
    Calls calls(stub);
    const auto all = calls.Write(calls.MakePair(HeldSpecTo(target.port())), payloads, true);
    const auto refused = calls.Write(calls.MakePair(HeldSpecTo(closed.port())), payloads, true);
    const auto unknown = calls.Write("nobody", payloads, true);
    return absl::StrCat(Text(all.status), " ", all.bytes_written, "; ", Text(refused.status), "; ",
                        Text(unknown.status));
  });
}

TEST_F(BehindHaproxy, WatchCalls) {
  TcpTarget target(Echo);
  ExpectAlike([&](Stub& stub) {
    Calls calls(stub);
    const std::string name = calls.MakePair(HeldSpecTo(target.port()));
    Watcher watcher(stub, name, {v1::STREAM_EVENT_TYPE_READY, v1::STREAM_EVENT_TYPE_RELEASED});
    calls.Open(name);
    std::string text = absl::StrCat(watcher.Next().type(), " ");
    calls.Delete(name);
    absl::StrAppend(&text, watcher.Next().type(), " ", Text(watcher.Status().value()), "; ");
    absl::StrAppend(&text, Text(Watcher(stub, "nobody").Status().value()));
    return text;
  });
}

TEST_F(BehindHaproxy, ATransferThatEndsWell) {
  TcpTarget target(Echo);
  ExpectAlike([&](Stub& stub) {
    TransferClient rpc(stub);
    rpc.Plan(0, {.grant_window = 262144, .upload = 1000000, .finish = true, .keep_data = false});
    rpc.Send({AttachNew(0, SpecTo(target.port()))});
    rpc.AwaitEnd();
    const grpc::Status status = rpc.Leave();
    return absl::StrCat(Text(rpc), Text(status));
  });
}

TEST_F(BehindHaproxy, ATransferWhoseClientHalfClosesFirst) {
  TcpTarget target(Echo);
  ExpectAlike([&](Stub& stub) {
    TransferClient rpc(stub);
    rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "hello"), FinishFrame(0)});
    rpc.HalfClose();
    const grpc::Status status = rpc.AwaitStatus();
    return absl::StrCat(Text(rpc), Text(status));
  });
}

TEST_F(BehindHaproxy, TransfersThatFail) {
  ClosedPort closed;
  TcpTarget resets([](TargetConnection& connection) {
    connection.Write("some");
    connection.ReadExactly(1);
    connection.Reset();
  });
  TcpTarget echo(Echo);
  ExpectAlike([&](Stub& stub) {
    std::string text;
    const auto run = [&](std::vector<v1::ClientFrame> frames,
                         const std::function<void(TransferClient&)>& then = nullptr) {
      TransferClient rpc(stub);
      rpc.Send(std::move(frames));
      if (then) then(rpc);
      rpc.AwaitEnd();
      const grpc::Status status = rpc.Leave();
      absl::StrAppend(&text, Text(rpc), Text(status), "\n");
    };
    run({AttachNew(0, SpecTo(closed.port()))});
    run({AttachNew(0, SpecTo(0))});
    run({AttachTo(0, "nobody")});
    run({DataFrame(0, "never attached")});
    run({v1::ClientFrame()});
    run({AttachNew(0, SpecTo(resets.port()))}, [](TransferClient& rpc) {
      rpc.AwaitData(0, 4);
      rpc.Send({DataFrame(0, "x")});
    });
    run({AttachNew(0, SpecTo(echo.port()))}, [](TransferClient& rpc) {
      rpc.AwaitReady();
      rpc.Send({ResetFrame(0)});
    });
    return text;
  });
}

TEST_F(BehindHaproxy, ATransferThatFailsWhileTheClientSends) {
  TcpTarget resets([](TargetConnection& connection) {
    connection.ReadExactly(100000);
    connection.Reset();
  });
  // How much was sent before the reset is a matter of time; how it ends is not.
  ExpectAlike([&](Stub& stub) {
    TransferClient rpc(stub);
    rpc.Plan(0, {.upload = 64 << 20, .finish = true});
    rpc.Send({AttachNew(0, SpecTo(resets.port()))});
    const v1::End end = rpc.AwaitEnd();
    return absl::StrCat(end.error().symbol(), " ", Text(rpc.Leave()));
  });
}

TEST_F(BehindHaproxy, ManyChannels) {
  TcpTarget target(Echo);
  ClosedPort closed;
  ExpectAlike([&](Stub& stub) {
    constexpr uint32_t kChannels = 20;
    TransferClient rpc(stub);
    std::string text;
    for (uint32_t channel = 0; channel < kChannels; ++channel) {
      rpc.Plan(channel, {.upload = 50000, .finish = true, .keep_data = false});
      rpc.Send({AttachNew(channel, SpecTo(channel % 5 == 0 ? closed.port() : target.port()))});
    }
    for (uint32_t channel = 0; channel < kChannels; ++channel) {
      rpc.AwaitEnd(channel);
      absl::StrAppend(&text, Text(rpc, channel));
    }
    return absl::StrCat(text, Text(rpc.Leave()));
  });
}

TEST_F(BehindHaproxy, ATransferWithoutCredits) {
  TcpTarget target(Echo);
  ExpectAlike([&](Stub& stub) {
    TransferClient rpc(stub);
    rpc.Plan(0, {.upload = 1000000, .finish = true, .keep_data = false});
    rpc.Send({WithWindow(AttachNew(0, SpecTo(target.port())), 0)});
    rpc.AwaitEnd();
    const grpc::Status status = rpc.Leave();
    return absl::StrCat(Text(rpc), Text(status));
  });
}

TEST(IdleBehindHaproxy, HeartbeatsKeepAnRpcAliveThroughItsTimeouts) {
  ServerProcess server({"--heartbeat=500ms"});
  Haproxy haproxy(server.address(), "2s");
  const auto channel = Connect(haproxy.address());
  const auto stub = v1::StreamPairService::NewStub(channel);
  TcpTarget target(Echo);
  TransferClient rpc(*stub);
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  const absl::Time begin = absl::Now();
  ASSERT_TRUE(WaitUntil([&] { return rpc.pings() >= 10 || rpc.over(); }));
  ASSERT_FALSE(rpc.over()) << "cut after " << absl::Now() - begin;
  EXPECT_GE(absl::Now() - begin, absl::Seconds(4)) << "twice HAProxy's time-out";
  rpc.Send({DataFrame(0, "still here"), FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().data, "still here");
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST(DrainingBehindHaproxy, TheStatusArrives) {
  TcpTarget target(Echo);
  for (int round = 0; round < 5; ++round) {
    ServerProcess server({"--grace=200ms"});
    Haproxy haproxy(server.address(), "20s");
    const auto channel = Connect(haproxy.address());
    const auto stub = v1::StreamPairService::NewStub(channel);
    TransferClient rpc(*stub);
    rpc.Send({AttachNew(0, SpecTo(target.port()))});
    rpc.AwaitReady();
    server.process().Signal(SIGTERM);
    rpc.AwaitDraining();
    const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_DRAINING);
    EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
    EXPECT_THAT(rpc.Leave(), IsStatus(row));
  }
}

}  // namespace
}  // namespace streampair::testing
