// What testssl.sh, which people judge TLS servers with, has to say about a pair with is_server.
// docs/tls.md has its findings, and why those are so that are not good.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/testing/certificate_maker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/child_process.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/server_side.h"
#include "tests/harness/tls_peer.h"

namespace streampair::testing {
namespace {

struct Finding {
  std::string severity;
  std::string text;
};

std::map<std::string, Finding> FindingsIn(const std::string& json) {
  google::protobuf::Value list;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &list);
  EXPECT_TRUE(parsed.ok()) << parsed.ToString() << json;
  std::map<std::string, Finding> all;
  for (const auto& each : list.list_value().values()) {
    const auto& fields = each.struct_value().fields();
    all[fields.at("id").string_value()] = {fields.at("severity").string_value(),
                                           fields.at("finding").string_value()};
  }
  return all;
}

class Testssl : public ::testing::Test {
 protected:
  // A certificate that lives long enough for it.
  TestIdentity Leaf(TestKey key) const {
    return MakeCertificate({.subject = "leaf",
                            .not_before = absl::Now() - absl::Hours(1),
                            .not_after = absl::Now() + absl::Hours(24 * 90),
                            .key = key,
                            .names = "DNS:localhost",
                            .purpose = "serverAuth"},
                           &names_.root);
  }

  static v1::SslContext Serving(const TestIdentity& leaf) {
    v1::SslContext context;
    context.mutable_settings()->set_is_server(true);
    context.mutable_settings()->mutable_identity()->set_pem(
        absl::StrCat(leaf.pem(), leaf.key_pem()));
    return context;
  }

  // Its findings by their names. It asks nobody but the server: no names, no lists of revoked
  // certificates.
  std::map<std::string, Finding> Judge(const v1::SslContext& context,
                                       const std::vector<std::string>& sections) {
    const ServerSide side(server_.stub(), context);
    const ScratchDir scratch;
    scratch.Write("root.pem", names_.root.pem());
    std::vector<std::string> command = {"testssl",
                                        "--quiet",
                                        "--color=0",
                                        "--warnings=off",
                                        "--nodns=none",
                                        "--ip=127.0.0.1",
                                        "--connect-timeout=20",
                                        "--openssl-timeout=20",
                                        "--add-ca=root.pem",
                                        "--jsonfile=findings.json"};
    command.insert(command.end(), sections.begin(), sections.end());
    command.push_back(absl::StrCat("localhost:", side.port()));
    ChildProcess testssl({.command = command,
                          .directory = scratch.path(),
                          .environment = {{"TMPDIR", scratch.path()}, {"HOME", scratch.path()}},
                          .output = scratch.File("output")});
    EXPECT_TRUE(testssl.Wait(absl::Minutes(4)).has_value());
    output_ = testssl.Output();
    const auto json = ReadFile(scratch.File("findings.json"));
    EXPECT_TRUE(json.has_value()) << output_;
    return FindingsIn(json.value_or("[]"));
  }

  static std::vector<std::string> NotGood(const std::map<std::string, Finding>& found) {
    std::vector<std::string> all;
    for (const auto& [id, finding] : found) {
      if (finding.severity != "OK" && finding.severity != "INFO" && finding.severity != "DEBUG")
        all.push_back(absl::StrCat(id, " ", finding.severity, ": ", finding.text));
    }
    return all;
  }

  const TlsNames names_;
  ServerProcess server_;
  std::string output_;
};

TEST_F(Testssl, TheServersSideByDefault) {
  std::vector<std::string> sections = {"-p", "-s", "-P", "-S", "-U"};
  const char* more = std::getenv("TESTSSL");
  if (more != nullptr) sections = absl::StrSplit(more, ' ');
  const auto found = Judge(Serving(Leaf(TestKey::kEcdsa)), sections);
  if (more != nullptr) absl::FPrintF(stderr, "%s\n", output_);
  EXPECT_THAT(NotGood(found), ::testing::UnorderedElementsAre(
                                  // This test's certificate names no list and no responder.
                                  "cert_revocation HIGH: Neither CRL nor OCSP URI provided",
                                  // It has no GOST of its own to ask with.
                                  ::testing::StartsWith("engine_problem WARN")))
      << output_;
  for (const char* id : {"SSLv2",
                         "SSLv3",
                         "TLS1_2",
                         "TLS1_3",
                         "cipherlist_NULL",
                         "cipherlist_aNULL",
                         "cipherlist_EXPORT",
                         "cipherlist_LOW",
                         "cipherlist_STRONG",
                         "cert_chain_of_trust",
                         "cert_trust",
                         "heartbleed",
                         "CCS",
                         "ROBOT",
                         "secure_renego",
                         "secure_client_renego",
                         "CRIME_TLS",
                         "POODLE_SSL",
                         "fallback_SCSV",
                         "SWEET32",
                         "FREAK",
                         "DROWN",
                         "LOGJAM",
                         "BEAST",
                         "LUCKY13",
                         "RC4"}) {
    const auto finding = found.find(id);
    if (finding == found.end()) {
      ADD_FAILURE() << id << " is missing: " << output_;
    } else {
      EXPECT_EQ(finding->second.severity, "OK") << id << ": " << finding->second.text;
    }
  }
  for (const char* id : {"TLS1", "TLS1_1", "cipherlist_3DES_IDEA", "cipherlist_AVERAGE"})
    EXPECT_EQ(found.count(id) == 0 ? "" : found.at(id).text, "not offered") << id;
}

// What only an RSA key makes possible.
TEST_F(Testssl, AnRsaKey) {
  const auto found = Judge(Serving(Leaf(TestKey::kRsa2048)), {"-s", "-BB", "-W", "-F", "-L"});
  EXPECT_THAT(NotGood(found), ::testing::ElementsAre(::testing::StartsWith("engine_problem WARN")))
      << output_;
  for (const char* id : {"cipherlist_STRONG", "ROBOT", "SWEET32", "FREAK", "LUCKY13"})
    EXPECT_EQ(found.count(id) == 0 ? "" : found.at(id).severity, "OK") << id << output_;
}

}  // namespace
}  // namespace streampair::testing
