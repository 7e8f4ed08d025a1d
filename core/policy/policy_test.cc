#include "core/policy/policy.h"

#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using Words = std::vector<std::string>;

LaxTlsSet LaxFrom(const std::string& list) {
  const std::map<std::string, LaxTlsSet> kNames = {{"expired", kAllowsExpiredCertificates},
                                                   {"expiredroots", kAllowsExpiredRoots},
                                                   {"anyroot", kAllowsAnyRoot},
                                                   {"nochain", kSkipsChain},
                                                   {"peername", kOtherPeerName},
                                                   {"oldversions", kOldVersions},
                                                   {"ownroots", kOwnRoots}};
  LaxTlsSet set = 0;
  for (const std::string& name : Words(absl::StrSplit(list, ','))) set |= kNames.at(name);
  return set;
}

TlsStrength StrengthFrom(const std::string& text) {
  if (text == "encrypted") return TlsStrength::kEncrypted;
  EXPECT_EQ(text, "verified");
  return TlsStrength::kVerified;
}

Endpoint EndpointFrom(const std::string& text) { return *Endpoint::Parse(text); }

// Reads the words after a rule's name; the file's head says how they look.
Rule RuleFrom(RuleAction action, const Words& words) {
  Rule rule;
  rule.action = action;
  rule.name = words.at(1);
  for (size_t i = 2; i < words.size(); ++i) {
    const std::pair<std::string, std::string> word =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    const Words list = absl::StrSplit(word.second, ',');
    const std::string& key = word.first;
    if (key == "report") {
      rule.mode = RuleMode::kReport;
    } else if (key == "unverifiable") {
      rule.allows_unverifiable = true;
    } else if (key == "park") {
      rule.may_park = true;
    } else if (key == "tls") {
      rule.least_tls = StrengthFrom(word.second);
    } else if (key == "lax") {
      rule.lax_tls = LaxFrom(word.second);
    } else if (key == "identities") {
      rule.identities = list;
    } else if (key == "hop") {
      rule.about_targets = word.second == "any";
      rule.about_proxies = true;
    } else if (key == "who") {
      for (const auto& each : list) rule.principals.push_back(*PrincipalPattern::Parse(each));
    } else if (key == "hosts") {
      for (const auto& each : list) rule.hosts.push_back(*HostPattern::Parse(each));
    } else if (key == "addresses") {
      for (const auto& each : list) rule.addresses.push_back(*IpRange::Parse(each));
    } else if (key == "ports") {
      for (const auto& each : list) {
        const Words ends = absl::StrSplit(each, '-');
        rule.ports.push_back({static_cast<uint16_t>(std::stoi(ends.front())),
                              static_cast<uint16_t>(std::stoi(ends.back()))});
      }
    } else {
      ADD_FAILURE() << "unknown word " << words[i];
    }
  }
  return rule;
}

struct Case {
  std::string text;
  PolicyRequest request;
  std::optional<IpAddress> address;
  bool unverifiable = false;
  std::string expected;
};

Case CaseFrom(const std::string& line) {
  const std::pair<std::string, std::string> sides = absl::StrSplit(line, " => ");
  const Words words = absl::StrSplit(sides.first, ' ');
  Case result;
  result.text = line;
  result.expected = sides.second;
  result.request.principal = words.at(1);
  const std::string& target = words.at(2);
  if (const auto endpoint = Endpoint::Parse(target); endpoint.ok()) {
    result.address = endpoint->address;
    result.request.port = endpoint->port;
  } else {
    const size_t colon = target.rfind(':');
    const auto host = HostName::Parse(target.substr(0, colon));
    EXPECT_TRUE(host.ok()) << line;
    if (host.ok()) result.request.host = *host;
    result.request.port = static_cast<uint16_t>(std::stoi(target.substr(colon + 1)));
  }
  for (size_t i = 3; i < words.size(); ++i) {
    const std::pair<std::string, std::string> word =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    if (word.first == "at") {
      result.address = *IpAddress::Parse(word.second);
    } else if (word.first == "tls") {
      result.request.tls = StrengthFrom(word.second);
    } else if (word.first == "lax") {
      result.request.lax_tls = LaxFrom(word.second);
    } else if (word.first == "identity") {
      result.request.identity = word.second;
    } else if (word.first == "proxy") {
      result.request.hop = HopKind::kProxy;
    } else if (word.first == "unverifiable") {
      result.unverifiable = true;
    } else {
      ADD_FAILURE() << "unknown word in " << line;
    }
  }
  return result;
}

struct CaseSet {
  std::string name;
  PolicySource source;
  std::vector<Case> cases;
};

std::vector<CaseSet> ReadCases() {
  std::ifstream file("core/policy/policy_cases.txt");
  EXPECT_TRUE(file.is_open());
  std::vector<CaseSet> sets;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const Words words = absl::StrSplit(line, ' ');
    const std::string& verb = words[0];
    if (verb == "policy") {
      sets.push_back({words.at(1), {}, {}});
      continue;
    }
    PolicySource& source = sets.back().source;
    if (verb == "?") {
      sets.back().cases.push_back(CaseFrom(line));
    } else if (verb == "allow" || verb == "deny") {
      source.rules.push_back(
          RuleFrom(verb == "allow" ? RuleAction::kAllow : RuleAction::kDeny, words));
    } else if (verb == "global") {
      source.global_denials.push_back(RuleFrom(RuleAction::kDeny, words));
    } else if (verb == "exempt") {
      const Rule rule = RuleFrom(RuleAction::kAllow, words);
      source.exemptions.push_back({rule.name, rule.principals, rule.hosts, rule.addresses});
    } else if (verb == "own") {
      source.own_listeners.push_back(EndpointFrom(words.at(1)));
    } else if (verb == "guard") {
      source.guard = words.at(1) != "off";
      if (words.at(1) == "report") source.guard_mode = RuleMode::kReport;
    } else if (verb == "mode") {
      source.mode = RuleMode::kReport;
    } else {
      ADD_FAILURE() << "unknown line: " << line;
    }
  }
  return sets;
}

PolicyDecision Judge(const Policy& policy, const Case& c) {
  if (c.unverifiable) return policy.JudgeUnverifiable(c.request);
  if (c.address) return policy.JudgeAddress(c.request, *c.address);
  return policy.JudgeName(c.request);
}

std::string TextOf(const PolicyDecision& decision) {
  return absl::StrCat(decision.allowed ? "allow " : "deny ", decision.rule,
                      decision.would_deny.empty() ? "" : " would=", decision.would_deny,
                      decision.may_park ? " park" : "");
}

TEST(Policy, SaysWhatTheCasesSay) {
  size_t count = 0;
  for (CaseSet& set : ReadCases()) {
    auto policy = Policy::Make(std::move(set.source));
    ASSERT_TRUE(policy.ok()) << set.name << ": " << policy.error().detail();
    for (const Case& c : set.cases) {
      ++count;
      const PolicyDecision decision = Judge(**policy, c);
      EXPECT_EQ(TextOf(decision), c.expected) << set.name << ": " << c.text << "\n"
                                              << decision.reason;
      EXPECT_EQ(decision.reason.empty(), decision.allowed) << c.text;
    }
  }
  EXPECT_GE(count, 300u);
}

// What the index finds is what going through all rules would find.
TEST(Policy, JudgesAsManyRulesAsFewDo) {
  for (CaseSet& set : ReadCases()) {
    PolicySource padded = set.source;
    for (int i = 0; i < 500; ++i) {
      Rule rule;
      rule.name = absl::StrCat("pad", i);
      rule.action = i % 2 == 0 ? RuleAction::kAllow : RuleAction::kDeny;
      rule.principals = {*PrincipalPattern::Parse(absl::StrCat("nobody", i))};
      rule.hosts = {*HostPattern::Parse(absl::StrCat("h", i, ".pad.example"))};
      padded.rules.push_back(rule);
    }
    auto few = Policy::Make(set.source);
    auto many = Policy::Make(std::move(padded));
    ASSERT_TRUE(few.ok() && many.ok());
    for (const Case& c : set.cases) EXPECT_EQ(TextOf(Judge(**few, c)), TextOf(Judge(**many, c)));
  }
}

// A stricter policy never allows more: with any rule that allows taken away, or any of the denials
// added, whatever is allowed was allowed before. Nor does the first judgement, without the address,
// refuse what the second would let through.
TEST(Policy, StricterNeverAllowsMore) {
  std::vector<CaseSet> sets = ReadCases();
  std::vector<Rule> denials;
  std::vector<Case> cases;
  for (const CaseSet& set : sets) {
    for (const Case& c : set.cases) cases.push_back(c);
    for (const Rule& rule : set.source.rules) {
      if (rule.action != RuleAction::kDeny) continue;
      denials.push_back(rule);
      denials.back().name = absl::StrCat("added", denials.size());
    }
  }
  ASSERT_FALSE(denials.empty());
  const auto holds = [&](const Policy& lax, const PolicySource& strict_source) {
    auto strict = Policy::Make(strict_source);
    ASSERT_TRUE(strict.ok());
    for (const Case& c : cases) {
      if (!Judge(**strict, c).allowed) continue;
      ASSERT_TRUE(Judge(lax, c).allowed) << c.text;
      Case before = c;
      if (!c.request.host || !c.address) continue;
      before.address.reset();
      ASSERT_TRUE(Judge(**strict, before).allowed) << "refused before the look-up: " << c.text;
    }
  };
  std::mt19937 random(20261124);
  for (const CaseSet& set : sets) {
    auto lax = Policy::Make(set.source);
    ASSERT_TRUE(lax.ok());
    for (size_t i = 0; i < set.source.rules.size(); ++i) {
      if (set.source.rules[i].action != RuleAction::kAllow) continue;
      PolicySource strict = set.source;
      strict.rules.erase(strict.rules.begin() + static_cast<std::ptrdiff_t>(i));
      holds(**lax, strict);
    }
    for (int i = 0; i < 5; ++i) {
      PolicySource strict = set.source;
      strict.rules.push_back(denials[random() % denials.size()]);
      holds(**lax, strict);
    }
    PolicySource strict = set.source;
    strict.exemptions.clear();
    strict.guard = true;
    strict.guard_mode = RuleMode::kEnforce;
    holds(**lax, strict);
  }
}

TEST(Policy, ExplainsARefusal) {
  PolicySource source;
  Rule rule;
  rule.name = "web";
  rule.hosts = {*HostPattern::Parse("a.example")};
  rule.least_tls = TlsStrength::kVerified;
  source.rules = {rule};
  auto policy = Policy::Make(source);
  ASSERT_TRUE(policy.ok());
  PolicyRequest request{.principal = "ci", .host = *HostName::Parse("a.example"), .port = 443};
  EXPECT_EQ((*policy)->JudgeName(request).reason, "rule \"web\" needs verified TLS");
  request.host = *HostName::Parse("b.example");
  EXPECT_EQ((*policy)->JudgeName(request).reason, "no rule allows it");
  EXPECT_EQ((*policy)->JudgeAddress(request, *IpAddress::Parse("::ffff:10.0.0.1")).reason,
            "::ffff:10.0.0.1 is private (10.0.0.0/8, by the 10.0.0.1 in it)");
}

TEST(Policy, RefusesWhatCannotBeMeant) {
  Rule good;
  good.name = "good";
  const auto refused = [](PolicySource source) {
    auto made = Policy::Make(std::move(source));
    return made.ok() ? std::string() : std::string(made.error().detail());
  };
  EXPECT_EQ(refused({.rules = {good}}), "");
  for (const char* name : {"", "default", "guard", "two words", "a\nb", "é"}) {
    Rule rule;
    rule.name = name;
    EXPECT_TRUE(absl::StrContains(refused({.rules = {rule}}), "a name must be")) << name;
  }
  Rule longest;
  longest.name = std::string(64, 'x');
  EXPECT_EQ(refused({.rules = {longest}}), "");
  longest.name += 'x';
  EXPECT_NE(refused({.rules = {longest}}), "");
  EXPECT_TRUE(absl::StrContains(refused({.rules = {good, good}}), "taken"));
  EXPECT_TRUE(absl::StrContains(refused({.global_denials = {good}}), "must deny"));
  Rule backwards = good;
  backwards.ports = {{80, 79}};
  EXPECT_TRUE(absl::StrContains(refused({.rules = {backwards}}), "ports"));
  Rule neither = good;
  neither.about_targets = false;
  EXPECT_TRUE(absl::StrContains(refused({.rules = {neither}}), "neither"));
  Rule report = good;
  report.mode = RuleMode::kReport;
  EXPECT_TRUE(absl::StrContains(refused({.rules = {report}}), "only a denial"));
  EXPECT_TRUE(absl::StrContains(refused({.exemptions = {{.name = "x"}}}), "must name"));
}

TEST(HostPattern, RefusesWhatIsNone) {
  for (const char* text : {"", ".", "*.", "**", "a.*.example", "*example.com", "a b", "1.2.3",
                           "0x7f000001", "10.0.0.0/8", "..example"}) {
    EXPECT_FALSE(HostPattern::Parse(text).ok()) << text;
  }
}

TEST(PrincipalPattern, RefusesWhatIsNone) {
  for (const std::string& text : {std::string(), std::string("a*b"), std::string("**"),
                                  std::string(PrincipalPattern::kMaxBytes + 1, 'x')}) {
    EXPECT_FALSE(PrincipalPattern::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace streampair
