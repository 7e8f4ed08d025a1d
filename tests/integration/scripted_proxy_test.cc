// Proxies that say what real ones never do, byte by byte; and what may never be seen of a login.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "streampair/v1/property.pb.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

using namespace std::string_literals;  // NOLINT: bytes with zeros in them.

constexpr char kPassword[] = "open-sesame";

// One message of the client, by its length, and what is answered to it.
struct Step {
  size_t hears;
  std::string says;
};
using Script = std::vector<Step>;

// What follows the script.
enum class Then { kEcho, kClose, kReset, kSilence };

TcpTarget::Handler Play(Script script, Then then, bool bytewise = false) {
  return [script = std::move(script), then, bytewise](TargetConnection& connection) {
    for (const Step& step : script) {
      if (connection.ReadExactly(step.hears).size() < step.hears) return;
      const size_t piece = bytewise ? 1 : std::max<size_t>(step.says.size(), 1);
      for (size_t at = 0; at < step.says.size(); at += piece) {
        if (!connection.Write(absl::string_view(step.says).substr(at, piece))) return;
      }
    }
    switch (then) {
      case Then::kEcho:
        return Echo(connection);
      case Then::kClose:
        connection.Finish();
        connection.ReadToEnd();
        return;
      case Then::kReset:
        return connection.Reset();
      case Then::kSilence:
        connection.ReadToEnd();
        return;
    }
  };
}

// The lengths of what the client says: with a login of "user" and kPassword, to 192.0.2.7:80.
constexpr size_t kGreeting = 3;
constexpr size_t kGreetingWithLogin = 4;
constexpr size_t kLoginBytes = 1 + 1 + 4 + 1 + sizeof(kPassword) - 1;
constexpr size_t kRequest = 10;
constexpr size_t kSocks4Request = 9;
const std::string& Granted5() {
  static const std::string reply = "\5\0\0\1\xc0\0\2\x09\x04\x38"s;
  return reply;
}
const std::string& Granted4() {
  static const std::string reply = "\0\x5a\0\0\0\0\0\0"s;
  return reply;
}

enum class Kind { kSocks4, kSocks5, kLogin, kHttp };

// "SOCKS/5/5 retryable": what a caller branches on.
std::string Text(const v1::StreamError& error) {
  return absl::StrCat(v1::ErrorDomain_Name(error.domain()).substr(13), "/", error.subdomain(), "/",
                      error.code(), error.retryable() ? " retryable" : " final");
}

class ScriptedProxy : public ::testing::Test {
 protected:
  static v1::StreamPairSpec Through(int port, Kind kind,
                                    absl::Duration limit = absl::ZeroDuration()) {
    v1::StreamPairSpec spec = SpecTo(80, "192.0.2.7");
    if (kind == Kind::kHttp) {
      auto& http = *spec.add_properties()->mutable_proxy_chain()->add_hops()->mutable_http();
      http.set_host("127.0.0.1");
      http.set_port(port);
    } else {
      v1::SocksProxy& socks = *spec.add_properties()->mutable_socks_proxy();
      socks.set_host("127.0.0.1");
      socks.set_port(port);
      if (kind == Kind::kSocks4) socks.set_version(v1::SOCKS_VERSION_4);
      if (kind == Kind::kLogin) {
        socks.set_user("user");
        socks.set_password(kPassword);
      }
    }
    if (limit > absl::ZeroDuration()) {
      *spec.add_properties()->mutable_timeouts()->mutable_handshake() = ToProto(limit);
    }
    return spec;
  }

  // How a pair through a proxy that plays this fails.
  std::string FailureOf(Kind kind, Script script, Then then = Then::kSilence,
                        absl::Duration limit = absl::ZeroDuration()) {
    TcpTarget proxy(Play(std::move(script), then));
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, Through(proxy.port(), kind, limit)), DataFrame(0, "early")});
    const v1::End end = rpc.AwaitEnd();
    EXPECT_TRUE(end.has_error());
    EXPECT_EQ(end.error().stage(), v1::ERROR_STAGE_PROXY) << end.ShortDebugString();
    EXPECT_EQ(end.error().address(), proxy.address()) << end.ShortDebugString();
    EXPECT_FALSE(absl::StrContains(end.ShortDebugString(), kPassword));
    EXPECT_FALSE(absl::StrContains(rpc.log().order, 'D')) << "no byte of a handshake is shown";
    rpc.HalfClose();
    EXPECT_EQ(rpc.AwaitStatus().error_code(), end.error().retryable()
                                                  ? grpc::StatusCode::UNAVAILABLE
                                                  : grpc::StatusCode::FAILED_PRECONDITION);
    return Text(end.error());
  }

  // A pair through a proxy that plays this carries bytes, the proxy's `first` before all others.
  void ExpectCarries(Kind kind, Script script, const std::string& first, bool bytewise = false) {
    TcpTarget proxy(Play(std::move(script), Then::kEcho, bytewise));
    TransferClient rpc(server_.stub());
    rpc.Send(
        {AttachNew(0, Through(proxy.port(), kind)), DataFrame(0, "early"), WindowFrame(0, 65536)});
    EXPECT_EQ(rpc.AwaitData(0, first.size() + 5), first + "early");
    rpc.Send({FinishFrame(0)});
    EXPECT_FALSE(rpc.AwaitEnd().has_error());
    EXPECT_THAT(rpc.Leave(), IsOk());
  }

  ServerProcess server_;
};

TEST_F(ScriptedProxy, EveryReplyOfSocks5) {
  const std::vector<std::pair<int, std::string>> replies = {
      {1, "retryable"}, {2, "final"}, {3, "retryable"}, {4, "retryable"}, {5, "retryable"},
      {6, "retryable"}, {7, "final"}, {8, "final"},     {9, "final"},     {200, "final"}};
  for (const auto& [reply, retry] : replies) {
    EXPECT_EQ(FailureOf(Kind::kSocks5,
                        {{kGreeting, "\5\0"s}, {kRequest, "\5"s + static_cast<char>(reply)}}),
              absl::StrCat("SOCKS/5/", reply, " ", retry));
  }
}

TEST_F(ScriptedProxy, EveryCodeOfSocks4) {
  for (const int code : {0, 89, 91, 92, 93, 255}) {
    EXPECT_EQ(FailureOf(Kind::kSocks4, {{kSocks4Request, "\0"s + static_cast<char>(code)}}),
              absl::StrCat("SOCKS/2/", code, code == 91 ? " retryable" : " final"));
  }
}

TEST_F(ScriptedProxy, WrongVersionsInEachMessage) {
  EXPECT_EQ(FailureOf(Kind::kSocks5, {{kGreeting, "\4"s}}), "SOCKS/1/4 final");
  EXPECT_EQ(FailureOf(Kind::kSocks5, {{kGreeting, "\5\0"s}, {kRequest, "\0"s}}), "SOCKS/1/0 final");
  EXPECT_EQ(FailureOf(Kind::kSocks4, {{kSocks4Request, "\5"s}}), "SOCKS/1/5 final");
  EXPECT_EQ(FailureOf(Kind::kSocks5, {{kGreeting, "HTTP/1.1 400"s}}), "SOCKS/1/72 final");
  // That of a login's answer is not looked at: there are proxies that send a 5.
  ExpectCarries(Kind::kLogin,
                {{kGreetingWithLogin, "\5\2"s}, {kLoginBytes, "\5\0"s}, {kRequest, Granted5()}},
                "");
}

TEST_F(ScriptedProxy, MethodsAndLogins) {
  for (const int method : {1, 2, 3, 254, 255}) {
    EXPECT_EQ(FailureOf(Kind::kSocks5, {{kGreeting, "\5"s + static_cast<char>(method)}}),
              absl::StrCat("SOCKS/4/", method, " final"));
  }
  EXPECT_EQ(FailureOf(Kind::kLogin, {{kGreetingWithLogin, "\5\1"s}}), "SOCKS/4/1 final");
  for (const int status : {1, 2, 255}) {
    EXPECT_EQ(FailureOf(Kind::kLogin, {{kGreetingWithLogin, "\5\2"s},
                                       {kLoginBytes, "\1"s + static_cast<char>(status)}}),
              absl::StrCat("SOCKS/3/", status, " final"));
  }
}

TEST_F(ScriptedProxy, AddressesInTheReply) {
  for (const int type : {0, 2, 5, 255}) {
    EXPECT_EQ(FailureOf(Kind::kSocks5,
                        {{kGreeting, "\5\0"s}, {kRequest, "\5\0\0"s + static_cast<char>(type)}}),
              "SOCKS/0/1 final");
  }
  for (const std::string& address :
       {"\3\0\0\0"s, "\3\xff"s + std::string(255, '\n') + "\0\1"s, "\4"s + std::string(18, '\1')}) {
    ExpectCarries(Kind::kSocks5, {{kGreeting, "\5\0"s}, {kRequest, "\5\0\0"s + address}}, "");
  }
}

TEST_F(ScriptedProxy, OneByteAtATime) {
  ExpectCarries(Kind::kLogin,
                {{kGreetingWithLogin, "\5\2"s}, {kLoginBytes, "\1\0"s}, {kRequest, Granted5()}}, "",
                /*bytewise=*/true);
  ExpectCarries(Kind::kSocks4, {{kSocks4Request, Granted4()}}, "", /*bytewise=*/true);
  ExpectCarries(Kind::kHttp, {{1, "HTTP/1.0 200 OK\r\nA: b\r\n\r\n"}},
                "ONNECT 192.0.2.7:80 HTTP/1.1\r\nHost: 192.0.2.7:80\r\n\r\n", /*bytewise=*/true);
}

TEST_F(ScriptedProxy, PayloadTogetherWithTheReply) {
  ExpectCarries(Kind::kSocks5, {{kGreeting, "\5\0"s}, {kRequest, Granted5() + "first words "}},
                "first words ");
  ExpectCarries(Kind::kSocks4, {{kSocks4Request, Granted4() + "first words "}}, "first words ");
  const std::string large(100000, 'x');  // More than the handshake reads at once.
  TcpTarget proxy(Play({{kGreeting, "\5\0"s}, {kRequest, Granted5() + large}}, Then::kClose));
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.grant_window = 262144});
  rpc.Send(
      {WithWindow(AttachNew(0, Through(proxy.port(), Kind::kSocks5)), 262144), FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_TRUE(rpc.log().data == large);
}

TEST_F(ScriptedProxy, EndsAtEachStep) {
  const std::vector<std::pair<Kind, Script>> scripts = {
      {Kind::kSocks5, {{kGreeting, ""}}},
      {Kind::kSocks5, {{kGreeting, "\5"s}}},
      {Kind::kSocks5, {{kGreeting, "\5\0"s}, {kRequest, ""}}},
      {Kind::kSocks5, {{kGreeting, "\5\0"s}, {kRequest, "\5\0\0\3\x10 cut"s}}},
      {Kind::kLogin, {{kGreetingWithLogin, "\5\2"s}, {kLoginBytes, ""}}},
      {Kind::kLogin, {{kGreetingWithLogin, "\5\2"s}, {kLoginBytes, "\1"s}}},
      {Kind::kSocks4, {{kSocks4Request, ""}}},
      {Kind::kSocks4, {{kSocks4Request, "\0\x5a\0"s}}},
      {Kind::kHttp, {{10, ""}}},
      {Kind::kHttp, {{10, "HTTP/1.1 200 OK\r\nA: "}}},
  };
  for (size_t i = 0; i < scripts.size(); ++i) {
    SCOPED_TRACE(i);
    const auto& [kind, script] = scripts[i];
    EXPECT_EQ(FailureOf(kind, script, Then::kClose), "POSIX/0/107 retryable");
    EXPECT_EQ(FailureOf(kind, script, Then::kReset), "POSIX/0/104 retryable");
    EXPECT_EQ(FailureOf(kind, script, Then::kSilence, absl::Milliseconds(50)),
              "POSIX/0/110 retryable");
  }
}

TEST_F(ScriptedProxy, GarbageWithoutEnd) {
  const std::string garbage(1 << 20, 'g');
  EXPECT_EQ(FailureOf(Kind::kSocks5, {{kGreeting, garbage}}), "SOCKS/1/103 final");
  EXPECT_EQ(FailureOf(Kind::kSocks4, {{kSocks4Request, garbage}}), "SOCKS/1/103 final");
  EXPECT_EQ(FailureOf(Kind::kHttp, {{10, garbage}}), "HTTP/0/-1 final");
  EXPECT_EQ(FailureOf(Kind::kHttp, {{10, "HTTP/1.1 200 OK\r\nA: " + garbage}}), "HTTP/0/-1 final");
}

TEST_F(ScriptedProxy, HttpStatuses) {
  for (const auto& [status, retry] : std::vector<std::pair<int, std::string>>{{101, "final"},
                                                                              {302, "final"},
                                                                              {400, "final"},
                                                                              {403, "final"},
                                                                              {407, "final"},
                                                                              {429, "retryable"},
                                                                              {500, "retryable"},
                                                                              {502, "retryable"},
                                                                              {503, "retryable"},
                                                                              {504, "retryable"},
                                                                              {599, "final"}}) {
    EXPECT_EQ(FailureOf(Kind::kHttp, {{10, absl::StrCat("HTTP/1.1 ", status, " No\r\n")}}),
              absl::StrCat("HTTP/0/", status, " ", retry));
  }
}

TEST_F(ScriptedProxy, ALoginIsSeenByNobodyElse) {
  TcpTarget proxy(
      Play({{kGreetingWithLogin, "\5\2"s}, {kLoginBytes, "\1\0"s}, {kRequest, Granted5()}},
           Then::kEcho));
  Calls calls(server_.stub());
  v1::StreamPairSpec spec = Through(proxy.port(), Kind::kLogin);
  *spec.mutable_hold_timeout() = ToProto(absl::Minutes(1));
  const std::string name = calls.MakePair(spec);
  EXPECT_THAT(calls.Open(name, v1::HALF_BOTH, v1::OPEN_WAIT_READY).status, IsOk());
  grpc::ClientContext context;
  v1::GetPropertyRequest request;
  request.set_name(name);
  request.set_key(v1::PROPERTY_KEY_SOCKS_PROXY);
  v1::GetPropertyResponse response;
  ASSERT_THAT(server_.stub().GetProperty(&context, request, &response), IsOk());
  EXPECT_EQ(response.property().socks_proxy().user(), "user");
  EXPECT_EQ(response.property().socks_proxy().password(), "");
  EXPECT_FALSE(absl::StrContains(calls.Get(name).pair.ShortDebugString(), kPassword));
  EXPECT_THAT(calls.Delete(name), IsOk());
  EXPECT_FALSE(absl::StrContains(server_.process().Output(), kPassword));
}

TEST_F(ScriptedProxy, SetsAreRefusedWithAReason) {
  TcpTarget proxy(Play({{kGreeting, "\5\0"s}, {kRequest, Granted5()}}, Then::kEcho));
  Calls calls(server_.stub());
  const std::string name = calls.MakePair(HeldSpecTo(proxy.port()));  // To 127.0.0.1.
  v1::Property property;
  property.mutable_socks_proxy()->set_host("127.0.0.1");
  const grpc::Status bypassed = calls.SetProperty(name, property);
  EXPECT_THAT(bypassed, IsStatus(OwnRow(v1::STREAMPAIR_CODE_INVALID_REQUEST)));
  EXPECT_TRUE(absl::StrContains(bypassed.error_message(), "proxy_loopback"));
  property.mutable_socks_proxy()->set_proxy_loopback(true);
  EXPECT_THAT(calls.SetProperty(name, property), IsOk());

  property.mutable_socks_proxy()->set_version(static_cast<v1::SocksVersion>(6));
  EXPECT_THAT(calls.SetProperty(name, property),
              IsStatus({grpc::StatusCode::INVALID_ARGUMENT, v1::ERROR_DOMAIN_SOCKS, 3,
                        "kCFStreamErrorSOCKSUnknownClientVersion", v1::ERROR_STAGE_REQUEST,
                        v1::ERROR_REASON_HTTP_REQUEST_ERROR, false}));

  v1::Property none;
  none.set_null(v1::PROPERTY_KEY_SOCKS_PROXY);
  EXPECT_THAT(calls.SetProperty(name, none), IsOk());
  EXPECT_THAT(calls.Open(name).status, IsOk());
  property.mutable_socks_proxy()->set_version(v1::SOCKS_VERSION_5);
  EXPECT_THAT(calls.SetProperty(name, property),
              IsStatus({grpc::StatusCode::FAILED_PRECONDITION, v1::ERROR_DOMAIN_SOCKS, 2,
                        "kCFStreamErrorSOCKS5BadState", v1::ERROR_STAGE_REQUEST,
                        v1::ERROR_REASON_HTTP_REQUEST_ERROR, false}));
}

TEST_F(ScriptedProxy, DeletingAPairEndsItsHandshake) {
  TcpTarget proxy(Play({{kGreeting, ""}}, Then::kSilence));
  Calls calls(server_.stub());
  v1::StreamPairSpec spec = Through(proxy.port(), Kind::kSocks5);
  *spec.mutable_hold_timeout() = ToProto(absl::Minutes(1));
  const std::string name = calls.MakePair(spec);
  const PairAnswer opened = calls.Open(name, v1::HALF_BOTH, v1::OPEN_WAIT_CONNECTED);
  EXPECT_THAT(opened.status, IsOk());
  EXPECT_EQ(opened.pair.read_status(), v1::STREAM_STATUS_OPEN);
  EXPECT_FALSE(opened.pair.has_ready_time());
  EXPECT_THAT(calls.Delete(name), IsOk());
  EXPECT_EQ(server_.Pairs(), 0);
}

}  // namespace
}  // namespace streampair::testing
