// Pairs through real proxies: bytes arrive whole, and each way in which the proxy fails has its
// triple.
#include <openssl/ssl.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "streampair/v1/property.pb.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/pattern.h"
#include "tests/harness/private_machine.h"
#include "tests/harness/proxies.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/tls_peer.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

using grpc::StatusCode;
using ::testing::AnyOf;

const bool kNamespaces = NeedNamespaces();  // The proxies make their own.

constexpr uint64_t kBytes = 3 << 20;

// "SOCKS/5/5 PROXY retryable": what a caller branches on.
std::string Text(const v1::StreamError& error) {
  return absl::StrCat(v1::ErrorDomain_Name(error.domain()).substr(13), "/", error.subdomain(), "/",
                      error.code(), error.retryable() ? " retryable" : " final", " ",
                      v1::ErrorStage_Name(error.stage()).substr(12));
}

v1::ProxyHop SocksHop(int port, v1::SocksVersion version, const std::string& user = "",
                      const std::string& password = "") {
  v1::ProxyHop hop;
  hop.mutable_socks()->set_host("127.0.0.1");
  hop.mutable_socks()->set_port(port);
  hop.mutable_socks()->set_version(version);
  hop.mutable_socks()->set_user(user);
  hop.mutable_socks()->set_password(password);
  return hop;
}

v1::ProxyHop HttpHop(int port, const std::string& user = "", const std::string& password = "") {
  v1::ProxyHop hop;
  hop.mutable_http()->set_host("127.0.0.1");
  hop.mutable_http()->set_port(port);
  hop.mutable_http()->set_user(user);
  hop.mutable_http()->set_password(password);
  return hop;
}

class RealProxies : public ::testing::Test {
 protected:
  // A pair to that target, through these proxies.
  static v1::StreamPairSpec Through(const std::vector<v1::ProxyHop>& hops, int port,
                                    const std::string& host) {
    v1::StreamPairSpec spec = SpecTo(port, host);
    v1::ProxyChain& chain = *spec.add_properties()->mutable_proxy_chain();
    for (const v1::ProxyHop& hop : hops) *chain.add_hops() = hop;
    chain.set_proxy_loopback(true);
    spec.add_properties()->set_proxy_local_bypass(false);
    return spec;
  }

  // Sends bytes to an echo and gets them back. Only then it finishes: few proxies go on in one
  // direction when the other has ended.
  void ExpectCarries(const v1::StreamPairSpec& spec) {
    SCOPED_TRACE(spec.target().ShortDebugString());
    TransferClient rpc(server_.stub());
    rpc.Plan(0, {.grant_window = 262144, .upload = kBytes, .keep_data = false});
    rpc.Send({WithWindow(AttachNew(0, spec), 262144)});
    EXPECT_TRUE(rpc.Await(0, [](const ChannelLog& log) { return log.received >= kBytes; }))
        << rpc.Describe();
    rpc.Send({FinishFrame(0)});
    const v1::End end = rpc.AwaitEnd();
    EXPECT_FALSE(end.has_error()) << end.ShortDebugString();
    EXPECT_EQ(rpc.log().received, kBytes);
    EXPECT_EQ(rpc.log().digest.Hex(), PatternDigest(kBytes));
    EXPECT_THAT(rpc.Leave(), IsOk());
  }

  // By an IPv4 literal, by an IPv6 literal, and by names that only the proxy knows.
  void ExpectCarriesToEveryKind(const std::vector<v1::ProxyHop>& hops, bool ipv6 = true) {
    ExpectCarries(Through(hops, echo_.port(), "127.0.0.1"));
    ExpectCarries(Through(hops, echo_.port(), ProxyPeer::kIpv4Name));
    if (!ipv6) return;
    ExpectCarries(Through(hops, door_.port(), "::1"));
    ExpectCarries(Through(hops, door_.port(), ProxyPeer::kIpv6Name));
  }

  // The triple with which a pair to that target fails.
  std::string FailureOf(const std::vector<v1::ProxyHop>& hops, int port,
                        const std::string& host = "127.0.0.1") {
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, Through(hops, port, host)), DataFrame(0, "early")});
    const v1::End end = rpc.AwaitEnd();
    EXPECT_TRUE(end.has_error());
    EXPECT_FALSE(absl::StrContains(end.ShortDebugString(), "sesame"));
    EXPECT_FALSE(absl::StrContains(end.ShortDebugString(), "wrong"));
    const ChannelLog log = rpc.log();
    EXPECT_TRUE(!log.events.empty() &&
                log.events.front().type() == v1::STREAM_EVENT_TYPE_OPEN_COMPLETED)
        << "the proxy itself was connected to";
    rpc.HalfClose();
    const grpc::Status status = rpc.AwaitStatus();
    EXPECT_EQ(status.error_code(),
              end.error().retryable() ? StatusCode::UNAVAILABLE : StatusCode::FAILED_PRECONDITION);
    return Text(end.error());
  }
  std::string UnknownName(const std::vector<v1::ProxyHop>& hops) {
    return FailureOf(hops, 80, ProxyPeer::kUnknownName);
  }

  TcpTarget echo_{Echo};
  Ipv6Door door_{echo_.port()};
  ClosedPort closed_;
  ServerProcess server_;
};

TEST_F(RealProxies, DanteWithoutALogin) {
  Dante dante(/*login=*/false);
  const auto five = SocksHop(dante.port(), v1::SOCKS_VERSION_5);
  ExpectCarriesToEveryKind({five});
  EXPECT_EQ(FailureOf({five}, closed_.port()), "SOCKS/5/5 retryable PROXY");
  EXPECT_EQ(FailureOf({five}, ProxyPeer::kBlockedPort), "SOCKS/5/2 final PROXY");
  EXPECT_EQ(UnknownName({five}), "SOCKS/5/4 retryable PROXY");
  const auto four = SocksHop(dante.port(), v1::SOCKS_VERSION_4, "alice");
  ExpectCarries(Through({four}, echo_.port(), "127.0.0.1"));
  ExpectCarries(Through({four}, echo_.port(), "localhost"));
  EXPECT_EQ(FailureOf({four}, closed_.port()), "SOCKS/2/91 retryable PROXY");
  EXPECT_EQ(FailureOf({four}, ProxyPeer::kBlockedPort), "SOCKS/2/91 retryable PROXY");
  EXPECT_EQ(UnknownName({four}), "SOCKS/2/91 retryable PROXY");  // It does not know 4a.
}

TEST_F(RealProxies, DanteWithALogin) {
  Dante dante(/*login=*/true);
  ExpectCarriesToEveryKind(
      {SocksHop(dante.port(), v1::SOCKS_VERSION_5, ProxyPeer::kUser, ProxyPeer::kPassword)});
  EXPECT_EQ(
      FailureOf({SocksHop(dante.port(), v1::SOCKS_VERSION_5, "alice", "wrong")}, echo_.port()),
      "SOCKS/3/1 final PROXY");
  EXPECT_EQ(FailureOf({SocksHop(dante.port(), v1::SOCKS_VERSION_5)}, echo_.port()),
            "SOCKS/4/255 final PROXY");
}

TEST_F(RealProxies, Microsocks) {
  Microsocks plain(/*login=*/false);
  const auto hop = SocksHop(plain.port(), v1::SOCKS_VERSION_5);
  ExpectCarriesToEveryKind({hop});
  EXPECT_EQ(FailureOf({hop}, closed_.port()), "SOCKS/5/5 retryable PROXY");
  EXPECT_EQ(UnknownName({hop}), "SOCKS/5/1 retryable PROXY");

  Microsocks guarded(/*login=*/true);
  ExpectCarriesToEveryKind(
      {SocksHop(guarded.port(), v1::SOCKS_VERSION_5, ProxyPeer::kUser, ProxyPeer::kPassword)});
  EXPECT_EQ(
      FailureOf({SocksHop(guarded.port(), v1::SOCKS_VERSION_5, "alice", "wrong")}, echo_.port()),
      "SOCKS/3/2 final PROXY");
  EXPECT_EQ(FailureOf({SocksHop(guarded.port(), v1::SOCKS_VERSION_5)}, echo_.port()),
            "SOCKS/4/255 final PROXY");
}

TEST_F(RealProxies, SshDynamic) {
  SshDynamic ssh;
  const auto five = SocksHop(ssh.port(), v1::SOCKS_VERSION_5);
  ExpectCarriesToEveryKind({five});
  // Ssh just closes, whatever the reason.
  EXPECT_EQ(FailureOf({five}, closed_.port()), "POSIX/0/107 retryable PROXY");
  EXPECT_EQ(UnknownName({five}), "POSIX/0/107 retryable PROXY");
  const auto four = SocksHop(ssh.port(), v1::SOCKS_VERSION_4, "alice");
  ExpectCarriesToEveryKind({four}, /*ipv6=*/false);
  ExpectCarries(Through({four}, door_.port(), ProxyPeer::kIpv6Name));  // 4a: the proxy resolves.
  EXPECT_EQ(FailureOf({four}, door_.port(), "::1"), "POSIX/0/22 final PROXY");
  EXPECT_EQ(FailureOf({four}, closed_.port()), "POSIX/0/107 retryable PROXY");
}

TEST_F(RealProxies, Squid) {
  Squid squid;
  const auto hop = HttpHop(squid.port(), ProxyPeer::kUser, ProxyPeer::kPassword);
  ExpectCarriesToEveryKind({hop});
  EXPECT_EQ(FailureOf({hop}, closed_.port()), "HTTP/0/503 retryable PROXY");
  EXPECT_EQ(FailureOf({hop}, ProxyPeer::kBlockedPort), "HTTP/0/403 final PROXY");
  // 503 for a name that does not exist, 500 if no name server is there to say so.
  EXPECT_THAT(UnknownName({hop}),
              AnyOf("HTTP/0/503 retryable PROXY", "HTTP/0/500 retryable PROXY"));
  EXPECT_EQ(FailureOf({HttpHop(squid.port(), "alice", "wrong")}, echo_.port()),
            "HTTP/0/407 final PROXY");
  EXPECT_EQ(FailureOf({HttpHop(squid.port())}, echo_.port()), "HTTP/0/407 final PROXY");
}

TEST_F(RealProxies, Tinyproxy) {
  Tinyproxy plain(/*login=*/false);
  ExpectCarriesToEveryKind({HttpHop(plain.port())});
  EXPECT_EQ(FailureOf({HttpHop(plain.port())}, closed_.port()), "HTTP/0/500 retryable PROXY");
  EXPECT_EQ(UnknownName({HttpHop(plain.port())}), "HTTP/0/500 retryable PROXY");
  Tinyproxy guarded(/*login=*/true);
  ExpectCarriesToEveryKind({HttpHop(guarded.port(), ProxyPeer::kUser, ProxyPeer::kPassword)});
  EXPECT_EQ(FailureOf({HttpHop(guarded.port(), "alice", "wrong")}, echo_.port()),
            "HTTP/0/401 final PROXY");
  EXPECT_EQ(FailureOf({HttpHop(guarded.port())}, echo_.port()), "HTTP/0/407 final PROXY");
}

// TLS runs to the target after the proxy's handshake, and names are checked against the target.
TEST_F(RealProxies, TlsThroughThem) {
  const TlsNames names;
  const TestIdentity leaf = MakeCertificate({.subject = "leaf",
                                             .not_before = absl::Now() - absl::Hours(1),
                                             .not_after = absl::Now() + absl::Hours(1),
                                             .names = absl::StrCat("DNS:", ProxyPeer::kIpv4Name)},
                                            &names.root);
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer peer(connection, leaf);
    if (peer.ok()) peer.Write(peer.ReadExactly(5));
  });
  SshDynamic ssh;
  Microsocks microsocks(/*login=*/false);
  Tinyproxy http(/*login=*/false);
  for (const v1::ProxyHop& hop :
       {SocksHop(ssh.port(), v1::SOCKS_VERSION_4), SocksHop(microsocks.port(), v1::SOCKS_VERSION_5),
        HttpHop(http.port())}) {
    SCOPED_TRACE(hop.ShortDebugString());
    v1::SslContext context;
    context.add_trust_roots(names.root.der());
    v1::StreamPairSpec right = Through({hop}, target.port(), ProxyPeer::kIpv4Name);
    *right.add_properties()->mutable_ssl_context() = context;
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, right), DataFrame(0, "hello")});
    EXPECT_EQ(rpc.AwaitData(0, 5), "hello") << rpc.Describe();

    v1::StreamPairSpec wrong = Through({hop}, target.port(), "127.0.0.1");
    *wrong.add_properties()->mutable_ssl_context() = context;
    TransferClient refused(server_.stub());
    refused.Send({AttachNew(0, wrong), DataFrame(0, "hello")});
    EXPECT_EQ(Text(refused.AwaitEnd().error()), "SSL/0/-9843 final TLS");
  }
}

// OpenSSL behind each version of SOCKS and HTTP CONNECT, by name and by address.
TEST_F(RealProxies, OpensslBehindThem) {
  const TlsNames names;
  const TestIdentity leaf =
      MakeCertificate({.subject = "leaf",
                       .not_before = absl::Now() - absl::Hours(1),
                       .not_after = absl::Now() + absl::Hours(1),
                       .names = absl::StrCat("DNS:", ProxyPeer::kIpv4Name, ",IP:127.0.0.1")},
                      &names.root);
  OpensslServer openssl(leaf.pem(), leaf.key_pem(), {});
  SshDynamic ssh;
  Dante dante(/*login=*/false);
  Microsocks microsocks(/*login=*/true);
  Squid squid;
  Tinyproxy tinyproxy(/*login=*/false);
  const std::string name = ProxyPeer::kIpv4Name;
  const std::string address = "127.0.0.1";
  const std::pair<v1::ProxyHop, std::string> ways[] = {
      {SocksHop(ssh.port(), v1::SOCKS_VERSION_4), address},
      {SocksHop(dante.port(), v1::SOCKS_VERSION_4), address},
      {SocksHop(ssh.port(), v1::SOCKS_VERSION_4), name},  // 4a.
      {SocksHop(ssh.port(), v1::SOCKS_VERSION_5), name},
      {SocksHop(dante.port(), v1::SOCKS_VERSION_5), address},
      {SocksHop(microsocks.port(), v1::SOCKS_VERSION_5, ProxyPeer::kUser, ProxyPeer::kPassword),
       name},
      {HttpHop(squid.port(), ProxyPeer::kUser, ProxyPeer::kPassword), name},
      {HttpHop(tinyproxy.port()), address},
  };
  for (const v1::TlsVersion version : {v1::TLS_VERSION_1_2, v1::TLS_VERSION_1_3}) {
    for (const auto& [hop, host] : ways) {
      SCOPED_TRACE(absl::StrCat(host, " ", version, " ", hop.ShortDebugString()));
      v1::StreamPairSpec spec = Through({hop}, openssl.port(), host);
      v1::SslContext& context = *spec.add_properties()->mutable_ssl_context();
      context.add_trust_roots(names.root.der());
      context.set_max_version(version);
      TransferClient rpc(server_.stub());
      rpc.Send({AttachNew(0, spec), DataFrame(0, "hello\n")});
      EXPECT_EQ(rpc.AwaitData(0, 6), "olleh\n") << rpc.Describe();
      const ChannelLog log = rpc.log();
      ASSERT_GE(log.events.size(), 2u);
      EXPECT_EQ(log.events[log.events.size() - 2].tls_handshake_report().version(), version)
          << rpc.Describe();
      rpc.Send({FinishFrame(0)});
      EXPECT_FALSE(rpc.AwaitEnd().has_error()) << rpc.Describe();
    }
  }
}

TEST_F(RealProxies, ChainsOfThreeKinds) {
  Microsocks first(/*login=*/true);
  Tinyproxy second(/*login=*/true);
  Dante third(/*login=*/false);
  const auto one =
      SocksHop(first.port(), v1::SOCKS_VERSION_5, ProxyPeer::kUser, ProxyPeer::kPassword);
  const auto two = HttpHop(second.port(), ProxyPeer::kUser, ProxyPeer::kPassword);
  const auto three = SocksHop(third.port(), v1::SOCKS_VERSION_4);
  ExpectCarries(Through({one, two, three}, echo_.port(), "127.0.0.1"));
  ExpectCarries(Through({three, one, two}, door_.port(), ProxyPeer::kIpv6Name));
  // The error names the proxy that failed.
  EXPECT_EQ(FailureOf({one, HttpHop(second.port()), three}, echo_.port()),
            "HTTP/0/407 final PROXY");
  EXPECT_EQ(FailureOf({one, two, three}, closed_.port()), "SOCKS/2/91 retryable PROXY");
  EXPECT_EQ(FailureOf({one, HttpHop(closed_.port())}, echo_.port()), "SOCKS/5/5 retryable PROXY");
}

TEST_F(RealProxies, ThePairSaysWhoResolvedAndWhatWasBound) {
  Dante dante(/*login=*/false);
  Calls calls(server_.stub());
  const auto open = [&](v1::SocksVersion version, const std::string& host) {
    v1::StreamPairSpec spec = Through({SocksHop(dante.port(), version)}, echo_.port(), host);
    *spec.mutable_hold_timeout() = ToProto(absl::Minutes(1));
    const std::string name = calls.MakePair(spec);
    const PairAnswer answer = calls.Open(name, v1::HALF_BOTH, v1::OPEN_WAIT_READY);
    EXPECT_THAT(answer.status, IsOk());
    return answer.pair;
  };
  const auto remote = [&](const v1::StreamPair& pair) {
    grpc::ClientContext context;
    v1::GetPropertyRequest request;
    request.set_name(pair.name());
    request.set_key(v1::PROPERTY_KEY_SOCKET_REMOTE_HOST);
    v1::GetPropertyResponse response;
    EXPECT_THAT(server_.stub().GetProperty(&context, request, &response), IsOk());
    return response.property().socket_remote_host();
  };
  v1::StreamPair pair = open(v1::SOCKS_VERSION_5, ProxyPeer::kIpv4Name);
  EXPECT_EQ(pair.remote_address(), dante.address());
  ASSERT_EQ(pair.proxies_size(), 1);
  EXPECT_EQ(pair.proxies(0).proxy(), dante.address());
  EXPECT_EQ(pair.proxies(0).protocol(), v1::PROXY_PROTOCOL_SOCKS5);
  EXPECT_EQ(pair.proxies(0).target(), absl::StrCat("four.test:", echo_.port()));
  EXPECT_TRUE(pair.proxies(0).connected());
  EXPECT_TRUE(absl::StartsWith(pair.proxies(0).bound_address(), "127.0.0.1:"));
  EXPECT_TRUE(pair.has_ready_time());
  EXPECT_EQ(remote(pair).resolved_by(), v1::RESOLVED_BY_PROXY);
  EXPECT_EQ(remote(pair).connected_address(), "");

  pair = open(v1::SOCKS_VERSION_4, "localhost");
  EXPECT_EQ(pair.proxies(0).target(), absl::StrCat("127.0.0.1:", echo_.port()));
  EXPECT_EQ(remote(pair).resolved_by(), v1::RESOLVED_BY_SERVER);
  EXPECT_EQ(remote(pair).connected_address(), absl::StrCat("127.0.0.1:", echo_.port()));

  pair = open(v1::SOCKS_VERSION_5, "127.0.0.1");
  EXPECT_EQ(remote(pair).resolved_by(), v1::RESOLVED_BY_NOBODY);
}

}  // namespace
}  // namespace streampair::testing
