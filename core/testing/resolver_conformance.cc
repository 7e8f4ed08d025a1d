#include "core/testing/resolver_conformance.h"

#include <netdb.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/addr/host_name.h"
#include "core/base/error.h"

namespace streampair {
namespace {

HostName Name(absl::string_view text) { return HostName::Parse(text).value(); }

// Collects what a lookup calls back with.
struct Answers {
  std::vector<Result<Resolution>> list;

  Resolver::Done Done() {
    return [this](Result<Resolution> answer) { list.push_back(std::move(answer)); };
  }
};

std::vector<std::string> Texts(const Resolution& resolution) {
  std::vector<std::string> texts;
  for (const IpAddress& address : resolution.addresses) texts.push_back(address.ToString());
  std::sort(texts.begin(), texts.end());
  return texts;
}

// One lookup from its start to its answer.
Result<Resolution> LookUp(ResolverWorld& world, absl::string_view name,
                          const ResolveOptions& options = {}) {
  Answers answers;
  world.harness().Run([&] { world.resolver().Start(Name(name), options, answers.Done()); });
  EXPECT_TRUE(world.harness().RunUntil([&] { return !answers.list.empty(); })) << name;
  return answers.list.at(0);
}

void ExpectNetDb(const Result<Resolution>& answer, int code, Reason reason) {
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().id(), (ErrorId{ErrorDomain::kNetDb, 0, code}));
  EXPECT_EQ(answer.error().stage(), Stage::kResolve);
  EXPECT_EQ(answer.error().reason(), reason);
}

TEST_P(ResolverConformance, FindsTheAddressesOfAName) {
  Result<Resolution> both = LookUp(*world_, "both.test");
  ASSERT_TRUE(both.ok()) << both.error().ToString();
  EXPECT_EQ(Texts(*both), (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(both->canonical_name, "both.test");
}

TEST_P(ResolverConformance, FindsOnlyTheFamilyAskedFor) {
  ResolveOptions options;
  options.families = AddressFamilies::kIpv4Only;
  EXPECT_EQ(Texts(LookUp(*world_, "both.test", options).value()),
            std::vector<std::string>{"192.0.2.1"});
  options.families = AddressFamilies::kIpv6Only;
  EXPECT_EQ(Texts(LookUp(*world_, "both.test", options).value()),
            std::vector<std::string>{"2001:db8::1"});
  ExpectNetDb(LookUp(*world_, "v4.test", options), EAI_NODATA, Reason::kDnsError);
}

TEST_P(ResolverConformance, TellsNoNameFromNoAddress) {
  ExpectNetDb(LookUp(*world_, "missing.test"), EAI_NONAME, Reason::kDnsError);
  ExpectNetDb(LookUp(*world_, "empty.test"), EAI_NODATA, Reason::kDnsError);
}

TEST_P(ResolverConformance, EndsALookupThatTakesTooLong) {
  ResolveOptions options;
  options.timeout = absl::Milliseconds(20);
  Result<Resolution> answer = LookUp(*world_, "silent.test", options);
  ExpectNetDb(answer, EAI_AGAIN, Reason::kDnsTimeout);
  EXPECT_TRUE(answer.error().retryable());
}

TEST_P(ResolverConformance, FailsAtOnceWithoutTime) {
  ResolveOptions options;
  options.timeout = absl::ZeroDuration();
  ExpectNetDb(LookUp(*world_, "silent.test", options), EAI_AGAIN, Reason::kDnsTimeout);
}

TEST_P(ResolverConformance, NeverCallsBackInsideStart) {
  Answers answers;
  world_->harness().Run([&] {
    EXPECT_NE(world_->resolver().Start(Name("both.test"), {}, answers.Done()), 0u);
    EXPECT_TRUE(answers.list.empty());
    ResolveOptions no_time;
    no_time.timeout = absl::ZeroDuration();
    world_->resolver().Start(Name("both.test"), no_time, answers.Done());
    EXPECT_TRUE(answers.list.empty());
  });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return answers.list.size() == 2; }));
}

TEST_P(ResolverConformance, DestroysTheCallbackOfACancelledLookupUncalled) {
  auto witness = std::make_shared<int>(0);
  Answers other;
  world_->harness().Run([&] {
    for (absl::string_view name : {"both.test", "missing.test", "silent.test"}) {
      const Resolver::LookupId id = world_->resolver().Start(
          Name(name), {}, [witness](const Result<Resolution>&) { ADD_FAILURE(); });
      world_->resolver().Cancel(id);
      EXPECT_EQ(witness.use_count(), 1) << name;
      world_->resolver().Cancel(id);  // Harmless.
    }
    world_->resolver().Cancel(0);
    world_->resolver().Start(Name("both.test"), {}, other.Done());
  });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return !other.list.empty(); }));
  EXPECT_TRUE(other.list.at(0).ok());
}

TEST_P(ResolverConformance, CancellingOneLeavesTheOtherOfTheSameName) {
  Answers kept;
  world_->harness().Run([&] {
    const auto unwanted = world_->resolver().Start(
        Name("both.test"), {}, [](const Result<Resolution>&) { ADD_FAILURE(); });
    world_->resolver().Start(Name("both.test"), {}, kept.Done());
    world_->resolver().Cancel(unwanted);
  });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return !kept.list.empty(); }));
  EXPECT_TRUE(kept.list.at(0).ok());
}

TEST_P(ResolverConformance, CancelOfAnEndedLookupDoesNothing) {
  Answers answers;
  Resolver::LookupId id = 0;
  world_->harness().Run(
      [&] { id = world_->resolver().Start(Name("missing.test"), {}, answers.Done()); });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return !answers.list.empty(); }));
  world_->harness().Run([&] { world_->resolver().Cancel(id); });
  EXPECT_EQ(answers.list.size(), 1u);
}

TEST_P(ResolverConformance, ACallbackMayStartAndCancelLookups) {
  Answers second;
  Resolver::LookupId silent = 0;
  world_->harness().Run([&] {
    silent = world_->resolver().Start(Name("silent.test"), {},
                                      [](const Result<Resolution>&) { ADD_FAILURE(); });
    world_->resolver().Start(Name("both.test"), {}, [&](const Result<Resolution>&) {
      world_->resolver().Cancel(silent);
      world_->resolver().Start(Name("v4.test"), {}, second.Done());
    });
  });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return !second.list.empty(); }));
  EXPECT_TRUE(second.list.at(0).ok());
}

TEST_P(ResolverConformance, ACallbackMayDestroyTheResolver) {
  bool destroyed = false;
  world_->harness().Run([&] {
    world_->resolver().Start(Name("silent.test"), {},
                             [](const Result<Resolution>&) { ADD_FAILURE(); });
    world_->resolver().Start(Name("both.test"), {}, [&](const Result<Resolution>&) {
      world_->DestroyResolver();
      destroyed = true;
    });
  });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return destroyed; }));
}

TEST_P(ResolverConformance, CancelsEverythingWhenDestroyed) {
  auto witness = std::make_shared<int>(0);
  world_->harness().Run([&] {
    for (absl::string_view name : {"both.test", "missing.test", "silent.test"}) {
      world_->resolver().Start(Name(name), {},
                               [witness](const Result<Resolution>&) { ADD_FAILURE(); });
    }
    world_->DestroyResolver();
    EXPECT_EQ(witness.use_count(), 1);
  });
}

}  // namespace
}  // namespace streampair
