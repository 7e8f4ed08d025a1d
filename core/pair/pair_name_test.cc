#include "core/pair/pair_name.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace streampair {
namespace {

const char kKey[] = "0123456789abcdef0123456789abcdef";

PairNamer Namer(const std::string& instance, const std::string& key = kKey) {
  return PairNamer::Make(instance, key).value();
}

TEST(PairNamer, MakesNamesThatItKnowsAgain) {
  const PairNamer namer = Namer("a1");
  const std::string name = namer.NewName();
  EXPECT_EQ(name.rfind("streamPairs/a1.", 0), 0u) << name;
  EXPECT_EQ(name.size(), std::string("streamPairs/a1.").size() + 48);
  EXPECT_EQ(namer.Judge(name), PairNamer::Origin::kOurs);
}

TEST(PairNamer, NeverMakesANameTwice) {
  const PairNamer namer = Namer("a1");
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) names.insert(namer.NewName());
  EXPECT_EQ(names.size(), 1000u);
}

TEST(PairNamer, TellsAnotherInstanceOfTheSameKeyFromAForgery) {
  const std::string name = Namer("a1").NewName();
  EXPECT_EQ(Namer("b2").Judge(name), PairNamer::Origin::kOtherInstance);
  EXPECT_EQ(Namer("a1", std::string(16, 'k')).Judge(name), PairNamer::Origin::kForged);
}

TEST(PairNamer, SeesEveryChangeOfAName) {
  const PairNamer namer = Namer("a1");
  const std::string name = namer.NewName();
  for (size_t i = 0; i < name.size(); ++i) {
    std::string changed = name;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_EQ(namer.Judge(changed), PairNamer::Origin::kForged) << changed;
    EXPECT_EQ(namer.Judge(name.substr(0, i)), PairNamer::Origin::kForged);
  }
  EXPECT_EQ(namer.Judge(name + "0"), PairNamer::Origin::kForged);
  EXPECT_EQ(namer.Judge(""), PairNamer::Origin::kForged);
}

TEST(PairNamer, RefusesBadInstancesAndShortKeys) {
  for (const char* instance : {"", "A", "a.b", "a/b", "a b", "123456789012345678901234567890123"}) {
    EXPECT_FALSE(PairNamer::Make(instance, kKey).ok()) << instance;
  }
  EXPECT_TRUE(PairNamer::Make("12345678901234567890123456789012", kKey).ok());
  EXPECT_FALSE(PairNamer::Make("a", "fifteen bytes..").ok());
  EXPECT_TRUE(PairNamer::Make(PairNamer::RandomInstance(), PairNamer::RandomKey()).ok());
}

}  // namespace
}  // namespace streampair
