// What operators see and do, on their own listener, and that callers never get there.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <signal.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "core/testing/certificate_maker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "streampair/admin/v1/admin_service.grpc.pb.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using AdminStub = admin::v1::AdminService::Stub;

const ErrorRow kDenied = OwnRow(v1::STREAMPAIR_CODE_POLICY_DENIED);

// Everything on loopback may be reached; operators are served there.
constexpr char kOpen[] = R"(policy:
  rules:
    - {name: all, action: allow}
  guard:
    exemptions:
      - {name: tests, principals: ["*"], hosts: ["*"], addresses: [127.0.0.1]}
admin:
  listen: ["127.0.0.1:0", "unix:admin.sock"]
)";

// One call, with a deadline so that no test waits for ever.
template <typename Request, typename Response>
grpc::Status Call(AdminStub& stub,
                  grpc::Status (AdminStub::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                  const Request& request, Response& response) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  return (stub.*method)(&context, request, &response);
}

class Administered {
 public:
  explicit Administered(const std::string& config, std::vector<std::string> flags = {}) {
    Write(config);
    flags.push_back(absl::StrCat("--config=", file()));
    server_.emplace(std::move(flags));
    admin_ = admin::v1::AdminService::NewStub(Connect(server_->admin_address()));
    calls_.emplace(server_->stub());
  }

  void Write(const std::string& config) { scratch_.Write("egress.yaml", config); }
  std::string file() const { return scratch_.File("egress.yaml"); }
  ServerProcess& server() { return *server_; }
  Calls& calls() { return *calls_; }
  AdminStub& admin() { return *admin_; }

  // The names of the pairs that `request` finds, page by page.
  std::vector<std::string> List(admin::v1::ListStreamPairsRequest request = {}) {
    std::vector<std::string> names;
    do {
      admin::v1::ListStreamPairsResponse response;
      EXPECT_THAT(Call(*admin_, &AdminStub::ListStreamPairs, request, response), IsOk());
      for (const auto& owned : response.stream_pairs()) names.push_back(owned.stream_pair().name());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  admin::v1::GetPolicyResponse Policy() {
    admin::v1::GetPolicyResponse response;
    EXPECT_THAT(Call(*admin_, &AdminStub::GetPolicy, {}, response), IsOk());
    return response;
  }
  admin::v1::ReloadConfigResponse Reload(const std::string& config) {
    Write(config);
    admin::v1::ReloadConfigResponse response;
    EXPECT_THAT(Call(*admin_, &AdminStub::ReloadConfig, {}, response), IsOk());
    return response;
  }

 private:
  ScratchDir scratch_;
  std::optional<ServerProcess> server_;
  std::unique_ptr<AdminStub> admin_;
  std::optional<Calls> calls_;
};

TEST(Admin, ListsThePairsOfAllPrincipals) {
  TcpTarget target(Echo);
  Administered server(kOpen);
  const auto unix_stub = v1::StreamPairService::NewStub(Connect(server.server().unix_address()));
  v1::StreamPairSpec spec = HeldSpecTo(target.port());
  const std::string open = server.calls().MakePair(spec);
  ASSERT_THAT(server.calls().Open(open).status, IsOk());
  spec.mutable_target()->mutable_host()->set_name("Db.Example");
  (*spec.mutable_labels())["job"] = "nightly";
  const std::string by_name = server.calls().MakePair(spec);
  const std::string of_unix = Calls(*unix_stub).MakePair(spec);

  EXPECT_THAT(server.List(), ElementsAre(open, by_name, of_unix));
  admin::v1::ListStreamPairsRequest request;
  request.set_page_size(1);
  EXPECT_THAT(server.List(request), ElementsAre(open, by_name, of_unix));
  request.set_principal("un*");
  EXPECT_THAT(server.List(request), ElementsAre(of_unix));
  request.set_principal("anonymous");
  EXPECT_THAT(server.List(request), ElementsAre(open, by_name));
  request.set_host(".example");
  EXPECT_THAT(server.List(request), ElementsAre(by_name));
  request = {};
  (*request.mutable_labels())["job"] = "nightly";
  EXPECT_THAT(server.List(request), ElementsAre(by_name, of_unix));
  request = {};
  request.set_address("127.0.0.0/8");
  EXPECT_THAT(server.List(request), ElementsAre(open));
  request.set_address("10.0.0.0/8");
  EXPECT_THAT(server.List(request), IsEmpty());

  admin::v1::ListStreamPairsResponse response;
  request.set_address("10.0.0.1/8");
  request.set_page_token("none");
  const grpc::Status refused = Call(server.admin(), &AdminStub::ListStreamPairs, request, response);
  EXPECT_THAT(refused, IsStatus(OwnRow(v1::STREAMPAIR_CODE_INVALID_REQUEST)));
  EXPECT_EQ(DetailsOf(refused).bad_request->field_violations_size(), 2);
  ASSERT_THAT(Call(server.admin(), &AdminStub::ListStreamPairs, {}, response), IsOk());
  EXPECT_EQ(response.stream_pairs(0).principal(), "anonymous");
  EXPECT_EQ(response.stream_pairs(2).principal(), "unix");
  EXPECT_EQ(response.stream_pairs(0).stream_pair().remote_address(), target.address());
}

TEST(Admin, ClosesAnyPair) {
  TcpTarget target(Echo);
  Administered server(kOpen);
  TransferClient rpc(server.server().stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "hello")});
  EXPECT_EQ(rpc.AwaitData(0, 5), "hello");
  const std::vector<std::string> names = server.List();
  ASSERT_EQ(names.size(), 1u);
  admin::v1::CloseStreamPairRequest request;
  admin::v1::CloseStreamPairResponse response;
  request.set_name(names[0]);
  request.set_reason("it leaks");
  EXPECT_THAT(Call(server.admin(), &AdminStub::CloseStreamPair, request, response), IsOk());
  EXPECT_EQ(response.stream_pair().principal(), "anonymous");
  EXPECT_EQ(response.stream_pair().stream_pair().bytes_read(), 5u);
  const auto end = rpc.AwaitEnd().error();
  EXPECT_THAT(end, IsStreamError(kDenied));
  EXPECT_THAT(end.message(), HasSubstr("an operator closed the pair: it leaks"));
  EXPECT_THAT(server.List(), IsEmpty());
  EXPECT_THAT(server.server().process().Output(),
              HasSubstr(absl::StrCat("admin_call method=CloseStreamPair pair=", names[0],
                                     " owner=anonymous reason=\"it leaks\" principal=anonymous")));

  EXPECT_THAT(Call(server.admin(), &AdminStub::CloseStreamPair, request, response),
              IsStatus(OwnRow(v1::STREAMPAIR_CODE_PAIR_NOT_FOUND)));
  request.set_name("");
  request.set_reason(std::string(257, 'x'));
  EXPECT_EQ(DetailsOf(Call(server.admin(), &AdminStub::CloseStreamPair, request, response))
                .bad_request->field_violations_size(),
            2);
}

TEST(Admin, ReloadsAndTellsWhatIsWrong) {
  const absl::Time before = absl::Now() - absl::Seconds(1);
  Administered server(kOpen);
  const auto first = server.Policy();
  EXPECT_EQ(first.generation(), 1u);
  EXPECT_EQ(first.file(), server.file());
  EXPECT_EQ(first.policy().rules(0).name(), "all");
  EXPECT_GE(first.load_time().seconds(), absl::ToUnixSeconds(before));

  const auto bad = server.Reload("policy:\n  rulez: []\n  mode: maybe\n");
  EXPECT_FALSE(bad.loaded());
  EXPECT_EQ(bad.generation(), 1u);
  EXPECT_THAT(bad.complaints(),
              ElementsAre(absl::StrCat(server.file(), ":2:3: policy.rulez: unknown field"),
                          HasSubstr("policy.mode: \"maybe\" is none of enforce, report")));
  EXPECT_THAT(server.server().process().Output(), HasSubstr("config_rejected"));
  EXPECT_EQ(server.Policy().policy().rules(0).name(), "all");

  // Where operators are served does not change under them.
  const auto moved = server.Reload(absl::StrReplaceAll(kOpen, {{"admin.sock", "other.sock"}}));
  EXPECT_FALSE(moved.loaded());
  EXPECT_THAT(moved.complaints(), ElementsAre(HasSubstr("admin: is not what the server was "
                                                        "started with")));

  const auto good = server.Reload(absl::StrReplaceAll(kOpen, {{"name: all", "name: new"}}));
  EXPECT_TRUE(good.loaded());
  EXPECT_EQ(good.generation(), 2u);
  EXPECT_THAT(good.complaints(), IsEmpty());
  EXPECT_EQ(server.Policy().policy().rules(0).name(), "new");

  // SIGHUP is the same.
  server.Write(kOpen);
  server.server().process().Signal(SIGHUP);
  EXPECT_TRUE(WaitUntil([&] { return server.Policy().generation() == 3; }));
}

// A look-up that the name server does not answer holds the open; the policy changes meanwhile.
TEST(Admin, AReloadInTheMiddleOfAnOpenBinds) {
  TcpTarget target([](TargetConnection& connection) {
    connection.ReadExactly(3);  // The CONNECT's first bytes: the proxy now knows.
    connection.ReadToEnd();
  });
  const std::string proxies = absl::StrReplaceAll(
      kOpen, {{"action: allow}", "action: allow, hops: [proxy, target], unverifiable: true}"}});
  Administered server(proxies);
  v1::StreamPairSpec spec = HeldSpecTo(80);
  spec.mutable_target()->mutable_host()->set_name("a.example");
  v1::SocksProxy& socks = *spec.add_properties()->mutable_socks_proxy();
  socks.set_host("127.0.0.1");
  socks.set_port(target.port());
  const std::string name = server.calls().MakePair(spec);
  Watcher watcher(server.server().stub(), name);
  grpc::Status opened;
  std::thread opener([&] {
    opened = server.calls().Open(name, v1::HALF_UNSPECIFIED, v1::OPEN_WAIT_READY).status;
  });
  watcher.Await(v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);  // Connected; the handshake is under way.
  const auto reloaded = server.Reload(
      absl::StrCat(absl::StrReplaceAll(proxies, {{"  guard",
                                                  "  global_denials: [{name: no, action: deny, "
                                                  "hops: [proxy], on_reload: reset}]\n  guard"}})));
  EXPECT_TRUE(reloaded.loaded());
  opener.join();
  EXPECT_THAT(opened, IsStatus(kDenied));
  EXPECT_THAT(opened.error_message(), HasSubstr("\"no\""));
  EXPECT_THAT(server.List(), IsEmpty());
}

TEST(Admin, IsNotServedToCallers) {
  Administered server(kOpen);
  for (const std::string& address : {server.server().address(), server.server().unix_address()}) {
    const auto stub = admin::v1::AdminService::NewStub(Connect(address));
    admin::v1::GetPolicyResponse policy;
    EXPECT_EQ(Call(*stub, &AdminStub::GetPolicy, {}, policy).error_code(),
              grpc::StatusCode::UNIMPLEMENTED)
        << address;
    admin::v1::ListStreamPairsResponse list;
    EXPECT_EQ(Call(*stub, &AdminStub::ListStreamPairs, {}, list).error_code(),
              grpc::StatusCode::UNIMPLEMENTED)
        << address;
  }
  // Nor do operators make pairs.
  const auto stub = v1::StreamPairService::NewStub(Connect(server.server().admin_address()));
  EXPECT_EQ(Calls(*stub).Create(HeldSpecTo(1)).status.error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  // And nobody is led to it.
  const std::string& admin = server.server().admin_address();
  v1::StreamPairSpec spec = HeldSpecTo(std::stoi(admin.substr(admin.rfind(':') + 1)));
  const grpc::Status through = server.calls().Open(server.calls().MakePair(spec)).status;
  EXPECT_THAT(through, IsStatus(kDenied));
  EXPECT_THAT(through.error_message(), HasSubstr("the server itself listens there"));
}

// Real time: gRPC verifies by the system's clock.
TestIdentity Certificate(const std::string& subject, const std::string& names,
                         const TestIdentity* issuer) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.not_before = absl::Now() - absl::Hours(1);
  spec.not_after = absl::Now() + absl::Hours(24);
  spec.names = names;
  spec.is_ca = issuer == nullptr;
  return MakeCertificate(spec, issuer);
}

TEST(Admin, BeyondLoopbackKnowsItsOperators) {
  ScratchDir scratch;
  const TestIdentity authority = Certificate("authority", "", nullptr);
  const TestIdentity own = Certificate("server", "DNS:server.test", &authority);
  scratch.Write("ca.pem", authority.pem());
  scratch.Write("cert.pem", own.pem());
  scratch.Write("key.pem", own.key_pem());
  const std::string cert =
      absl::StrCat("cert: ", scratch.File("cert.pem"), ", key: ", scratch.File("key.pem"));
  const std::string ca = absl::StrCat(", client_ca: ", scratch.File("ca.pem"));
  const auto with = [&](const std::string& admin) {
    return absl::StrCat("policy: {}\nadmin: {", admin, "}\n");
  };
  const auto refused = [&](const std::string& admin) {
    scratch.Write("bad.yaml", with(admin));
    ChildProcess child(
        {.command = {ProgramPath("server/streampaird"), "--listen=127.0.0.1:0",
                     absl::StrCat("--config=", scratch.File("bad.yaml")), "--check-config"},
         .output = scratch.File("out")});
    const std::optional<int> code = child.Wait();
    return absl::StrCat(code.value_or(-1), " ", child.Output());
  };
  EXPECT_THAT(refused("listen: [\"0.0.0.0:0\"]"), HasSubstr("is reachable from other machines"));
  EXPECT_THAT(refused(absl::StrCat("listen: [\"[::]:0\"], tls: {", cert, "}")),
              HasSubstr("needs tls with a client_ca"));
  EXPECT_THAT(refused("listen: [\"127.0.0.1:0\"], tls: {cert: x}"),
              HasSubstr("cert and key are required"));
  EXPECT_THAT(refused("listen: [\"unix:\"]"), HasSubstr("a path must follow"));
  EXPECT_THAT(refused("principals: [a*b]"),
              ::testing::AllOf(HasSubstr("listen is missing"), HasSubstr("admin.principals[0]")));

  Administered server(with(
      absl::StrCat("listen: [\"0.0.0.0:0\"], tls: {", cert, ca, "}, principals: [\"dns:a.*\"]")));
  const std::string listening = server.server().admin_address();
  const auto as = [&](const TestIdentity* client) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority.pem();
    if (client != nullptr) {
      options.pem_cert_chain = client->pem();
      options.pem_private_key = client->key_pem();
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetSslTargetNameOverride("server.test");
    const auto stub = admin::v1::AdminService::NewStub(
        grpc::CreateCustomChannel(absl::StrCat("127.0.0.1", listening.substr(listening.rfind(':'))),
                                  grpc::SslCredentials(options), arguments));
    admin::v1::GetPolicyResponse response;
    return Call(*stub, &AdminStub::GetPolicy, {}, response);
  };
  const TestIdentity ops = Certificate("any", "DNS:a.ops", &authority);
  const TestIdentity app = Certificate("any", "DNS:app", &authority);
  EXPECT_THAT(as(&ops), IsOk());
  EXPECT_THAT(as(&app), IsStatus(kDenied));
  EXPECT_EQ(as(nullptr).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace streampair::testing
