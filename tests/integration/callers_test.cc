// Who calls: certificates on the gRPC port, and what they allow.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/testing/certificate_maker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;

// Real time: gRPC verifies by the system's clock.
CertificateSpec Valid(const std::string& subject, const std::string& names) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.not_before = absl::Now() - absl::Hours(1);
  spec.not_after = absl::Now() + absl::Hours(24);
  spec.names = names;
  return spec;
}

TestIdentity Authority(const std::string& subject) {
  CertificateSpec spec = Valid(subject, "");
  spec.is_ca = true;
  return MakeCertificate(spec, nullptr);
}

// A server that demands certificates of one authority.
class Guarded {
 public:
  enum class Lists { kNone, kOne };
  explicit Guarded(Lists lists = Lists::kNone) {
    std::vector<std::string> flags;
    if (lists == Lists::kOne) {
      Revoke(nullptr);
      flags.push_back(absl::StrCat("--tls-crl=", scratch_.File("crl")));
    }
    UseServerCertificateOf(authority_);
    scratch_.Write("ca.pem", authority_.pem());
    scratch_.Write("policy.yaml", R"(policy:
  rules:
    - {name: app, action: allow, principals: ["spiffe://corp/app"]}
    - {name: ops, action: allow, principals: ["dns:ops.corp", "cn:old ops", unix]}
  guard: {mode: off}
)");
    flags.insert(flags.end(), {absl::StrCat("--tls-cert=", scratch_.File("server.pem")),
                               absl::StrCat("--tls-key=", scratch_.File("server.key")),
                               absl::StrCat("--tls-client-ca=", scratch_.File("ca.pem")),
                               absl::StrCat("--config=", scratch_.File("policy.yaml"))});
    server_.emplace(std::move(flags));
  }

  // The key first: between the two the files do not fit, and the server keeps what it has.
  void UseServerCertificateOf(const TestIdentity& issuer) {
    const TestIdentity own = MakeCertificate(Valid("server", "DNS:server.test"), &issuer);
    scratch_.Write("server.key", own.key_pem());
    scratch_.Write("server.pem", own.pem());
  }
  void TrustAlso(const TestIdentity& authority) {
    scratch_.Write("ca.pem", authority_.pem() + authority.pem());
  }

  // A connection of its own with `client`'s certificate (null: none), which trusts `root`.
  std::unique_ptr<Stub> As(const TestIdentity* client, const TestIdentity* root = nullptr) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = (root != nullptr ? *root : authority_).pem();
    if (client != nullptr) {
      options.pem_cert_chain = client->pem();
      options.pem_private_key = client->key_pem();
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetSslTargetNameOverride("server.test");
    return v1::StreamPairService::NewStub(
        grpc::CreateCustomChannel(server_->address(), grpc::SslCredentials(options), arguments));
  }
  TestIdentity Client(const std::string& subject, const std::string& names) const {
    return MakeCertificate(Valid(subject, names), &authority_);
  }

  // The authority's list, which revokes `client` (null: nobody).
  void Revoke(const TestIdentity* client, absl::Duration good_for = absl::Hours(1)) {
    scratch_.Write(
        "crl", MakeCrl(authority_, absl::Now() - absl::Hours(2), absl::Now() + good_for, client));
  }

  const TestIdentity& authority() const { return authority_; }
  ServerProcess& server() { return *server_; }

 private:
  ScratchDir scratch_;
  TestIdentity authority_ = Authority("clients and servers");
  std::optional<ServerProcess> server_;
};

grpc::Status OpenTo(Stub& stub, int port) {
  Calls calls(stub);
  const PairAnswer made = calls.Create(HeldSpecTo(port));
  return made.status.ok() ? calls.Open(made.pair.name()).status : made.status;
}

void Hold(TargetConnection& connection) { connection.ReadToEnd(); }

TEST(Callers, AreWhatTheirCertificatesSay) {
  TcpTarget target(Hold);
  Guarded guarded;
  const ErrorRow denied = OwnRow(v1::STREAMPAIR_CODE_POLICY_DENIED);
  const struct {
    const char* subject;
    const char* names;
    bool allowed;
  } kCases[] = {
      {"any", "URI:spiffe://corp/app", true},
      {"any", "URI:spiffe://corp/app,DNS:other.corp", true},
      {"any", "URI:spiffe://corp/other,DNS:ops.corp", false},
      {"any", "DNS:ops.corp", true},
      {"any", "DNS:OPS.corp", true},
      {"any", "DNS:x.corp,DNS:ops.corp", false},
      {"old ops", "", true},
      {"old ops", "DNS:x.corp", false},
      // What looks like another kind of principal is none.
      {"spiffe://corp/app", "", false},
      {"dns:ops.corp", "", false},
      {"unix", "", false},
      {"any", "URI:https://corp/app", false},
      {"any", "URI:spiffe://corp/app,URI:spiffe://corp/other", false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.subject, " ", c.names));
    const TestIdentity client = guarded.Client(c.subject, c.names);
    const grpc::Status status = OpenTo(*guarded.As(&client), target.port());
    if (c.allowed) {
      EXPECT_THAT(status, IsOk());
    } else {
      EXPECT_THAT(status, IsStatus(denied));
    }
  }
  // The Unix socket is known by who may open it, and needs no certificate.
  const auto unix_stub = v1::StreamPairService::NewStub(Connect(guarded.server().unix_address()));
  EXPECT_THAT(OpenTo(*unix_stub, target.port()), IsOk());
}

TEST(Callers, WithoutAGoodCertificateDoNotGetIn) {
  Guarded guarded;
  const TestIdentity stranger = Authority("stranger");
  CertificateSpec app = Valid("any", "URI:spiffe://corp/app");
  const TestIdentity foreign = MakeCertificate(app, &stranger);
  const TestIdentity self_signed = MakeCertificate(app, nullptr);
  app.not_after = absl::Now() - absl::Minutes(1);
  const TestIdentity expired = MakeCertificate(app, &guarded.authority());
  app = Valid("any", "URI:spiffe://corp/app");
  app.not_before = absl::Now() + absl::Hours(1);
  const TestIdentity early = MakeCertificate(app, &guarded.authority());
  const std::map<std::string, const TestIdentity*> kBad = {{"none", nullptr},
                                                           {"foreign", &foreign},
                                                           {"self-signed", &self_signed},
                                                           {"expired", &expired},
                                                           {"not yet valid", &early}};
  for (const auto& [what, client] : kBad) {
    EXPECT_EQ(Calls(*guarded.As(client)).Create(HeldSpecTo(1)).status.error_code(),
              grpc::StatusCode::UNAVAILABLE)
        << what;
  }
  EXPECT_EQ(Calls(guarded.server().stub()).Create(HeldSpecTo(1)).status.error_code(),
            grpc::StatusCode::UNAVAILABLE)
      << "in clear";
}

TEST(Callers, DoNotSeeEachOthersPairs) {
  Guarded guarded;
  const TestIdentity app = guarded.Client("any", "URI:spiffe://corp/app");
  const TestIdentity ops = guarded.Client("any", "DNS:ops.corp");
  const auto app_stub = guarded.As(&app);
  const auto ops_stub = guarded.As(&ops);
  const std::string name = Calls(*app_stub).MakePair(HeldSpecTo(1));
  EXPECT_THAT(Calls(*app_stub).Get(name).status, IsOk());
  const ErrorRow not_found = OwnRow(v1::STREAMPAIR_CODE_PAIR_NOT_FOUND);
  EXPECT_THAT(Calls(*ops_stub).Get(name).status, IsStatus(not_found));
  EXPECT_THAT(Calls(*ops_stub).Open(name).status, IsStatus(not_found));
  EXPECT_THAT(Calls(*ops_stub).Delete(name), IsStatus(not_found));
}

TEST(Callers, CertificatesChangeWithoutARestart) {
  Guarded guarded;
  const TestIdentity app = guarded.Client("any", "URI:spiffe://corp/app");
  const auto before = guarded.As(&app);
  ASSERT_THAT(Calls(*before).Create(HeldSpecTo(1)).status, IsOk());

  const TestIdentity next = Authority("next");
  const TestIdentity next_app = MakeCertificate(Valid("any", "URI:spiffe://corp/app"), &next);
  guarded.UseServerCertificateOf(next);
  guarded.TrustAlso(next);
  EXPECT_TRUE(WaitUntil(
      [&] { return Calls(*guarded.As(&next_app, &next)).Create(HeldSpecTo(1)).status.ok(); }));
  EXPECT_THAT(Calls(*before).Create(HeldSpecTo(1)).status, IsOk()) << "connections live on";
}

TEST(Callers, AreRevokedWithoutARestart) {
  Guarded guarded(Guarded::Lists::kOne);
  const TestIdentity app = guarded.Client("any", "URI:spiffe://corp/app");
  const TestIdentity ops = guarded.Client("any", "DNS:ops.corp");
  const auto code = [&](const TestIdentity& client) {
    return Calls(*guarded.As(&client)).Create(HeldSpecTo(1)).status.error_code();
  };
  EXPECT_EQ(code(app), grpc::StatusCode::OK);
  guarded.Revoke(&app);
  EXPECT_EQ(code(app), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(code(ops), grpc::StatusCode::OK);
  guarded.Revoke(nullptr);
  EXPECT_EQ(code(app), grpc::StatusCode::OK);
  // Nobody can say any more who is revoked.
  guarded.Revoke(nullptr, -absl::Minutes(1));
  EXPECT_EQ(code(ops), grpc::StatusCode::UNAVAILABLE);
}

TEST(Callers, MayBeAnywhereOnlyIfTheyAreKnown) {
  ScratchDir scratch;
  const TestIdentity authority = Authority("any");
  scratch.Write("cert.pem", authority.pem());
  scratch.Write("key.pem", authority.key_pem());
  const std::string cert = absl::StrCat("--tls-cert=", scratch.File("cert.pem"));
  const std::string key = absl::StrCat("--tls-key=", scratch.File("key.pem"));
  const std::string ca = absl::StrCat("--tls-client-ca=", scratch.File("cert.pem"));
  const auto refused = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), ProgramPath("server/streampaird"));
    ChildProcess child({.command = flags, .output = scratch.File("out")});
    const std::optional<int> code = child.Wait();
    return absl::StrCat(code.value_or(-1), " ", child.Output());
  };
  EXPECT_THAT(refused({"--listen=0.0.0.0:0"}), HasSubstr("reachable from other machines"));
  EXPECT_THAT(refused({"--listen=0.0.0.0:0", cert, key}), HasSubstr("2 streampaird: --listen"));
  EXPECT_THAT(refused({"--listen=127.0.0.1:0", cert}), HasSubstr("together or not at all"));
  EXPECT_THAT(refused({"--listen=127.0.0.1:0", ca}), HasSubstr("needs --tls-cert"));
  EXPECT_THAT(refused({"--listen=127.0.0.1:0", cert, absl::StrCat("--tls-key=", "/none")}),
              HasSubstr("cannot be read"));
  EXPECT_THAT(
      refused({"--listen=127.0.0.1:0", cert, absl::StrCat("--tls-key=", scratch.File("cert.pem"))}),
      HasSubstr("holds no PEM"));
  EXPECT_THAT(refused({"--listen=127.0.0.1:0", cert, key, "--tls-crl=x"}),
              HasSubstr("--tls-crl needs --tls-client-ca"));
  EXPECT_THAT(refused({"--listen=127.0.0.1:0", cert, key, ca,
                       absl::StrCat("--tls-crl=", scratch.File("cert.pem"))}),
              HasSubstr("has no revocation list"));
  ServerProcess anywhere({"--listen=0.0.0.0:0", cert, key, ca});  // The last --listen counts.
}

}  // namespace
}  // namespace streampair::testing
