// Every failure from a real cause, wherever a caller can see it: in the end frame, in the status,
// in the pair's state.
#include <netdb.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/mailbox.h"
#include "tests/harness/peers.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

using grpc::StatusCode;

constexpr bool kRetryable = true;
constexpr bool kFinal = false;

v1::StreamPairSpec WithTimeouts(v1::StreamPairSpec spec, absl::Duration connect,
                                absl::Duration unacknowledged = absl::ZeroDuration()) {
  v1::Timeouts& timeouts = *spec.add_properties()->mutable_timeouts();
  *timeouts.mutable_connect() = ToProto(connect);
  if (unacknowledged > absl::ZeroDuration()) {
    *timeouts.mutable_unacknowledged() = ToProto(unacknowledged);
  }
  return spec;
}

ErrorRow Posix(StatusCode status, int code, const std::string& symbol, v1::ErrorStage stage,
               v1::ErrorReason reason, bool retryable) {
  return {status, v1::ERROR_DOMAIN_POSIX, code, symbol, stage, reason, retryable};
}

ErrorRow NetDb(StatusCode status, int code, const std::string& symbol, v1::ErrorReason reason,
               bool retryable) {
  return {status,   v1::ERROR_DOMAIN_NET_DB, code, symbol, v1::ERROR_STAGE_RESOLVE, reason,
          retryable};
}

// Asserts that an open of `spec` fails with `row` at `address`, by each way to open a pair.
void ExpectOpenFails(ServerProcess& server, const v1::StreamPairSpec& spec, const ErrorRow& row,
                     const std::string& address) {
  {
    SCOPED_TRACE("made by an attach frame");
    TransferClient rpc(server.stub());
    rpc.Send({AttachNew(0, spec), DataFrame(0, "early")});
    const v1::End end = rpc.AwaitEnd();
    EXPECT_THAT(end.error(), IsStreamErrorAt(row, address));
    EXPECT_FALSE(end.held());
    EXPECT_EQ(end.bytes_read(), 0);
    EXPECT_EQ(end.bytes_written(), 0);
    EXPECT_THAT(rpc.Leave(), IsStatusAt(row, address));
  }
  v1::StreamPairSpec held = spec;
  *held.mutable_hold_timeout() = ToProto(absl::Minutes(5));
  Calls calls(server.stub());
  const std::string name = calls.MakePair(held);
  {
    SCOPED_TRACE("opened by OpenStream");
    EXPECT_THAT(calls.Open(name).status, IsStatusAt(row, address));
    const PairAnswer after = calls.Get(name);
    ASSERT_THAT(after.status, IsOk());
    EXPECT_EQ(after.pair.read_status(), v1::STREAM_STATUS_ERROR);
    EXPECT_EQ(after.pair.write_status(), v1::STREAM_STATUS_ERROR);
    EXPECT_THAT(after.pair.error(), IsStreamErrorAt(row, address));
    if (row.stage == v1::ERROR_STAGE_CONNECT) {
      ASSERT_EQ(after.pair.attempts_size(), 1);
      EXPECT_EQ(after.pair.attempts(0).address(), address);
      EXPECT_EQ(after.pair.attempts(0).error().code(), row.code);
    }
  }
  {
    SCOPED_TRACE("asked again: a failure stays");
    TransferClient rpc(server.stub());
    rpc.Send({AttachTo(0, name)});
    EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamErrorAt(row, address));
    EXPECT_THAT(rpc.Leave(), IsStatusAt(row, address));
    EXPECT_THAT(calls.Read(name).status, IsStatusAt(row, address));
    EXPECT_THAT(calls.Write(name, {"x"}, false).status, IsStatusAt(row, address));
  }
  EXPECT_THAT(calls.Delete(name), IsOk());
}

TEST(ErrorsOnWire, Refused) {
  ServerProcess server;
  ClosedPort target;
  ExpectOpenFails(server, SpecTo(target.port()),
                  Posix(StatusCode::UNAVAILABLE, ECONNREFUSED, "ECONNREFUSED",
                        v1::ERROR_STAGE_CONNECT, v1::ERROR_REASON_CONNECTION_REFUSED, kRetryable),
                  target.address());
}

TEST(ErrorsOnWire, Unreachable) {
  ServerProcess server;
  ExpectOpenFails(
      server, SpecTo(9, "255.255.255.255"),
      Posix(StatusCode::UNAVAILABLE, ENETUNREACH, "ENETUNREACH", v1::ERROR_STAGE_CONNECT,
            v1::ERROR_REASON_DESTINATION_IP_UNROUTABLE, kRetryable),
      "255.255.255.255:9");
}

ErrorRow ConnectTimedOut() {
  return Posix(StatusCode::UNAVAILABLE, ETIMEDOUT, "ETIMEDOUT", v1::ERROR_STAGE_CONNECT,
               v1::ERROR_REASON_CONNECTION_TIMEOUT, kRetryable);
}

TEST(ErrorsOnWire, TimedOutByTheKernel) {
  ServerProcess server;
  FullBacklog target;
  const absl::Time begin = absl::Now();
  ExpectOpenFails(server, WithTimeouts(SpecTo(target.port()), absl::Seconds(30), absl::Seconds(1)),
                  ConnectTimedOut(), target.address());
  EXPECT_GE(absl::Now() - begin, absl::Seconds(2)) << "twice a second";
  EXPECT_LT(absl::Now() - begin, absl::Seconds(25)) << "the deadline was not reached";
}

TEST(ErrorsOnWire, ConnectDeadline) {
  ServerProcess server;
  FullBacklog target;
  ExpectOpenFails(server, WithTimeouts(SpecTo(target.port()), absl::Milliseconds(200)),
                  ConnectTimedOut(), target.address());
}

TEST(ErrorsOnWire, NameUnknown) {
  Dnsmasq dnsmasq;
  ServerProcess server({absl::StrCat("--dns-servers=", dnsmasq.address())});
  ExpectOpenFails(server, SpecTo(80, Dnsmasq::kUnknownName),
                  NetDb(StatusCode::FAILED_PRECONDITION, EAI_NONAME, "EAI_NONAME",
                        v1::ERROR_REASON_DNS_ERROR, kFinal),
                  "");
}

TEST(ErrorsOnWire, NameWithoutAddress) {
  Dnsmasq dnsmasq;
  ServerProcess server({absl::StrCat("--dns-servers=", dnsmasq.address())});
  ExpectOpenFails(server, SpecTo(80, Dnsmasq::kEmptyName),
                  NetDb(StatusCode::FAILED_PRECONDITION, EAI_NODATA, "EAI_NODATA",
                        v1::ERROR_REASON_DNS_ERROR, kFinal),
                  "");
}

TEST(ErrorsOnWire, NameServerSilent) {
  SilentDns silent;
  ServerProcess server({absl::StrCat("--dns-servers=", silent.address())});
  ExpectOpenFails(server, WithTimeouts(SpecTo(80, "good.test"), absl::Milliseconds(500)),
                  NetDb(StatusCode::UNAVAILABLE, EAI_AGAIN, "EAI_AGAIN",
                        v1::ERROR_REASON_DNS_TIMEOUT, kRetryable),
                  "");
}

// It has to prove by DNSSEC what it is told, and is told without proof: SERVFAIL.
TEST(ErrorsOnWire, NameServerFails) {
  Dnsmasq unsigned_zone({"local=/example/", "host-record=host.example,127.0.0.1"});
  const std::string key =
      ",20326,8,2,E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";
  Dnsmasq validating({"dnssec", absl::StrCat("trust-anchor=.", key),
                      absl::StrCat("trust-anchor=example", key),
                      absl::StrCat("server=127.0.0.1#", unsigned_zone.port())});
  ServerProcess server({absl::StrCat("--dns-servers=", validating.address())});
  ExpectOpenFails(server, SpecTo(80, "host.example"),
                  NetDb(StatusCode::UNAVAILABLE, EAI_AGAIN, "EAI_AGAIN", v1::ERROR_REASON_DNS_ERROR,
                        kRetryable),
                  "");
}

TEST(ErrorsOnWire, AGoodNameLeadsThere) {
  Dnsmasq dnsmasq;
  ServerProcess server({absl::StrCat("--dns-servers=", dnsmasq.address())});
  TcpTarget target(Echo);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port(), Dnsmasq::kGoodName)), DataFrame(0, "hello"),
            FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().data, "hello");
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST(ErrorsOnWire, TheLastAddressNamesTheFailureAndAllAttemptsAreKept) {
  ServerProcess server;
  ClosedPort target;
  v1::StreamPairSpec spec = HeldSpecTo(target.port(), absl::Minutes(5));
  spec.mutable_target()->mutable_host()->clear_name();
  spec.mutable_target()->mutable_host()->add_addresses("255.255.255.255");
  spec.mutable_target()->mutable_host()->add_addresses("127.0.0.1");
  Calls calls(server.stub());
  const std::string name = calls.MakePair(spec);
  EXPECT_EQ(DetailsOf(calls.Open(name).status).error->code(), ECONNREFUSED);
  const v1::StreamPair pair = calls.Get(name).pair;
  ASSERT_EQ(pair.attempts_size(), 2);
  EXPECT_EQ(pair.attempts(0).error().symbol(), "ENETUNREACH");
  EXPECT_EQ(pair.attempts(1).error().symbol(), "ECONNREFUSED");
  EXPECT_EQ(pair.attempts(1).address(), target.address());
}

class Midstream : public ::testing::Test {
 protected:
  // Says "some" and resets when it has got something.
  TcpTarget target_{[](TargetConnection& connection) {
    connection.Write("some");
    connection.ReadExactly(1);
    connection.Reset();
  }};
  const ErrorRow reset_ =
      Posix(StatusCode::ABORTED, ECONNRESET, "ECONNRESET", v1::ERROR_STAGE_STREAM,
            v1::ERROR_REASON_CONNECTION_TERMINATED, kFinal);
  ServerProcess server_;
};

TEST_F(Midstream, ResetByTheTarget) {
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target_.port()))});
  EXPECT_EQ(rpc.AwaitData(0, 4), "some");
  rpc.Send({DataFrame(0, "x")});
  const v1::End end = rpc.AwaitEnd();
  EXPECT_THAT(end.error(), IsStreamError(reset_));
  EXPECT_EQ(end.bytes_read(), 4);
  EXPECT_LE(end.bytes_written(),
            1);  // The reset may overtake the count of the write that caused it.
  EXPECT_FALSE(end.held());
  EXPECT_FALSE(rpc.log().finish.has_value()) << "a reset is no finish";
  EXPECT_THAT(rpc.Leave(), IsStatus(reset_));
}

TEST_F(Midstream, ResetByTheTargetOfAHeldPair) {
  Calls calls(server_.stub());
  const std::string name = calls.MakePair(HeldSpecTo(target_.port()));
  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(0, name)});
  EXPECT_EQ(rpc.AwaitData(0, 4), "some");
  rpc.Send({DataFrame(0, "x")});
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(reset_));
  EXPECT_TRUE(rpc.AwaitEnd().held());
  EXPECT_THAT(rpc.Leave(), IsStatus(reset_));
  const PairAnswer after = calls.Get(name);
  EXPECT_EQ(after.pair.read_status(), v1::STREAM_STATUS_ERROR);
  EXPECT_EQ(after.pair.write_status(), v1::STREAM_STATUS_ERROR);
  EXPECT_THAT(after.pair.error(), IsStreamError(reset_));
  EXPECT_EQ(after.pair.bytes_read(), 4);
}

class Cancelled : public ::testing::Test {
 protected:
  // What an open that is under way comes to when `act` happens.
  void ExpectOpenCancelled(const std::function<void(const std::string& name)>& act) {
    const std::string name = calls_.MakePair(HeldSpecTo(target_.port()));
    Watcher watcher(server_.stub(), name, {v1::STREAM_EVENT_TYPE_RELEASED});
    std::thread opener([&] { EXPECT_THAT(calls_.Open(name).status, IsStatus(row_)); });
    EXPECT_TRUE(WaitUntil(
        [&] { return calls_.Get(name).pair.read_status() == v1::STREAM_STATUS_OPENING; }));
    act(name);
    opener.join();
    watcher.Next();
    EXPECT_THAT(calls_.Get(name).status, IsStatus(OwnRow(v1::STREAMPAIR_CODE_PAIR_NOT_FOUND)));
  }

  const ErrorRow row_ = Posix(StatusCode::CANCELLED, ECANCELED, "ECANCELED",
                              v1::ERROR_STAGE_CONNECT, v1::ERROR_REASON_UNSPECIFIED, kFinal);
  FullBacklog target_;
  ServerProcess server_;
  Calls calls_{server_.stub()};
};

TEST_F(Cancelled, ByDelete) {
  ExpectOpenCancelled(
      [this](const std::string& name) { EXPECT_THAT(calls_.Delete(name), IsOk()); });
}

TEST_F(Cancelled, ByClose) {
  ExpectOpenCancelled(
      [this](const std::string& name) { EXPECT_THAT(calls_.Close(name).status, IsOk()); });
}

TEST_F(Cancelled, WhileATransferIsAttached) {
  const std::string name = calls_.MakePair(HeldSpecTo(target_.port()));
  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(0, name), DataFrame(0, "early")});
  rpc.AwaitAttached();
  EXPECT_THAT(calls_.Delete(name), IsOk());
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row_));
  EXPECT_FALSE(rpc.AwaitEnd().held());
  EXPECT_THAT(rpc.Leave(), IsStatus(row_));
}

TEST_F(Cancelled, ADeletedOpenPairTellsItsClient) {
  TcpTarget echo(Echo);
  const std::string name = calls_.MakePair(HeldSpecTo(echo.port()));
  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(0, name), DataFrame(0, "hello")});
  rpc.AwaitData(0, 5);
  EXPECT_THAT(calls_.Delete(name), IsOk());
  const ErrorRow released = OwnRow(v1::STREAMPAIR_CODE_PAIR_RELEASED);
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(released));
  EXPECT_THAT(rpc.Leave(), IsStatus(released));
}

}  // namespace
}  // namespace streampair::testing
