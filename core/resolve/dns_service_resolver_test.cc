#include "core/resolve/dns_service_resolver.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/error.h"
#include "core/testing/loop_harness.h"
#include "core/testing/open_descriptors.h"
#include "core/testing/scripted_dns_server.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

ServiceName Service(absl::string_view instance) {
  return ServiceName::Make(instance, "_http._tcp", "example.test").value();
}

DnsReply Records(DnsType type, const std::vector<std::string>& data) {
  DnsReply reply;
  for (const std::string& text : data) reply.answers.push_back({"", type, text});
  return reply;
}

DnsReply Code(int rcode) {
  DnsReply reply;
  reply.rcode = rcode;
  return reply;
}

DnsReply Silence() {
  DnsReply reply;
  reply.silent = true;
  return reply;
}

// A resolver and a name server that tells SRV and TXT records by script, on one loop.
class DnsServiceResolverTest : public testing::Test {
 protected:
  DnsServiceResolverTest() {
    harness_->Run([&] {
      server_ = std::make_unique<ScriptedDnsServer>(harness_->loop(), [this](const auto& question) {
        return question.type == DnsType::kSrv ? srv_ : txt_;
      });
      CaresOptions options;
      options.servers = {server_->endpoint()};
      options.try_timeout = absl::Milliseconds(50);
      options.tries = 1;
      resolver_ = DnsServiceResolver::Make(harness_->loop(), options).value();
      descriptors_ = OpenDescriptors();
    });
  }
  ~DnsServiceResolverTest() override {
    EXPECT_TRUE(harness_->RunUntil([&] { return OpenDescriptors() == descriptors_; }));
    harness_->Run([&] {
      resolver_.reset();
      server_.reset();
    });
  }

  Result<ResolvedService> Resolve(const ServiceName& name) {
    std::vector<Result<ResolvedService>> answers;
    harness_->Run([&] {
      resolver_->Start(
          name, [&](Result<ResolvedService> answer) { answers.push_back(std::move(answer)); });
      EXPECT_TRUE(answers.empty()) << "never inside Start";
    });
    EXPECT_TRUE(harness_->RunUntil([&] { return !answers.empty(); }));
    return answers.at(0);
  }

  void ExpectError(int code) {
    const auto answer = Resolve(Service("x"));
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().id(), (ErrorId{ErrorDomain::kNetServices, 0, code}))
        << answer.error().ToString();
  }

  DnsReply srv_;
  DnsReply txt_;
  std::unique_ptr<LoopHarness> harness_ = MakeEpollHarness();
  std::unique_ptr<ScriptedDnsServer> server_;
  std::unique_ptr<DnsServiceResolver> resolver_;
  size_t descriptors_ = 0;
};

TEST_F(DnsServiceResolverTest, GivesHostsByPriorityAndTheStringsOfTxt) {
  srv_ = Records(DnsType::kSrv, {"20 0 82 late.test", "10 0 81 early.test"});
  txt_ = Records(DnsType::kTxt, {std::string("path=/a|flag|b=\0", 16)});
  const auto answer = Resolve(Service("St. \\ \xc3\x89"));
  ASSERT_TRUE(answer.ok()) << answer.error().ToString();
  ASSERT_EQ(answer->hosts.size(), 2u);
  EXPECT_EQ(answer->hosts[0].name.str(), "early.test");
  EXPECT_EQ(answer->hosts[0].port.value(), 81);
  EXPECT_EQ(answer->hosts[1].name.str(), "late.test");
  EXPECT_EQ(answer->txt, (std::vector<std::string>{"path=/a", "flag", std::string("b=\0", 3)}));
  // One label, whatever stands in it.
  harness_->Run([&] {
    EXPECT_EQ(server_->questions().at(0).name, "st. \\ \xc3\x89._http._tcp.example.test");
  });
}

TEST_F(DnsServiceResolverTest, NeedsNoTxt) {
  srv_ = Records(DnsType::kSrv, {"0 0 80 host.test"});
  for (const DnsReply& reply : {DnsReply(), Code(kNxDomain), Code(kServFail), Silence()}) {
    txt_ = reply;
    const auto answer = Resolve(Service("x"));
    ASSERT_TRUE(answer.ok()) << answer.error().ToString();
    EXPECT_TRUE(answer->txt.empty());
  }
}

TEST_F(DnsServiceResolverTest, EachFailureHasItsNumber) {
  srv_ = Code(kNxDomain);
  ExpectError(-72002);
  srv_ = DnsReply();  // The name exists, but has no SRV record.
  ExpectError(-72002);
  srv_ = Records(DnsType::kSrv, {"0 0 0 ."});
  ExpectError(-72002);
  srv_ = Code(kServFail);
  ExpectError(-72000);
  srv_ = Code(kRefused);
  ExpectError(-72000);
  srv_ = Records(DnsType::kSrv, {"0 0 0 host.test"});  // Port 0.
  ExpectError(-72006);
  srv_ = Silence();
  ExpectError(-72007);
}

TEST_F(DnsServiceResolverTest, LeavesOutRecordsThatMakeNoSense) {
  srv_ = Records(DnsType::kSrv, {"0 0 0 a.test", "1 0 80 1.2.3.4", "2 0 80 good.test"});
  const auto answer = Resolve(Service("x"));
  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer->hosts.size(), 1u);
  EXPECT_EQ(answer->hosts[0].name.str(), "good.test");
}

TEST_F(DnsServiceResolverTest, TriesNoMoreHostsThanSixteen) {
  std::vector<std::string> records;
  for (int i = 0; i < 40; ++i) records.push_back(absl::StrCat("0 1 80 host", i, ".test"));
  srv_ = Records(DnsType::kSrv, records);
  const auto answer = Resolve(Service("x"));
  ASSERT_TRUE(answer.ok()) << answer.error().ToString();
  EXPECT_EQ(answer->hosts.size(), 16u);
}

TEST_F(DnsServiceResolverTest, ACancelledLookupIsNeverTold) {
  srv_ = Silence();
  auto witness = std::make_shared<int>(0);
  harness_->Run([&] {
    const auto id = resolver_->Start(Service("x"), [witness](const auto&) { FAIL(); });
    EXPECT_GT(witness.use_count(), 1);
    resolver_->Cancel(id);
    EXPECT_EQ(witness.use_count(), 1);
    resolver_->Start(Service("y"), [witness](const auto&) { FAIL(); });
    resolver_.reset();
    EXPECT_EQ(witness.use_count(), 1);
  });
}

}  // namespace
}  // namespace streampair
