#include "core/resolve/cares_resolver.h"

#include <netdb.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/monotonic_time.h"
#include "core/base/reason.h"
#include "core/testing/loop_harness.h"
#include "core/testing/open_descriptors.h"
#include "core/testing/resolver_conformance.h"
#include "core/testing/scripted_dns_server.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

HostName Name(absl::string_view text) { return HostName::Parse(text).value(); }

// A resolver and the servers that it asks, on one loop.
class Bench {
 public:
  explicit Bench(std::vector<ScriptedDnsServer::Script> scripts,
                 absl::Duration try_timeout = absl::Seconds(5), int tries = 2) {
    harness_->Run([&] {
      CaresOptions options;
      options.try_timeout = try_timeout;
      options.tries = tries;
      for (auto& script : scripts) {
        servers_.push_back(
            std::make_unique<ScriptedDnsServer>(harness_->loop(), std::move(script)));
        options.servers.push_back(servers_.back()->endpoint());
      }
      resolver_ = CaresResolver::Make(harness_->loop(), options).value();
      descriptors_ = OpenDescriptors();
    });
  }
  ~Bench() {
    harness_->Run([&] {
      resolver_.reset();
      servers_.clear();
    });
  }

  Result<Resolution> LookUp(absl::string_view name, const ResolveOptions& options = {}) {
    std::vector<Result<Resolution>> answers;
    harness_->Run([&] {
      resolver_->Start(Name(name), options,
                       [&](Result<Resolution> answer) { answers.push_back(std::move(answer)); });
    });
    EXPECT_TRUE(harness_->RunUntil([&] { return !answers.empty(); })) << name;
    return answers.at(0);
  }

  // Whether everything that lookups opened is closed again, sooner or later.
  bool ClosesEverything() {
    return harness_->RunUntil([&] { return OpenDescriptors() == descriptors_; });
  }

  std::vector<DnsQuestion> QuestionsTo(size_t server) {
    std::vector<DnsQuestion> questions;
    harness_->Run([&] { questions = servers_.at(server)->questions(); });
    return questions;
  }

  LoopHarness& harness() { return *harness_; }
  std::unique_ptr<CaresResolver>& resolver() { return resolver_; }

 private:
  std::unique_ptr<LoopHarness> harness_ = MakeEpollHarness();
  std::vector<std::unique_ptr<ScriptedDnsServer>> servers_;
  std::unique_ptr<CaresResolver> resolver_;
  size_t descriptors_ = 0;
};

DnsReply Reply(std::vector<DnsRecord> answers) { return {0, false, std::move(answers), false, {}}; }
DnsReply Code(int rcode) { return {rcode, false, {}, false, {}}; }
DnsReply Silence() { return {0, false, {}, true, {}}; }
DnsReply Raw(std::string bytes) { return {0, false, {}, false, std::move(bytes)}; }

std::string Joined(const Result<Resolution>& answer) {
  if (!answer.ok()) return answer.error().ToString();
  std::string joined;
  for (const IpAddress& address : answer->addresses) joined += address.ToString() + " ";
  return joined;
}

void ExpectNetDb(const Result<Resolution>& answer, int code, Reason reason) {
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().id(), (ErrorId{ErrorDomain::kNetDb, 0, code}))
      << answer.error().ToString();
  EXPECT_EQ(answer.error().reason(), reason) << answer.error().ToString();
}

// One world for the conformance suite.
class CaresWorld : public ResolverWorld {
 public:
  LoopHarness& harness() override { return bench_.harness(); }
  Resolver& resolver() override { return *bench_.resolver(); }
  void DestroyResolver() override { bench_.resolver().reset(); }

 private:
  Bench bench_{{[named = AnswerByName({{"both.test", {"192.0.2.1", "2001:db8::1"}},
                                       {"v4.test", {"192.0.2.4"}},
                                       {"empty.test", {}}})](const DnsQuestion& question) {
    return question.name == "silent.test" ? Silence() : named(question);
  }}};
};

INSTANTIATE_TEST_SUITE_P(Cares, ResolverConformance, testing::Values(MakeResolverWorld([] {
                           return std::make_unique<CaresWorld>();
                         })));

TEST(CaresResolver, AsksForBothFamiliesAndNothingElse) {
  Bench bench({AnswerByName({{"both.test", {"127.0.0.2", "::1"}}})});
  // ::1 first where this machine has IPv6, by RFC 6724; last where it has none.
  Result<Resolution> answer = bench.LookUp("both.test");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->addresses.size(), 2u);
  EXPECT_EQ(bench.QuestionsTo(0).size(), 2u);
  EXPECT_TRUE(bench.ClosesEverything());
}

TEST(CaresResolver, KeepsTheServersOrderWithinAFamily) {
  Bench bench({AnswerByName({{"many.test", {"127.0.0.9", "127.0.0.1", "127.0.0.5"}}})});
  EXPECT_EQ(Joined(bench.LookUp("many.test")), "127.0.0.9 127.0.0.1 127.0.0.5 ");
}

TEST(CaresResolver, FollowsAliases) {
  Bench bench({[](const DnsQuestion& question) {
    if (question.type == DnsType::kAaaa) {
      return Reply(
          {{"www.test", DnsType::kCname, "web.test"}, {"web.test", DnsType::kCname, "host.test"}});
    }
    return Reply({{"www.test", DnsType::kCname, "web.test"},
                  {"web.test", DnsType::kCname, "host.test"},
                  {"host.test", DnsType::kA, "192.0.2.7"}});
  }});
  Result<Resolution> answer = bench.LookUp("www.test");
  EXPECT_EQ(Joined(answer), "192.0.2.7 ");
  EXPECT_EQ(answer->canonical_name, "host.test");
  ResolveOptions only_v6;
  only_v6.families = AddressFamilies::kIpv6Only;
  ExpectNetDb(bench.LookUp("www.test", only_v6), EAI_NODATA, Reason::kDnsError);
}

TEST(CaresResolver, TakesNamesAsTheyStand) {
  Bench bench({AnswerByName({})});
  ExpectNetDb(bench.LookUp("short"), EAI_NONAME, Reason::kDnsError);
  for (const DnsQuestion& question : bench.QuestionsTo(0)) EXPECT_EQ(question.name, "short");
  EXPECT_EQ(bench.QuestionsTo(0).size(), 2u);
}

TEST(CaresResolver, AsksNobodyAboutLocalhost) {
  Bench bench({AnswerByName({})});
  EXPECT_TRUE(bench.LookUp("localhost").ok());
  EXPECT_TRUE(bench.LookUp("a.localhost").ok());
  EXPECT_TRUE(bench.QuestionsTo(0).empty());
}

TEST(CaresResolver, ReportsWhatTheServerSaid) {
  for (const auto& [rcode, code] : std::vector<std::pair<int, int>>{{kServFail, EAI_AGAIN},
                                                                    {kRefused, EAI_FAIL},
                                                                    {kNotImp, EAI_FAIL},
                                                                    {kFormErr, EAI_FAIL},
                                                                    {kNxDomain, EAI_NONAME}}) {
    Bench bench({[rcode = rcode](const DnsQuestion&) { return Code(rcode); }});
    ExpectNetDb(bench.LookUp("a.test"), code, Reason::kDnsError);
    EXPECT_EQ(bench.QuestionsTo(0).size(), 2u) << "asking a lone server again is no use";
    EXPECT_TRUE(bench.ClosesEverything());
  }
}

TEST(CaresResolver, OneFamilyThatFailsDoesNotSpoilTheOther) {
  Bench bench({[](const DnsQuestion& question) {
    if (question.type == DnsType::kAaaa) return Code(kServFail);
    return Reply({{"a.test", DnsType::kA, "192.0.2.1"}});
  }});
  EXPECT_EQ(Joined(bench.LookUp("a.test")), "192.0.2.1 ");
}

// A name that exists in one family must not be called non-existent, nor empty, because the answer
// for the other came last.
TEST(CaresResolver, AFailedFamilyIsNotCalledEmpty) {
  for (DnsType failing : {DnsType::kA, DnsType::kAaaa}) {
    Bench bench({[failing](const DnsQuestion& question) {
      return Code(question.type == failing ? kServFail : 0);
    }});
    ExpectNetDb(bench.LookUp("a.test"), EAI_AGAIN, Reason::kDnsError);
  }
}

TEST(CaresResolver, GoesOnToTheNextServerAfterARefusal) {
  Bench bench({[](const DnsQuestion&) { return Code(kServFail); },
               AnswerByName({{"a.test", {"192.0.2.1"}}})});
  EXPECT_EQ(Joined(bench.LookUp("a.test")), "192.0.2.1 ");
  EXPECT_TRUE(bench.ClosesEverything());
}

TEST(CaresResolver, KeepsTheRefusalIfNoServerDoesBetter) {
  Bench bench({[](const DnsQuestion&) { return Code(kRefused); },
               [](const DnsQuestion&) { return Code(kRefused); }});
  ExpectNetDb(bench.LookUp("a.test"), EAI_FAIL, Reason::kDnsError);
  EXPECT_TRUE(bench.ClosesEverything());
}

TEST(CaresResolver, GoesOnToTheNextServerAfterSilence) {
  Bench bench(
      {[](const DnsQuestion&) { return Silence(); }, AnswerByName({{"a.test", {"192.0.2.1"}}})},
      absl::Milliseconds(50));
  EXPECT_EQ(Joined(bench.LookUp("a.test")), "192.0.2.1 ");
}

TEST(CaresResolver, GivesUpOnSilenceAfterItsTries) {
  Bench bench({[](const DnsQuestion&) { return Silence(); }}, absl::Milliseconds(20), 3);
  Result<Resolution> answer = bench.LookUp("a.test");
  ExpectNetDb(answer, EAI_AGAIN, Reason::kDnsTimeout);
  EXPECT_TRUE(answer.error().retryable());
  EXPECT_EQ(bench.QuestionsTo(0).size(), 6u);  // Three tries in each of two families.
  EXPECT_TRUE(bench.ClosesEverything());
}

// Servers that drop questions for AAAA exist. All tries together would take six seconds here.
TEST(CaresResolver, DoesNotWaitAllTriesForTheSecondFamily) {
  Bench bench({[](const DnsQuestion& question) {
                if (question.type == DnsType::kAaaa) return Silence();
                return Reply({{"a.test", DnsType::kA, "192.0.2.1"}});
              }},
              absl::Milliseconds(100), 6);
  const MonotonicTime start = bench.harness().loop().Now();
  EXPECT_EQ(Joined(bench.LookUp("a.test")), "192.0.2.1 ");
  EXPECT_LT(bench.harness().loop().Now() - start, absl::Seconds(3));
  EXPECT_TRUE(bench.ClosesEverything());
}

TEST(CaresResolver, AnswersWithWhatItHasWhenTheTimeIsOver) {
  Bench bench({[](const DnsQuestion& question) {
    if (question.type == DnsType::kAaaa) return Silence();
    return Reply({{"a.test", DnsType::kA, "192.0.2.1"}});
  }});
  ResolveOptions options;
  options.timeout = absl::Milliseconds(100);
  EXPECT_EQ(Joined(bench.LookUp("a.test", options)), "192.0.2.1 ");
  EXPECT_TRUE(bench.ClosesEverything());
}

TEST(CaresResolver, AFamilyThatDoesNotAnswerInTimeIsNotCalledEmpty) {
  Bench bench({[](const DnsQuestion& question) {
    return question.type == DnsType::kAaaa ? Silence() : Code(0);
  }});
  ResolveOptions options;
  options.timeout = absl::Milliseconds(100);
  ExpectNetDb(bench.LookUp("a.test", options), EAI_AGAIN, Reason::kDnsTimeout);
}

TEST(CaresResolver, SaysWhenNoServerIsThere) {
  // A port that was free a moment ago.
  CaresOptions options;
  Bench other({});
  other.harness().Run([&] {
    ScriptedDnsServer gone(other.harness().loop(), AnswerByName({}));
    options.servers.push_back(gone.endpoint());
  });
  std::vector<Result<Resolution>> answers;
  std::unique_ptr<CaresResolver> resolver;
  other.harness().Run([&] {
    resolver = CaresResolver::Make(other.harness().loop(), options).value();
    resolver->Start(Name("a.test"), {},
                    [&](Result<Resolution> answer) { answers.push_back(std::move(answer)); });
  });
  ASSERT_TRUE(other.harness().RunUntil([&] { return !answers.empty(); }));
  ExpectNetDb(answers[0], EAI_AGAIN, Reason::kDnsError);
  other.harness().Run([&] { resolver.reset(); });
}

TEST(CaresResolver, AsksAgainOverTcpWhenTheAnswerIsCut) {
  Bench bench({[](const DnsQuestion& question) {
    DnsReply reply;
    reply.truncated = !question.over_tcp;
    if (question.over_tcp && question.type == DnsType::kA) {
      for (int i = 0; i < 60; ++i) {
        reply.answers.push_back({"big.test", DnsType::kA, absl::StrCat("127.0.1.", i)});
      }
    }
    return reply;
  }});
  Result<Resolution> answer = bench.LookUp("big.test");
  ASSERT_TRUE(answer.ok()) << answer.error().ToString();
  EXPECT_EQ(answer->addresses.size(), 60u);
  EXPECT_TRUE(bench.ClosesEverything());
}

TEST(CaresResolver, BoundsWhatItTakesFromOneAnswer) {
  Bench bench({[](const DnsQuestion& question) {
    DnsReply reply;
    reply.truncated = !question.over_tcp;
    if (question.over_tcp && question.type == DnsType::kA) {
      for (int i = 0; i < 1000; ++i) {
        reply.answers.push_back(
            {"huge.test", DnsType::kA, absl::StrCat("127.1.", i / 250, ".", i % 250)});
      }
    }
    return reply;
  }});
  Result<Resolution> answer = bench.LookUp("huge.test");
  ASSERT_TRUE(answer.ok()) << answer.error().ToString();
  EXPECT_EQ(answer->addresses.size(), kMaxAddressesPerFamily);
}

TEST(CaresResolver, SurvivesNonsense) {
  // Each after the query's id: nothing, noise, a header that promises what does not follow, a
  // question that points to itself.
  const std::vector<std::string> nonsense = {
      "", std::string(9, '\xff'), std::string("\x81\x80\0\1\0\7\0\0\0\0", 10),
      std::string("\x81\x80\0\1\0\1\0\0\0\0\xc0\x0c\0\1\0\1", 16), std::string(400, '\xc0')};
  for (const std::string& bytes : nonsense) {
    Bench bench({[bytes](const DnsQuestion&) { return Raw(bytes); }}, absl::Milliseconds(20), 1);
    // What is no answer to the question is not heard.
    ExpectNetDb(bench.LookUp("a.test"), EAI_AGAIN, Reason::kDnsTimeout);
    EXPECT_TRUE(bench.ClosesEverything());
  }
}

TEST(CaresResolver, CallsAnAnswerThatDoesNotParseAFailure) {
  Bench bench({[](const DnsQuestion& question) {
    // The right question; then one record, of which the name alone is there.
    std::string bytes("\x81\x80\0\1\0\1\0\0\0\0", 10);
    bytes += std::string("\1a\4test\0\0", 9);
    bytes += static_cast<char>(question.type);
    return Raw(bytes + std::string("\0\1\xc0\x0c", 4));
  }});
  ExpectNetDb(bench.LookUp("a.test"), EAI_FAIL, Reason::kDnsError);
  EXPECT_TRUE(bench.ClosesEverything());
}

TEST(CaresResolver, CancellingTheLastLookupClosesItsSockets) {
  Bench bench({[](const DnsQuestion&) { return Silence(); }});
  bench.harness().Run([&] {
    const size_t before = OpenDescriptors();
    const auto first = bench.resolver()->Start(Name("a.test"), {}, [](const auto&) { FAIL(); });
    const auto second = bench.resolver()->Start(Name("b.test"), {}, [](const auto&) { FAIL(); });
    EXPECT_GT(OpenDescriptors(), before);
    bench.resolver()->Cancel(first);
    bench.resolver()->Cancel(second);
    EXPECT_EQ(OpenDescriptors(), before);
  });
}

TEST(CaresResolver, RunsAThousandLookupsAndCancelsHalf) {
  Bench bench({[](const DnsQuestion& question) {
                if (question.type == DnsType::kAaaa) return Reply({});
                return Reply({{question.name, DnsType::kA, "192.0.2.1"}});
              }},
              absl::Milliseconds(500), 6);
  constexpr size_t kLookups = 1000;
  auto witness = std::make_shared<int>(0);
  size_t answered = 0;
  bench.harness().Run([&] {
    std::vector<Resolver::LookupId> ids;
    for (size_t i = 0; i < kLookups; ++i) {
      ids.push_back(bench.resolver()->Start(Name(absl::StrCat("n", i, ".test")), {},
                                            [&, i, witness](const Result<Resolution>& answer) {
                                              EXPECT_EQ(i % 2, 0u) << "called although cancelled";
                                              EXPECT_TRUE(answer.ok()) << answer.error().ToString();
                                              ++answered;
                                            }));
    }
    for (size_t i = 1; i < kLookups; i += 2) bench.resolver()->Cancel(ids[i]);
    EXPECT_EQ(witness.use_count(), 1 + kLookups / 2);
  });
  EXPECT_TRUE(bench.harness().RunUntil([&] { return answered == kLookups / 2; }));
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_TRUE(bench.ClosesEverything());
}

TEST(CaresResolver, RefusesOptionsThatMakeNoSense) {
  auto harness = MakeEpollHarness();
  auto code = [&](const CaresOptions& options) {
    auto made = CaresResolver::Make(harness->loop(), options);
    return made.ok() ? 0 : made.error().id().code;
  };
  EXPECT_EQ(code({}), 0);
  EXPECT_EQ(code({.try_timeout = absl::Milliseconds(9)}), 3);
  EXPECT_EQ(code({.try_timeout = absl::InfiniteDuration()}), 3);
  EXPECT_EQ(code({.tries = 0}), 3);
  EXPECT_EQ(code({.tries = 11}), 3);
  EXPECT_EQ(code({.lookup_timeout = absl::ZeroDuration()}), 3);
}

}  // namespace
}  // namespace streampair
