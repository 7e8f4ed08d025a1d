// What a client may get wrong. Each row: the documented answer, and a pair that is as it was.
#include <netdb.h>

#include <functional>
#include <limits>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

ErrorRow Invalid() { return OwnRow(v1::STREAMPAIR_CODE_INVALID_REQUEST); }
ErrorRow NotFound() { return OwnRow(v1::STREAMPAIR_CODE_PAIR_NOT_FOUND); }
ErrorRow NameIsNoName() {
  return {grpc::StatusCode::INVALID_ARGUMENT,
          v1::ERROR_DOMAIN_NET_DB,
          HOST_NOT_FOUND,
          "HOST_NOT_FOUND",
          v1::ERROR_STAGE_REQUEST,
          v1::ERROR_REASON_HTTP_REQUEST_ERROR,
          /*retryable=*/false};
}

// ---- Names ----

class BadName : public ::testing::Test {
 protected:
  // Asserts that nothing can be done with `name` through `stub`, and that all answers are alike.
  void ExpectUseless(Stub& stub, const std::string& name, const ErrorRow& row) {
    SCOPED_TRACE(absl::StrCat("name \"", name, "\""));
    Calls calls(stub);
    EXPECT_THAT(calls.Get(name).status, IsStatus(row));
    EXPECT_THAT(calls.Open(name).status, IsStatus(row));
    EXPECT_THAT(calls.Close(name).status, IsStatus(row));
    EXPECT_THAT(calls.Delete(name), IsStatus(row));
    EXPECT_THAT(calls.Read(name).status, IsStatus(row));
    EXPECT_THAT(calls.Write(name, {"x"}, true).status, IsStatus(row));
    v1::Property property;
    property.set_no_delay(false);
    EXPECT_THAT(calls.SetProperty(name, property), IsStatus(row));
    EXPECT_THAT(Watcher(stub, name).Status().value(), IsStatus(row));
    TransferClient rpc(stub);
    rpc.Send({AttachTo(0, name), DataFrame(0, "x")});
    EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
    EXPECT_THAT(rpc.Leave(), IsStatus(row));
  }
};

TEST_F(BadName, UnknownNames) {
  ServerProcess server;
  TcpTarget target(Echo);
  const std::string name = Calls(server.stub()).MakePair(HeldSpecTo(target.port()));
  const std::string before = Portrait(Calls(server.stub()).Get(name).pair);
  std::string forged = name;
  forged.back() = forged.back() == '0' ? '1' : '0';
  for (const std::string& bad :
       {forged, name + "0", name.substr(0, name.size() - 1), std::string("streamPairs/"),
        std::string("nonsense"), std::string(10000, 'x'), std::string("streamPairs/a.b\0c", 17)}) {
    ExpectUseless(server.stub(), bad, NotFound());
  }
  EXPECT_EQ(Portrait(Calls(server.stub()).Get(name).pair), before);
  EXPECT_EQ(server.Pairs(), 1);
}

TEST_F(BadName, ANameThatIsNotGiven) {
  ServerProcess server;
  ExpectUseless(server.stub(), "", Invalid());
}

TEST_F(BadName, SomeoneElsesNameDoesNotExist) {
  ServerProcess server;
  TcpTarget target(Echo);
  const auto other_channel = Connect(server.unix_address());
  const auto other = v1::StreamPairService::NewStub(other_channel);
  const std::string name = Calls(*other).MakePair(HeldSpecTo(target.port()));
  ASSERT_THAT(Calls(*other).Open(name).status, IsOk());
  const std::string before = Portrait(Calls(*other).Get(name).pair);
  ExpectUseless(server.stub(), name, NotFound());
  EXPECT_EQ(server.Pairs(), 0) << "nor is it listed";
  EXPECT_EQ(Portrait(Calls(*other).Get(name).pair), before);
}

TEST_F(BadName, AnotherInstancesNameIsNotHere) {
  ScratchDir scratch;
  scratch.Write("key", "0123456789abcdef0123456789abcdef");
  const std::string key = absl::StrCat("--name-key-file=", scratch.File("key"));
  ServerProcess here({key, "--instance=here"});
  ServerProcess there({key, "--instance=there"});
  ServerProcess stranger({"--instance=there"});
  ExpectUseless(here.stub(), Calls(there.stub()).MakePair(HeldSpecTo(80)),
                OwnRow(v1::STREAMPAIR_CODE_NOT_HERE));
  // Without the key nobody can aim at an instance.
  ExpectUseless(here.stub(), Calls(stranger.stub()).MakePair(HeldSpecTo(80)), NotFound());
}

// ---- Specifications ----

class BadSpec : public ::testing::Test {
 protected:
  // Asserts that no pair can be made of it, in either way, and that the field at fault is named.
  void ExpectRefused(const v1::StreamPairSpec& spec, const ErrorRow& row,
                     const std::string& field) {
    SCOPED_TRACE(spec.ShortDebugString().substr(0, 300));
    const grpc::Status status = calls_.Create(spec).status;
    EXPECT_THAT(status, IsStatus(row));
    const StatusDetails details = DetailsOf(status);
    EXPECT_TRUE(details.bad_request.has_value());
    if (details.bad_request.has_value()) {
      EXPECT_EQ(details.bad_request->field_violations(0).field(), field);
    }
    EXPECT_THAT(calls_.Create(spec, "", /*validate_only=*/true).status, IsStatus(row));
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, spec), DataFrame(0, "early"), FinishFrame(0)});
    EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
    EXPECT_THAT(rpc.Leave(), IsStatus(row));
    EXPECT_EQ(server_.Pairs(), 0);
  }

  ServerProcess server_;
  Calls calls_{server_.stub()};
};

TEST_F(BadSpec, Ports) {
  for (const int32_t port : {0, 65536, -1, 65616, std::numeric_limits<int32_t>::max(),
                             std::numeric_limits<int32_t>::min()}) {
    ExpectRefused(SpecTo(port), Invalid(), "spec.target.host.port");
    v1::StreamPairSpec by_address;
    by_address.mutable_target()->mutable_address()->set_address("127.0.0.1");
    by_address.mutable_target()->mutable_address()->set_port(port);
    ExpectRefused(by_address, Invalid(), "spec.target.address.port");
  }
}

TEST_F(BadSpec, Hosts) {
  std::string long_name;  // 254 bytes, each label short enough.
  while (long_name.size() < 252) long_name += "a.";
  long_name += "ab";
  ASSERT_EQ(long_name.size(), 254);
  for (const std::string& host :
       {long_name, std::string(64, 'a'), std::string(" "), std::string("two words"),
        std::string("tab\there"), std::string("trailing "), std::string("a..b"), std::string("."),
        std::string("127.1"), std::string("0x7f000001"), std::string("010.0.0.1"),
        std::string("[::1]"), std::string("a/b"), std::string("user@host"),
        std::string("host:80")}) {
    ExpectRefused(SpecTo(80, host), Invalid(), "spec.target.host.name");
  }
  for (const std::string& host :
       {std::string("nul\0.test", 9), std::string("\0", 1), std::string("a\xe2\x80\x8d.test"),
        std::string("\xf0\x9f\x92\xa9.test")}) {
    ExpectRefused(SpecTo(80, host), NameIsNoName(), "spec.target.host.name");
  }
}

TEST_F(BadSpec, EmptyHost) { ExpectRefused(SpecTo(80, ""), Invalid(), "spec.target.host.name"); }

TEST_F(BadSpec, TheLongestNameIsFine) {
  std::string name;  // 253 bytes.
  while (name.size() < 252) name += "a.";
  name += "b";
  ASSERT_EQ(name.size(), 253);
  EXPECT_THAT(calls_.Create(SpecTo(80, name), "", /*validate_only=*/true).status, IsOk());
  EXPECT_THAT(calls_.Create(SpecTo(80, name + "."), "", /*validate_only=*/true).status, IsOk());
}

TEST_F(BadSpec, MissingParts) {
  ExpectRefused(v1::StreamPairSpec(), Invalid(), "spec.target");
  v1::StreamPairSpec no_destination;
  no_destination.mutable_target();
  ExpectRefused(no_destination, Invalid(), "spec.target");
  v1::StreamPairSpec no_value = SpecTo(80);
  no_value.add_properties();
  ExpectRefused(no_value, Invalid(), "spec.properties[0]");
}

TEST_F(BadSpec, Addresses) {
  for (const char* address : {"", "localhost", "1.2.3", "1.2.3.4.5", "::1%lo", "[::1]"}) {
    v1::StreamPairSpec spec;
    spec.mutable_target()->mutable_address()->set_address(address);
    spec.mutable_target()->mutable_address()->set_port(80);
    ExpectRefused(spec, Invalid(), "spec.target.address.address");
  }
}

TEST_F(BadSpec, UnknownEnumValues) {
  v1::StreamPairSpec halves = SpecTo(80);
  halves.set_halves(static_cast<v1::Half>(77));
  ExpectRefused(halves, Invalid(), "spec.halves");
  v1::StreamPairSpec null = SpecTo(80);
  null.add_properties()->set_null(static_cast<v1::PropertyKey>(77));
  ExpectRefused(null, Invalid(), "spec.properties[0].null");
  v1::StreamPairSpec numbering = SpecTo(80);
  numbering.add_properties()->set_error_numbering(static_cast<v1::ErrorNumbering>(77));
  ExpectRefused(numbering, Invalid(), "spec.properties[0].error_numbering");
}

TEST_F(BadSpec, PropertiesOutOfRange) {
  v1::StreamPairSpec twice = SpecTo(80);
  twice.add_properties()->set_no_delay(true);
  twice.add_properties()->set_no_delay(true);
  ExpectRefused(twice, Invalid(), "spec.properties[1]");
  v1::StreamPairSpec connect = SpecTo(80);
  *connect.add_properties()->mutable_timeouts()->mutable_connect() = ToProto(absl::Hours(2));
  ExpectRefused(connect, Invalid(), "spec.properties[0].timeouts.connect");
  v1::StreamPairSpec negative = SpecTo(80);
  *negative.add_properties()->mutable_timeouts()->mutable_unacknowledged() =
      ToProto(-absl::Seconds(1));
  ExpectRefused(negative, Invalid(), "spec.properties[0].timeouts.unacknowledged");
  v1::StreamPairSpec count = SpecTo(80);
  count.add_properties()->mutable_keepalive()->set_count(128);
  ExpectRefused(count, Invalid(), "spec.properties[0].keepalive.count");
  v1::StreamPairSpec read_only = SpecTo(80);
  read_only.add_properties()->set_connection_is_cellular(true);
  ExpectRefused(read_only, Invalid(), "spec.properties[0].connection_is_cellular");
}

TEST_F(BadSpec, LabelsAndHold) {
  v1::StreamPairSpec key = SpecTo(80);
  (*key.mutable_labels())["Upper"] = "x";
  ExpectRefused(key, Invalid(), "spec.labels");
  v1::StreamPairSpec value = SpecTo(80);
  (*value.mutable_labels())["key"] = std::string(256, 'x');
  ExpectRefused(value, Invalid(), "spec.labels[key]");
  v1::StreamPairSpec many = SpecTo(80);
  for (int i = 0; i < 33; ++i) (*many.mutable_labels())[absl::StrCat("key", i)] = "x";
  ExpectRefused(many, Invalid(), "spec.labels");
  v1::StreamPairSpec hold = SpecTo(80);
  *hold.mutable_hold_timeout() = ToProto(-absl::Seconds(1));
  ExpectRefused(hold, Invalid(), "spec.hold_timeout");
}

TEST_F(BadSpec, NetService) {
  const auto expect_refused = [&](const std::string& name, const std::string& type,
                                  const std::string& domain) {
    v1::StreamPairSpec spec;
    v1::NetServiceTarget& service = *spec.mutable_target()->mutable_net_service();
    service.set_name(name);
    service.set_type(type);
    service.set_domain(domain);
    const StatusDetails details = DetailsOf(calls_.Create(spec).status);
    ASSERT_TRUE(details.error.has_value());
    EXPECT_EQ(details.error->domain(), 10) << spec.ShortDebugString();
    EXPECT_EQ(details.error->code(), -72004) << spec.ShortDebugString();
    EXPECT_EQ(details.error->symbol(), "kCFNetServicesErrorBadArgument");
  };
  expect_refused("", "_http._tcp", "");
  expect_refused(std::string(64, 'x'), "_http._tcp", "");
  expect_refused(std::string("nul\0", 4), "_http._tcp", "");
  expect_refused("x", "http._tcp", "");
  expect_refused("x", "_http._udp", "");
  expect_refused("x", "_http._tcp:80", "");
  expect_refused("x", "_http._tcp", "local:80");
  expect_refused("x", "_http._tcp", std::string(64, 'd'));
  EXPECT_EQ(server_.Pairs(), 0);
}

// ---- Requests about a pair that is there ----

class BadCall : public ::testing::Test {
 protected:
  BadCall() {
    EXPECT_THAT(calls_.Open(name_).status, IsOk());
    before_ = Portrait(calls_.Get(name_).pair);
  }
  ~BadCall() override {
    // Whoever was attached leaves a moment after the RPC has ended.
    std::string after;
    const bool same = WaitUntil(
        [&] {
          after = Portrait(calls_.Get(name_).pair);
          return after == before_;
        },
        absl::Seconds(5));
    EXPECT_TRUE(same) << "the pair was " << before_ << "and is " << after;
    // And it still works.
    TransferClient rpc(server_.stub());
    rpc.Send({AttachTo(0, name_), DataFrame(0, "still fine"), FinishFrame(0)});
    EXPECT_FALSE(rpc.AwaitEnd().has_error());
    EXPECT_EQ(rpc.log().data, "still fine");
    EXPECT_THAT(rpc.Leave(), IsOk());
    EXPECT_EQ(target_.accepted(), 1);
  }

  // Attaches channel 0 to the pair, sends `frames`, expects that they end the channel so.
  void ExpectChannelEnds(const std::vector<v1::ClientFrame>& frames, const ErrorRow& row) {
    TransferClient rpc(server_.stub());
    rpc.Send({AttachTo(0, name_)});
    rpc.AwaitReady();
    rpc.Send(frames);
    const v1::End end = rpc.AwaitEnd();
    EXPECT_THAT(end.error(), IsStreamError(row));
    EXPECT_TRUE(end.held());
    EXPECT_THAT(rpc.Leave(), IsStatus(row));
  }

  TcpTarget target_{Echo};
  ServerProcess server_;
  Calls calls_{server_.stub()};
  const std::string name_ = calls_.MakePair(HeldSpecTo(target_.port()));
  std::string before_;
};

TEST_F(BadCall, SecondAttach) {
  const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_ALREADY_ATTACHED);
  TransferClient first(server_.stub());
  first.Send({AttachTo(0, name_)});
  first.AwaitReady();
  {
    TransferClient second(server_.stub());
    second.Send({AttachTo(0, name_), DataFrame(0, "not for the target")});
    EXPECT_THAT(second.AwaitEnd().error(), IsStreamError(row));
    EXPECT_THAT(second.Leave(), IsStatus(row));
  }
  {
    TransferClient half(server_.stub());
    v1::ClientFrame attach = AttachTo(0, name_);
    attach.mutable_attach()->set_halves(v1::HALF_READ);
    half.Send({attach});
    EXPECT_THAT(half.AwaitEnd().error(), IsStreamError(row));
    EXPECT_THAT(half.Leave(), IsStatus(row));
  }
  EXPECT_THAT(calls_.Read(name_).status, IsStatus(row));
  EXPECT_THAT(calls_.Write(name_, {"x"}, false).status, IsStatus(row));
  // On the same RPC, as another channel.
  first.Send({AttachTo(1, name_)});
  EXPECT_THAT(first.AwaitEnd(1).error(), IsStreamError(row));
  EXPECT_FALSE(first.log(0).end.has_value()) << "the first is not disturbed";
}

TEST_F(BadCall, SecondOpen) {
  EXPECT_THAT(calls_.Open(name_).status, IsStatus(OwnRow(v1::STREAMPAIR_CODE_WRONG_STATE)));
}

TEST_F(BadCall, UnknownEnumValues) {
  const auto seventy = static_cast<v1::Half>(70);
  EXPECT_THAT(calls_.Open(name_, seventy).status, IsStatus(Invalid()));
  EXPECT_THAT(calls_.Open(name_, v1::HALF_BOTH, static_cast<v1::OpenWait>(70)).status,
              IsStatus(Invalid()));
  EXPECT_THAT(calls_.Close(name_, seventy).status, IsStatus(Invalid()));
  EXPECT_THAT(
      Watcher(server_.stub(), name_, {static_cast<v1::StreamEventType>(70)}).Status().value(),
      IsStatus(Invalid()));
  TransferClient rpc(server_.stub());
  v1::ClientFrame attach = AttachTo(0, name_);
  attach.mutable_attach()->set_halves(seventy);
  rpc.Send({attach});
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(Invalid()));
  EXPECT_THAT(rpc.Leave(), IsStatus(Invalid()));
}

TEST_F(BadCall, DialPropertiesAreTooLate) {
  v1::Property property;
  property.set_no_delay(false);
  EXPECT_THAT(calls_.SetProperty(name_, property),
              IsStatus(OwnRow(v1::STREAMPAIR_CODE_WRONG_STATE)));
  EXPECT_THAT(calls_.SetProperty(name_, v1::Property()), IsStatus(Invalid()));
}

TEST_F(BadCall, ReadPayloadSizes) {
  EXPECT_THAT(calls_.Read(name_, -1).status, IsStatus(Invalid()));
  EXPECT_THAT(calls_.Read(name_, (1 << 20) + 1).status, IsStatus(Invalid()));
}

TEST_F(BadCall, FramesOnAChannelThatWasNeverAttached) {
  const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_CHANNEL_UNKNOWN);
  v1::ClientFrame set_property;
  set_property.mutable_set_property()->mutable_property()->set_no_delay(true);
  for (const v1::ClientFrame& frame :
       {DataFrame(0, "x"), WindowFrame(0, 1), FinishFrame(0), ResetFrame(0), set_property}) {
    SCOPED_TRACE(frame.ShortDebugString());
    TransferClient rpc(server_.stub());
    rpc.Send({frame});
    EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
    EXPECT_THAT(rpc.Leave(), IsStatus(row));
  }
  // Beside a channel that is attached, which goes on.
  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(0, name_)});
  rpc.AwaitReady();
  rpc.Send({DataFrame(5, "x")});
  EXPECT_THAT(rpc.AwaitEnd(5).error(), IsStreamError(row));
  EXPECT_FALSE(rpc.log(0).end.has_value());
}

TEST_F(BadCall, AChannelNumberUsedTwice) {
  ExpectChannelEnds({AttachTo(0, name_)}, OwnRow(v1::STREAMPAIR_CODE_CHANNEL_REUSED));
}

TEST_F(BadCall, TwoCreates) {
  ExpectChannelEnds({AttachNew(0, SpecTo(target_.port()))},
                    OwnRow(v1::STREAMPAIR_CODE_CHANNEL_REUSED));
  EXPECT_EQ(server_.Pairs(), 1);
}

TEST_F(BadCall, AChannelNumberBelowAnEarlierOne) {
  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(7, name_)});
  rpc.AwaitReady(7);
  rpc.Send({AttachNew(6, SpecTo(target_.port()))});
  EXPECT_THAT(rpc.AwaitEnd(6).error(), IsStreamError(OwnRow(v1::STREAMPAIR_CODE_CHANNEL_REUSED)));
  EXPECT_FALSE(rpc.log(7).end.has_value());
}

TEST_F(BadCall, DataBeyondTheCredit) {
  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(0, name_)});
  rpc.AwaitReady();
  rpc.Send({DataFrame(0, std::string(rpc.AwaitAttached().window() + 1, 'x'))});
  const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_CREDIT_EXCEEDED);
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
  EXPECT_THAT(rpc.Leave(), IsStatus(row));
}

TEST_F(BadCall, CreditBeyondWhatCanBeCounted) {
  ExpectChannelEnds({WindowFrame(0, 0x7fffffff)}, OwnRow(v1::STREAMPAIR_CODE_CREDIT_EXCEEDED));
}

TEST_F(BadCall, WindowsOutOfRange) {
  ExpectChannelEnds({WindowFrame(0, 0)}, Invalid());
  TransferClient rpc(server_.stub());
  rpc.Send({WithWindow(AttachTo(0, name_), (64 << 20) + 1)});
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(Invalid()));
  EXPECT_THAT(rpc.Leave(), IsStatus(Invalid()));
}

TEST_F(BadCall, AChannelWithoutCreditsBesideAnother) {
  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(1, name_), WithWindow(AttachNew(2, SpecTo(target_.port())), 0)});
  EXPECT_THAT(rpc.AwaitEnd(2).error(), IsStreamError(Invalid()));
  EXPECT_FALSE(rpc.log(1).end.has_value());
}

TEST_F(BadCall, EmptyData) {
  ExpectChannelEnds({DataFrame(0, "")}, OwnRow(v1::STREAMPAIR_CODE_MALFORMED_MESSAGE));
}

TEST_F(BadCall, AFrameWithoutContent) {
  ExpectChannelEnds({v1::ClientFrame()}, OwnRow(v1::STREAMPAIR_CODE_MALFORMED_MESSAGE));
}

TEST_F(BadCall, AnAttachWithoutAPair) {
  v1::ClientFrame attach;
  attach.mutable_attach();
  TransferClient rpc(server_.stub());
  rpc.Send({attach});
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(Invalid()));
  EXPECT_THAT(rpc.Leave(), IsStatus(Invalid()));
}

TEST_F(BadCall, AMessageOverTheLimit) {
  ExpectChannelEnds({DataFrame(0, std::string(5 << 20, 'x'))},
                    OwnRow(v1::STREAMPAIR_CODE_MESSAGE_TOO_LARGE));
}

TEST_F(BadCall, AMessageOverGrpcsOwnLimit) {
  // gRPC itself answers, without details.
  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(0, name_)});
  rpc.AwaitReady();
  rpc.Send({DataFrame(0, std::string(9 << 20, 'x'))});
  EXPECT_EQ(rpc.AwaitStatus().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::StreamPairSpec spec = HeldSpecTo(80);
  (*spec.mutable_labels())["big"] = std::string(9 << 20, 'x');
  EXPECT_EQ(calls_.Create(spec).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(server_.Pairs(), 1);
}

// After a finish the write half is over, so that these pairs are not as they were: their own fault,
// and not that of the frame that came too late.
class AfterFinish : public ::testing::Test {
 protected:
  void ExpectFinishedOnce(const v1::ClientFrame& late) {
    TcpTarget target([](TargetConnection& connection) {
      EXPECT_EQ(connection.ReadToEnd(), "hello");
      EXPECT_EQ(connection.end(), TargetEnd::kFin);
      connection.Hold();
    });
    ServerProcess server;
    Calls calls(server.stub());
    const std::string name = calls.MakePair(HeldSpecTo(target.port()));
    TransferClient rpc(server.stub());
    rpc.Send({AttachTo(0, name), DataFrame(0, "hello"), FinishFrame(0)});
    ASSERT_TRUE(
        WaitUntil([&] { return calls.Get(name).pair.write_status() == v1::STREAM_STATUS_AT_END; }));
    const v1::StreamPair before = calls.Get(name).pair;
    rpc.Send({late});
    const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_AFTER_FINISH);
    EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
    EXPECT_TRUE(rpc.AwaitEnd().held());
    EXPECT_THAT(rpc.Leave(), IsStatus(row));
    ASSERT_TRUE(WaitUntil([&] { return !calls.Get(name).pair.read_attached(); }));
    v1::StreamPair after = calls.Get(name).pair;
    EXPECT_EQ(after.read_status(), v1::STREAM_STATUS_OPEN);
    EXPECT_EQ(after.write_status(), v1::STREAM_STATUS_AT_END);
    EXPECT_EQ(after.bytes_written(), before.bytes_written());
    EXPECT_FALSE(after.has_error());
  }
};

TEST_F(AfterFinish, Data) { ExpectFinishedOnce(DataFrame(0, "more")); }

TEST_F(AfterFinish, AnotherFinish) { ExpectFinishedOnce(FinishFrame(0)); }

}  // namespace
}  // namespace streampair::testing
