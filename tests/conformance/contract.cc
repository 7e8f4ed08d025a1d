#include "tests/conformance/contract.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "tests/harness/scratch_dir.h"

namespace streampair::testing {
namespace {

// Of the suite that runs.
struct Surroundings {
  Surroundings() {
    files.Write("roots.pem", names.root.pem());
    server = std::make_unique<ServerProcess>(
        std::vector<std::string>{absl::StrCat("--dns-servers=", dns.address()),
                                 absl::StrCat("--trust-roots-file=", files.File("roots.pem"))});
  }

  const TlsNames names;
  const ScratchDir files;
  TcpTarget echo{Echo};
  Dnsmasq dns{{absl::StrCat("srv-host=Echo._echo._tcp.contract.test,good.test,", echo.port()),
               "txt-record=Echo._echo._tcp.contract.test,path=/"}};
  std::unique_ptr<ServerProcess> server;
};
std::unique_ptr<Surroundings> surroundings;

}  // namespace

void Contract::SetUpTestSuite() { surroundings = std::make_unique<Surroundings>(); }
void Contract::TearDownTestSuite() { surroundings = nullptr; }

void Contract::TearDown() {
  for (const std::string& name : made_) calls().Delete(name);  // Some are gone already.
  EXPECT_TRUE(WaitUntil([] { return server().Pairs() == 0; }));
}

ServerProcess& Contract::server() { return *surroundings->server; }
const TlsNames& Contract::names() { return surroundings->names; }
TcpTarget& Contract::echo() { return surroundings->echo; }

v1::StreamPairSpec Contract::HeldTo(int port, const std::string& host) {
  v1::StreamPairSpec spec = SpecTo(port, host);
  *spec.mutable_hold_timeout() = ToProto(absl::Minutes(5));
  return spec;
}

std::string Contract::Make(const v1::StreamPairSpec& spec) {
  made_.push_back(calls().MakePair(spec));
  return made_.back();
}

v1::Property Contract::Parse(const std::string& text) {
  v1::Property property;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &property)) << text;
  return property;
}

v1::StreamPairSpec Contract::With(v1::StreamPairSpec spec, const std::string& property) {
  *spec.add_properties() = Parse(property);
  return spec;
}

grpc::Status Contract::Set(const std::string& name, const std::string& property) {
  return calls().SetProperty(name, Parse(property));
}

v1::Property Contract::ReadValue(const std::string& name, v1::PropertyKey key) {
  grpc::ClientContext context;
  v1::GetPropertyRequest request;
  request.set_name(name);
  request.set_key(key);
  v1::GetPropertyResponse response;
  EXPECT_THAT(server().stub().GetProperty(&context, request, &response), IsOk())
      << v1::PropertyKey_Name(key);
  return response.property();
}

std::string Contract::Read(const std::string& name, v1::PropertyKey key) {
  const v1::Property property = ReadValue(name, key);
  return property.value_case() == v1::Property::VALUE_NOT_SET ? "absent"
                                                              : property.ShortDebugString();
}

std::map<std::string, std::string> Contract::ReadAll(const std::string& name) {
  std::map<std::string, std::string> all;
  for (int key = v1::PropertyKey_MIN; key <= v1::PropertyKey_MAX; ++key) {
    if (key == v1::PROPERTY_KEY_UNSPECIFIED || !v1::PropertyKey_IsValid(key)) continue;
    const auto valid = static_cast<v1::PropertyKey>(key);
    all[v1::PropertyKey_Name(valid)] = Read(name, valid);
  }
  return all;
}

grpc::Status Contract::OpenReady(const std::string& name) {
  return calls().Open(name, v1::HALF_BOTH, v1::OPEN_WAIT_READY).status;
}

std::string Contract::FailureOf(const v1::StreamPairSpec& spec) {
  return Triple(OpenReady(Make(spec)));
}

v1::ExplainErrorResponse Contract::Explain(int32_t domain, uint32_t subdomain, int32_t code,
                                           v1::ErrorNumbering numbering) {
  grpc::ClientContext context;
  v1::ExplainErrorRequest request;
  request.set_domain(domain);
  request.set_subdomain(subdomain);
  request.set_code(code);
  request.set_numbering(numbering);
  v1::ExplainErrorResponse response;
  EXPECT_THAT(server().stub().ExplainError(&context, request, &response), IsOk());
  return response;
}

void Contract::ExpectEcho(const std::string& name, const std::string& text) {
  TransferClient rpc(server().stub());
  rpc.Send({AttachTo(0, name), DataFrame(0, text)});
  EXPECT_EQ(rpc.AwaitData(0, text.size()), text) << rpc.Describe();
}

std::string Triple(const v1::StreamError& error) {
  const std::string domain = v1::ErrorDomain_IsValid(error.domain())
                                 ? v1::ErrorDomain_Name(error.domain()).substr(13)
                                 : absl::StrCat(error.domain());
  return absl::StrCat(domain, "/", error.subdomain(), "/", error.code());
}

std::string Triple(const grpc::Status& status) {
  if (status.ok()) return "no error";
  const StatusDetails details = DetailsOf(status);
  return details.error ? Triple(*details.error) : absl::StrCat("status ", status.error_message());
}

}  // namespace streampair::testing
