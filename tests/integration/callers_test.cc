// Who calls: certificates on the gRPC port, and what they allow.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/client_interceptor.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
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
#include "tests/harness/transfer_client.h"

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

// As it stands in a file of tokens.
std::string Digest(const std::string& token) {
  uint8_t digest[32];
  unsigned size = 0;
  EVP_Digest(token.data(), token.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

// A server that demands certificates of one authority.
class Guarded {
 public:
  enum class Lists { kNone, kOne };
  enum class Tokens { kNone, kToo };
  explicit Guarded(Lists lists = Lists::kNone, Tokens tokens = Tokens::kNone) {
    std::vector<std::string> flags;
    if (lists == Lists::kOne) {
      Revoke(nullptr);
      flags.push_back(absl::StrCat("--tls-crl=", scratch_.File("crl")));
    }
    UseServerCertificateOf(authority_);
    scratch_.Write("ca.pem", authority_.pem());
    scratch_.Write("tokens", absl::StrCat(Digest("token-of-ci"), " ci\n"));
    std::string callers;
    if (tokens == Tokens::kToo) {
      callers = absl::StrCat("callers: {tokens_file: ", scratch_.File("tokens"), "}\n");
    }
    scratch_.Write("policy.yaml", absl::StrCat(callers, R"(policy:
  rules:
    - {name: app, action: allow, principals: ["spiffe://corp/app"]}
    - {name: ops, action: allow, principals: ["dns:ops.corp", "cn:old ops", unix]}
  guard: {mode: off}
)"));
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

// Calls with an `authorization` header each.
class WithToken : public grpc::experimental::Interceptor {
 public:
  explicit WithToken(std::vector<std::string> headers) : headers_(std::move(headers)) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      for (const std::string& header : headers_) {
        methods->GetSendInitialMetadata()->emplace("authorization", header);
      }
    }
    methods->Proceed();
  }

 private:
  const std::vector<std::string> headers_;
};

class WithTokenFactory : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit WithTokenFactory(std::vector<std::string> headers) : headers_(std::move(headers)) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new WithToken(headers_);
  }

 private:
  const std::vector<std::string> headers_;
};

// A connection of its own whose calls say so.
std::unique_ptr<Stub> StubWith(
    const std::string& address, std::vector<std::string> headers,
    std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials(),
    const std::string& name = "") {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (!name.empty()) arguments.SetSslTargetNameOverride(name);
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<WithTokenFactory>(std::move(headers)));
  return v1::StreamPairService::NewStub(grpc::experimental::CreateCustomChannelWithInterceptors(
      address, std::move(credentials), arguments, std::move(factories)));
}

// A server in clear on loopback that knows tokens.
class Tokened {
 public:
  Tokened() {
    scratch_.Write("tokens",
                   absl::StrCat(Digest("token-of-ci"), " ci\n", Digest("token-of-ops"), " ops\n",
                                Digest("token-of-old"), " ci 2020-01-01T00:00:00Z\n"));
    scratch_.Write("config.yaml", absl::StrCat("callers: {tokens_file: ", scratch_.File("tokens"),
                                               "}\n", kPolicy));
    server_.emplace(
        std::vector<std::string>{absl::StrCat("--config=", scratch_.File("config.yaml"))});
  }

  std::unique_ptr<Stub> As(const std::string& token) {
    return StubWith(server_->address(), {absl::StrCat("Bearer ", token)});
  }

  // Writes one of the files again and has it read; waits until the log says how it went.
  void Reload(const std::string& file, const std::string& text, const std::string& event) {
    scratch_.Write(file, text);
    const size_t before = Count(event);
    server_->process().Signal(SIGHUP);
    EXPECT_TRUE(WaitUntil([&] { return Count(event) > before; })) << server_->process().Output();
  }
  size_t Count(const std::string& text) {
    size_t count = 0;
    const std::string output = server_->process().Output();
    for (size_t at = output.find(text); at != std::string::npos; at = output.find(text, at + 1)) {
      ++count;
    }
    return count;
  }

  ScratchDir& scratch() { return scratch_; }
  ServerProcess& server() { return *server_; }

  static constexpr char kPolicy[] = R"(policy:
  rules: [{name: ci, action: allow, principals: ["token:ci"]}]
  guard: {mode: off}
)";

 private:
  ScratchDir scratch_;
  std::optional<ServerProcess> server_;
};

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

TEST(Tokens, SayWhoCalls) {
  TcpTarget target(Hold);
  Tokened tokened;
  EXPECT_THAT(OpenTo(*tokened.As("token-of-ci"), target.port()), IsOk());
  EXPECT_THAT(OpenTo(*tokened.As("token-of-ops"), target.port()),
              IsStatus(OwnRow(v1::STREAMPAIR_CODE_POLICY_DENIED)));
  // The Unix socket says it too, unless there is a token.
  const std::string unix_address = tokened.server().unix_address();
  EXPECT_THAT(Calls(*StubWith(unix_address, {})).Create(HeldSpecTo(1)).status, IsOk());
  EXPECT_THAT(OpenTo(*StubWith(unix_address, {"Bearer token-of-ci"}), target.port()), IsOk());
  EXPECT_THAT(Calls(*StubWith(unix_address, {"Bearer x"})).Create(HeldSpecTo(1)).status,
              IsStatus(OwnRow(v1::STREAMPAIR_CODE_UNAUTHENTICATED)));
}

TEST(Tokens, ThatAreNotGoodAreRefusedByEveryCall) {
  Tokened tokened;
  const ErrorRow refused = OwnRow(v1::STREAMPAIR_CODE_UNAUTHENTICATED);
  const struct {
    std::vector<std::string> headers;
    const char* reason;
  } kCases[] = {
      {{}, "carries no token"},
      {{"Bearer not a secret that leaks"}, "holds no bearer token"},
      {{"Bearer sesame-that-leaks"}, "is not known"},
      {{"Basic sesame-that-leaks"}, "must be a bearer token"},
      {{"Bearer token-of-ci", "Bearer token-of-ci"}, "more than one"},
      {{absl::StrCat("Bearer ", Digest("token-of-ci"))}, "is not known"},
      {{"Bearer token-of-old"}, "has expired"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.reason);
    const auto stub = StubWith(tokened.server().address(), c.headers);
    const grpc::Status status = Calls(*stub).Create(HeldSpecTo(1)).status;
    EXPECT_THAT(status, IsStatus(refused));
    EXPECT_THAT(status.error_message(), HasSubstr(c.reason));
  }
  // Every kind of call.
  const auto stub = tokened.As("wrong");
  Calls calls(*stub);
  EXPECT_THAT(calls.Get("streamPairs/x").status, IsStatus(refused));
  EXPECT_THAT(calls.Open("streamPairs/x").status, IsStatus(refused));
  EXPECT_THAT(calls.Close("streamPairs/x").status, IsStatus(refused));
  EXPECT_THAT(calls.Delete("streamPairs/x"), IsStatus(refused));
  EXPECT_THAT(calls.Read("streamPairs/x").status, IsStatus(refused));
  EXPECT_THAT(calls.Write("streamPairs/x", {"a"}, true).status, IsStatus(refused));
  Watcher watcher(*stub, "streamPairs/x");
  EXPECT_THAT(watcher.Status().value_or(grpc::Status::OK), IsStatus(refused));
  TransferClient transfer(*stub);
  EXPECT_THAT(transfer.AwaitStatus(), IsStatus(refused));
  grpc::ClientContext context;
  v1::ExplainErrorRequest request;
  v1::ExplainErrorResponse response;
  EXPECT_THAT(stub->ExplainError(&context, request, &response), IsStatus(refused));

  EXPECT_GE(tokened.Count("caller_refused"), 15u);
  EXPECT_EQ(tokened.Count("leaks"), 0u) << tokened.server().process().Output();
}

TEST(Tokens, DoNotOpenOthersPairs) {
  Tokened tokened;
  const auto ci = tokened.As("token-of-ci");
  const auto ops = tokened.As("token-of-ops");
  const std::string name = Calls(*ci).MakePair(HeldSpecTo(1));
  const ErrorRow not_found = OwnRow(v1::STREAMPAIR_CODE_PAIR_NOT_FOUND);
  // The true name in another's mouth, and names that nobody gave: another MAC, another number,
  // another instance with our MAC.
  std::string other_mac = name;
  other_mac.back() = other_mac.back() == '0' ? '1' : '0';
  std::string other_number = name;
  char& digit = other_number[name.find('.') + 1];
  digit = digit == '0' ? '1' : '0';
  const std::string other_instance = absl::StrCat("streamPairs/other", name.substr(name.find('.')));
  for (Stub* stub : {ci.get(), ops.get()}) {
    Calls calls(*stub);
    for (const std::string& forged : {other_mac, other_number, other_instance, name}) {
      if (stub == ci.get() && forged == name) continue;
      SCOPED_TRACE(forged);
      EXPECT_THAT(calls.Get(forged).status, IsStatus(not_found));
      EXPECT_THAT(calls.Open(forged).status, IsStatus(not_found));
      EXPECT_THAT(calls.Read(forged).status, IsStatus(not_found));
      EXPECT_THAT(calls.Delete(forged), IsStatus(not_found));
      TransferClient transfer(*stub);
      transfer.Send({AttachTo(0, forged)});
      EXPECT_THAT(transfer.AwaitEnd().error(), IsStreamError(not_found));
    }
  }
  EXPECT_THAT(Calls(*ci).Get(name).status, IsOk());
}

TEST(Tokens, AreRevokedByAReloadInTheMiddleOfACall) {
  TcpTarget target(Hold);
  Tokened tokened;
  const auto ci = tokened.As("token-of-ci");
  TransferClient transfer(*ci);
  transfer.Send({AttachNew(1, HeldSpecTo(target.port()))});
  transfer.AwaitReady(1);

  // Files with faults change nothing, and `callers` does not go by itself.
  tokened.Reload("tokens", "token-of-new ci\n", "config_rejected");
  EXPECT_EQ(tokened.Count("token-of-new"), 0u);
  tokened.Reload("tokens", absl::StrCat(Digest("token-of-new"), " ci\n"), "config_loaded");
  const ErrorRow refused = OwnRow(v1::STREAMPAIR_CODE_UNAUTHENTICATED);
  EXPECT_THAT(Calls(*ci).Create(HeldSpecTo(1)).status, IsStatus(refused));
  EXPECT_THAT(OpenTo(*tokened.As("token-of-new"), target.port()), IsOk());
  // The Transfer that runs gets no more pairs; what it has goes on.
  transfer.Send({AttachNew(2, HeldSpecTo(target.port()))});
  EXPECT_THAT(transfer.AwaitEnd(2).error(), IsStreamError(refused));
  EXPECT_FALSE(transfer.log(1).end.has_value()) << transfer.Describe(1);

  tokened.Reload("config.yaml", Tokened::kPolicy, "config_rejected");
  EXPECT_THAT(Calls(tokened.server().stub()).Create(HeldSpecTo(1)).status, IsStatus(refused));
}

TEST(Tokens, AndCertificates) {
  Guarded guarded(Guarded::Lists::kNone, Guarded::Tokens::kToo);
  const TestIdentity app = guarded.Client("any", "URI:spiffe://corp/app");
  const auto as = [&](std::vector<std::string> headers) {
    grpc::SslCredentialsOptions options{guarded.authority().pem(), app.key_pem(), app.pem()};
    return StubWith(guarded.server().address(), std::move(headers), grpc::SslCredentials(options),
                    "server.test");
  };
  TcpTarget target(Hold);
  EXPECT_THAT(OpenTo(*as({}), target.port()), IsOk()) << "known by the certificate";
  EXPECT_THAT(OpenTo(*as({"Bearer token-of-ci"}), target.port()),
              IsStatus(OwnRow(v1::STREAMPAIR_CODE_POLICY_DENIED)))
      << "the token comes first, and may do less";
  EXPECT_THAT(OpenTo(*as({"Bearer wrong"}), target.port()),
              IsStatus(OwnRow(v1::STREAMPAIR_CODE_UNAUTHENTICATED)))
      << "no certificate makes up for it";
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
  scratch.Write("none.yaml", "policy: {}\n");
  scratch.Write("tokens", "");
  scratch.Write("callers.yaml",
                absl::StrCat("policy: {}\ncallers: {tokens_file: ", scratch.File("tokens"), "}\n"));
  const std::string config = absl::StrCat("--config=", scratch.File("callers.yaml"));
  EXPECT_THAT(refused({"--listen=0.0.0.0:0", cert, key,
                       absl::StrCat("--config=", scratch.File("none.yaml"))}),
              HasSubstr("callers is missing, and --listen names an address beyond loopback"));
  EXPECT_THAT(refused({"--listen=0.0.0.0:0", config}), HasSubstr("2 streampaird: --listen"));
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
  ServerProcess with_tokens({"--listen=0.0.0.0:0", cert, key, config});
}

}  // namespace
}  // namespace streampair::testing
