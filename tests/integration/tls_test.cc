// TLS to targets: OpenSSL's server, and peers in the test's own hands where exact control is
// needed.
#include <openssl/ssl.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/mailbox.h"
#include "tests/harness/pattern.h"
#include "tests/harness/peers.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/tls_peer.h"
#include "tests/harness/transfer_client.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

class Tls : public ::testing::Test {
 protected:
  v1::StreamPairSpec SecureSpecTo(int port, const v1::SslContext& context) {
    v1::StreamPairSpec spec = SpecTo(port, "localhost");
    spec.clear_target();
    spec.mutable_target()->mutable_host()->set_name("127.0.0.1");
    spec.mutable_target()->mutable_host()->set_port(port);
    *spec.add_properties()->mutable_ssl_context() = context;
    return spec;
  }

  v1::SslContext Trusting() {
    v1::SslContext context;
    context.add_trust_roots(names_.root.der());
    return context;
  }

  static v1::ClientFrame SetFrame(const v1::Property& property,
                                  std::optional<uint64_t> read_offset) {
    v1::ClientFrame frame;
    frame.mutable_set_property()->set_id(1);
    *frame.mutable_set_property()->mutable_property() = property;
    if (read_offset) frame.mutable_set_property()->set_read_offset(*read_offset);
    return frame;
  }

  v1::Property Read(const std::string& name, v1::PropertyKey key) {
    grpc::ClientContext context;
    v1::GetPropertyRequest request;
    request.set_name(name);
    request.set_key(key);
    v1::GetPropertyResponse response;
    EXPECT_THAT(server_.stub().GetProperty(&context, request, &response), IsOk());
    return response.property();
  }

  static ErrorRow TlsRow(int code, const std::string& symbol,
                         v1::ErrorReason reason = v1::ERROR_REASON_TLS_CERTIFICATE_ERROR,
                         bool retryable = false) {
    return {retryable ? grpc::StatusCode::UNAVAILABLE : grpc::StatusCode::FAILED_PRECONDITION,
            v1::ERROR_DOMAIN_SSL,
            code,
            symbol,
            v1::ERROR_STAGE_TLS,
            reason,
            retryable};
  }

  TlsNames names_;
  ServerProcess server_{{"--permit-key-log"}};
};

TEST_F(Tls, OpensslInEveryVersionAndWithEveryKey) {
  const std::pair<const char*, v1::TlsVersion> versions[] = {{"-tls1", v1::TLS_VERSION_1_0},
                                                             {"-tls1_1", v1::TLS_VERSION_1_1},
                                                             {"-tls1_2", v1::TLS_VERSION_1_2},
                                                             {"-tls1_3", v1::TLS_VERSION_1_3}};
  for (const TestKey key : {TestKey::kEcdsa, TestKey::kRsa2048, TestKey::kEd25519}) {
    const absl::Time now = absl::Now();
    const TestIdentity leaf = MakeCertificate({.subject = "leaf",
                                               .not_before = now - absl::Hours(1),
                                               .not_after = now + absl::Hours(1),
                                               .key = key,
                                               .names = "IP:127.0.0.1"},
                                              &names_.root);
    for (const auto& [option, version] : versions) {
      // OpenSSL has no Ed25519 before TLS 1.2.
      if (key == TestKey::kEd25519 && version < v1::TLS_VERSION_1_2) continue;
      SCOPED_TRACE(absl::StrCat(option, " key ", static_cast<int>(key)));
      OpensslServer openssl(leaf.pem(), leaf.key_pem(),
                            {option, "-cipher", "ALL:@SECLEVEL=0", "-alpn", "imap,pop3"});
      v1::SslContext context = Trusting();
      context.set_min_version(v1::TLS_VERSION_1_0);
      context.add_alpn_protocols("pop3");
      TransferClient rpc(server_.stub());
      rpc.Send({AttachNew(0, SecureSpecTo(openssl.port(), context)), DataFrame(0, "early\n")});
      EXPECT_EQ(rpc.AwaitData(0, 6), "ylrae\n") << rpc.Describe();
      const ChannelLog log = rpc.log();
      ASSERT_EQ(log.events.size(), 3u);
      EXPECT_EQ(log.events[0].type(), v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);
      EXPECT_EQ(log.events[1].type(), v1::STREAM_EVENT_TYPE_TLS_HANDSHAKE_COMPLETED);
      EXPECT_EQ(log.events[2].type(), v1::STREAM_EVENT_TYPE_READY);
      const v1::TlsHandshakeReport& report = log.events[1].tls_handshake_report();
      EXPECT_EQ(report.version(), version);
      EXPECT_EQ(report.alpn_protocol(), "pop3");
      EXPECT_NE(report.cipher_suite(), "");
      rpc.Send({FinishFrame(0)});
      EXPECT_FALSE(rpc.AwaitEnd().has_error()) << rpc.Describe();
      EXPECT_EQ(rpc.log().finish->kind(), v1::FINISH_KIND_CLOSE_NOTIFY);
      EXPECT_THAT(rpc.Leave(), IsOk());
    }
  }
}

TEST_F(Tls, OpensslVerifiesOurCertificate) {
  OpensslServer openssl(names_.leaf.pem(), names_.leaf.key_pem(),
                        {"-Verify", "2", "-verify_return_error", "-CAfile", "certificate.pem",
                         "-partial_chain", "-tls1_2"});
  // The server trusts its own certificate only, so that ours is refused; and none at all as well.
  v1::SslContext context = Trusting();
  {
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, SecureSpecTo(openssl.port(), context))});
    const v1::End end = rpc.AwaitEnd();
    EXPECT_THAT(end.error(), IsStreamError(TlsRow(-9824, "errSSLPeerHandshakeFail",
                                                  v1::ERROR_REASON_TLS_ALERT_RECEIVED)));
  }
  v1::DerIdentity* der = context.mutable_settings()->mutable_identity()->mutable_der();
  der->set_certificate(names_.client.der());
  der->set_private_key(names_.client.key_der());
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SecureSpecTo(openssl.port(), context))});
  EXPECT_EQ(rpc.AwaitEnd().error().domain(), v1::ERROR_DOMAIN_SSL) << rpc.Describe();
}

TEST_F(Tls, ARefusedCertificateIsTheContractsError) {
  OpensslServer openssl(names_.leaf.pem(), names_.leaf.key_pem(), {});
  v1::StreamPairSpec spec = SpecTo(openssl.port());
  spec.add_properties()->set_socket_security_level(v1::SECURITY_LEVEL_NEGOTIATED_SSL);
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, spec)});
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(TlsRow(-9813, "errSSLNoRootCert")));
  EXPECT_THAT(rpc.Leave(), IsStatus(TlsRow(-9813, "errSSLNoRootCert")));

  // The same with the switch for it.
  spec.mutable_properties(0)->mutable_ssl_settings()->set_allows_any_root(true);
  TransferClient lax(server_.stub());
  lax.Send({AttachNew(0, spec), DataFrame(0, "x\n")});
  EXPECT_EQ(lax.AwaitData(0, 2), "x\n");
}

TEST_F(Tls, LevelsThatNobodySpeaksFailBeforeAByteIsSent) {
  TcpTarget target([](TargetConnection& connection) { EXPECT_EQ(connection.ReadToEnd(), ""); });
  v1::StreamPairSpec spec = SpecTo(target.port());
  spec.add_properties()->set_socket_security_level(v1::SECURITY_LEVEL_SSL_V3);
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, spec), DataFrame(0, "not in clear")});
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(TlsRow(-9801, "errSSLNegotiation",
                                                           v1::ERROR_REASON_TLS_PROTOCOL_ERROR)));
}

TEST_F(Tls, ShowsPeerTrustAndReport) {
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer peer(connection, names_.leaf);
    EXPECT_TRUE(peer.ok());
    peer.ReadSome();
  });
  v1::SslContext context = Trusting();
  context.set_key_log(true);
  v1::StreamPairSpec spec = SecureSpecTo(target.port(), context);
  *spec.mutable_hold_timeout() = ToProto(absl::Minutes(1));
  Calls calls(server_.stub());
  const std::string name = calls.MakePair(spec);
  EXPECT_FALSE(Read(name, v1::PROPERTY_KEY_TLS_HANDSHAKE_REPORT).has_tls_handshake_report());
  EXPECT_THAT(calls.Open(name, v1::HALF_BOTH, v1::OPEN_WAIT_READY).status, IsOk());
  const v1::SslPeerCertificates certificates =
      Read(name, v1::PROPERTY_KEY_SSL_PEER_CERTIFICATES).ssl_peer_certificates();
  ASSERT_EQ(certificates.certificates_size(), 1);
  EXPECT_EQ(certificates.certificates(0), names_.leaf.der());
  const v1::SslPeerTrust trust = Read(name, v1::PROPERTY_KEY_SSL_PEER_TRUST).ssl_peer_trust();
  EXPECT_TRUE(trust.trusted());
  EXPECT_EQ(trust.verified_name(), "127.0.0.1");
  EXPECT_EQ(trust.verified_chain_size(), 2);
  const v1::TlsHandshakeReport report =
      Read(name, v1::PROPERTY_KEY_TLS_HANDSHAKE_REPORT).tls_handshake_report();
  EXPECT_EQ(report.version(), v1::TLS_VERSION_1_3);
  EXPECT_GE(report.key_log_size(), 4);
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL).socket_security_level(),
            v1::SECURITY_LEVEL_NEGOTIATED_SSL);
  const v1::SslContext back = Read(name, v1::PROPERTY_KEY_SSL_CONTEXT).ssl_context();
  EXPECT_EQ(back.trust_roots(0), names_.root.der());
  // Refused after the handshake.
  v1::Property level;
  level.set_socket_security_level(v1::SECURITY_LEVEL_NONE);
  EXPECT_THAT(calls.SetProperty(name, level), IsStatus(OwnRow(v1::STREAMPAIR_CODE_WRONG_STATE)));
  EXPECT_THAT(calls.Delete(name), IsOk());
}

TEST_F(Tls, ASetThatFailsLeavesTheOldOneInForce) {
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer peer(connection, names_.leaf);
    EXPECT_TRUE(peer.ok());
    peer.Write("over TLS");
  });
  v1::StreamPairSpec spec = SecureSpecTo(target.port(), Trusting());
  *spec.mutable_hold_timeout() = ToProto(absl::Minutes(1));
  Calls calls(server_.stub());
  const std::string name = calls.MakePair(spec);
  v1::Property bad;
  bad.mutable_ssl_settings()->mutable_identity()->set_pem("rubbish");
  EXPECT_EQ(calls.SetProperty(name, bad).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(0, name)});
  EXPECT_EQ(rpc.AwaitData(0, 8), "over TLS");
}

TEST_F(Tls, FourEndsAreFour) {
  enum class End { kCloseNotify, kFin, kReset, kBadRecord };
  for (const End how : {End::kCloseNotify, End::kFin, End::kReset, End::kBadRecord}) {
    TcpTarget target([&](TargetConnection& connection) {
      TlsPeer peer(connection, names_.leaf);
      peer.ReadExactly(2);
      peer.Write("last words");
      switch (how) {
        case End::kCloseNotify:
          peer.CloseNotify();
          connection.Finish();
          break;
        case End::kFin:
          connection.Finish();
          break;
        case End::kReset:
          peer.ReadExactly(2);  // The words have arrived.
          connection.Reset();
          return;
        case End::kBadRecord:
          connection.Write(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
          break;
      }
      connection.ReadToEnd();
    });
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, SecureSpecTo(target.port(), Trusting())), DataFrame(0, "hi")});
    EXPECT_EQ(rpc.AwaitData(0, 10), "last words");
    if (how == End::kCloseNotify || how == End::kFin) {
      rpc.AwaitFinish();
      EXPECT_EQ(rpc.log().finish->kind(),
                how == End::kFin ? v1::FINISH_KIND_TRUNCATED : v1::FINISH_KIND_CLOSE_NOTIFY);
      rpc.Send({FinishFrame(0)});
      EXPECT_FALSE(rpc.AwaitEnd().has_error());
      continue;
    }
    if (how == End::kReset) rpc.Send({DataFrame(0, "go")});
    const v1::StreamError error = rpc.AwaitEnd().error();
    EXPECT_EQ(error.stage(), v1::ERROR_STAGE_STREAM);
    EXPECT_EQ(error.domain(), how == End::kReset ? v1::ERROR_DOMAIN_POSIX : v1::ERROR_DOMAIN_SSL);
    EXPECT_EQ(error.code(), how == End::kReset ? ECONNRESET : -9846);
  }
}

// A mail server's way: clear words, then TLS on the same connection.
class StartTls : public Tls {
 protected:
  static v1::Property Setting(const v1::SslContext& context) {
    v1::Property property;
    *property.mutable_ssl_context() = context;
    return property;
  }

  // Greets, takes a line, answers with `answer`, and is a TLS server from there.
  TcpTarget::Handler Mail(const std::string& answer) {
    return [this, answer](TargetConnection& connection) {
      connection.Write("220 ready\r\n");
      EXPECT_EQ(connection.ReadExactly(10), "STARTTLS\r\n");
      connection.Write(answer);
      TlsPeer peer(connection, names_.leaf);
      if (!peer.ok()) return;
      const std::string line = peer.ReadExactly(6);
      peer.Write(absl::StrCat("250 ", line));
      peer.CloseNotify();
    };
  }
};

TEST_F(StartTls, InOrderWithTheData) {
  TcpTarget target(Mail("220 go\r\n"));
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  EXPECT_EQ(rpc.AwaitData(0, 11), "220 ready\r\n");
  rpc.Send({DataFrame(0, "STARTTLS\r\n")});
  EXPECT_EQ(rpc.AwaitData(0, 19), "220 ready\r\n220 go\r\n");
  // The data after the set may follow at once.
  rpc.Send({SetFrame(Setting(Trusting()), 19), DataFrame(0, "EHLO\r\n")});
  EXPECT_EQ(rpc.AwaitData(0, 29), "220 ready\r\n220 go\r\n250 EHLO\r\n") << rpc.Describe();
  ASSERT_EQ(rpc.log().results.size(), 1u);
  EXPECT_FALSE(rpc.log().results[0].has_error());
  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().finish->kind(), v1::FINISH_KIND_CLOSE_NOTIFY);
}

TEST_F(StartTls, ClearTextThatTheClientHasNotReadIsAnInjection) {
  TcpTarget target(Mail("220 go\r\n250 injected\r\n"));
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "STARTTLS\r\n")});
  rpc.AwaitData(0, 33);
  rpc.Send({SetFrame(Setting(Trusting()), 19)});
  ASSERT_TRUE(rpc.Await(0, [](const ChannelLog& log) { return log.results.size() == 1; }));
  const v1::StreamError error = rpc.log().results[0].error();
  EXPECT_EQ(error.code(), v1::STREAMPAIR_CODE_WRONG_STATE);
  EXPECT_THAT(error.message(), ::testing::HasSubstr("injection"));
}

TEST_F(StartTls, ClearTextBehindTheSetNeverReachesTheClient) {
  TcpTarget target([](TargetConnection& connection) {
    connection.Write("220 ready\r\n");
    connection.ReadExactly(1);  // The ClientHello has begun.
    connection.Write("250 injected\r\n");
    connection.ReadToEnd();
  });
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitData(0, 11);
  rpc.Send({SetFrame(Setting(Trusting()), 11)});
  EXPECT_THAT(rpc.AwaitEnd().error(),
              IsStreamError(TlsRow(-9800, "errSSLProtocol", v1::ERROR_REASON_TLS_PROTOCOL_ERROR)));
  EXPECT_EQ(rpc.log().data, "220 ready\r\n");
}

TEST_F(StartTls, WaitsForTheDataBeforeIt) {
  constexpr uint64_t kBytes = 8 << 20;
  TcpTarget target(
      [this](TargetConnection& connection) {
        // Reads nothing until there is more than sockets take, so that the set has to wait.
        connection.Write("x");
        const std::string clear = connection.ReadExactly(kBytes);
        EXPECT_EQ(clear, PatternText(0, kBytes));
        TlsPeer peer(connection, names_.leaf);
        EXPECT_EQ(peer.ReadExactly(5), "after");
        peer.Write("good");
      },
      {.receive_buffer = 4096});
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.upload = kBytes});
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  ASSERT_TRUE(rpc.Await(0, [](const ChannelLog& log) { return log.sent == kBytes; }));
  rpc.Send({SetFrame(Setting(Trusting()), std::nullopt), DataFrame(0, "after")});
  EXPECT_EQ(rpc.AwaitData(0, 5), "xgood") << rpc.Describe();
}

// Without order nobody could say which bytes were meant to leave in clear.
TEST_F(StartTls, BySetPropertyOnlyWhenNoBytesWait) {
  constexpr uint64_t kBytes = 8 << 20;
  Mailbox<bool> may_read;
  TcpTarget target(
      [&](TargetConnection& connection) {
        EXPECT_TRUE(may_read.Take().has_value());
        EXPECT_EQ(connection.ReadExactly(kBytes), PatternText(0, kBytes));
        TlsPeer peer(connection, names_.leaf);
        EXPECT_TRUE(peer.ok());
        peer.Write("secret");
        peer.CloseNotify();
        peer.ReadSome();
      },
      {.receive_buffer = 4096});
  v1::StreamPairSpec spec = SpecTo(target.port());
  *spec.mutable_hold_timeout() = ToProto(absl::Minutes(1));
  Calls calls(server_.stub());
  const std::string name = calls.MakePair(spec);
  std::thread writer([&] {
    std::vector<std::string> payloads;
    for (uint64_t at = 0; at < kBytes; at += 1 << 20) payloads.push_back(PatternText(at, 1 << 20));
    const Calls::WriteAnswer written = calls.Write(name, payloads, /*finish=*/false);
    EXPECT_THAT(written.status, IsOk());
    EXPECT_EQ(written.bytes_written, kBytes);
  });
  EXPECT_TRUE(
      WaitUntil([&] { return calls.Get(name).pair.write_status() == v1::STREAM_STATUS_WRITING; }));
  EXPECT_THAT(calls.SetProperty(name, Setting(Trusting())),
              IsStatus(OwnRow(v1::STREAMPAIR_CODE_WRONG_STATE)));
  may_read.Put(true);
  writer.join();
  EXPECT_THAT(calls.SetProperty(name, Setting(Trusting())), IsOk());
  EXPECT_EQ(calls.Read(name).data, "secret");
  EXPECT_THAT(calls.Delete(name), IsOk());
}

TEST_F(Tls, TheServersSideWithClientCertificates) {
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer peer(connection, names_.client, TlsPeer::Side::kClient);
    EXPECT_TRUE(peer.ok());
    EXPECT_EQ(peer.PeerCertificate(), names_.leaf.der());
    peer.Write("from the client");
    EXPECT_EQ(peer.ReadExactly(2), "ok");
    peer.CloseNotify();
  });
  v1::SslContext context = Trusting();
  context.set_request_client_certificate(true);
  context.mutable_settings()->set_is_server(true);
  context.mutable_settings()->mutable_identity()->set_pem(
      absl::StrCat(names_.leaf.pem(), names_.leaf.key_pem()));
  v1::StreamPairSpec spec = SecureSpecTo(target.port(), context);
  *spec.mutable_hold_timeout() = ToProto(absl::Minutes(1));
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, spec)});
  EXPECT_EQ(rpc.AwaitData(0, 15), "from the client") << rpc.Describe();
  const std::string name = rpc.log().attached->name();
  EXPECT_EQ(
      Read(name, v1::PROPERTY_KEY_SSL_PEER_CERTIFICATES).ssl_peer_certificates().certificates(0),
      names_.client.der());
  const v1::SslContext back = Read(name, v1::PROPERTY_KEY_SSL_CONTEXT).ssl_context();
  EXPECT_EQ(back.settings().identity().der().certificate(), names_.leaf.der());
  EXPECT_EQ(back.settings().identity().der().private_key(), "") << "a key is never read back";
  rpc.Send({DataFrame(0, "ok")});
  rpc.AwaitFinish();
}

TEST_F(Tls, AGibibyteEachWay) {
  constexpr uint64_t kBytes = 1 << 30;
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer peer(connection, names_.leaf);
    Digest digest;
    for (uint64_t left = kBytes; left > 0;) {
      const std::string text = peer.ReadSome(std::min<uint64_t>(left, 1 << 16));
      if (text.empty()) break;
      digest.Add(text);
      left -= text.size();
    }
    EXPECT_EQ(digest.Hex(), PatternDigest(kBytes));
    for (uint64_t sent = 0; sent < kBytes;) {
      const absl::string_view piece = Pattern(sent, std::min<uint64_t>(kBytes - sent, 1 << 16));
      if (!peer.Write(piece)) break;
      sent += piece.size();
    }
    peer.CloseNotify();
    connection.ReadToEnd();  // A close with unread bytes would be a reset.
  });
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.grant_window = 1 << 20, .upload = kBytes, .finish = true, .keep_data = false});
  rpc.Send({WithWindow(AttachNew(0, SecureSpecTo(target.port(), Trusting())), 1 << 20)});
  EXPECT_FALSE(rpc.AwaitEnd(0, absl::Minutes(4)).has_error()) << rpc.Describe();
  EXPECT_EQ(rpc.log().received, kBytes);
  EXPECT_EQ(rpc.log().digest.Hex(), PatternDigest(kBytes));
}

}  // namespace
}  // namespace streampair::testing
