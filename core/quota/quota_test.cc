#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "core/quota/quota_book.h"
#include "core/quota/token_bucket.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

MonotonicTime At(double seconds) {
  return MonotonicTime::FromNanos(1'000'000'000) + absl::Seconds(seconds);
}

TEST(TokenBucket, GivesABurstAndThenTheRate) {
  TokenBucket bucket(2, 3, At(0));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.Take(1, At(0)));
  EXPECT_FALSE(bucket.Take(1, At(0)));
  EXPECT_EQ(bucket.WaitFor(1, At(0)), absl::Milliseconds(500));
  EXPECT_FALSE(bucket.Take(1, At(0.499)));
  EXPECT_TRUE(bucket.Take(1, At(0.5)));
  EXPECT_FALSE(bucket.IsFull(At(1)));
  EXPECT_TRUE(bucket.IsFull(At(2)));
  // Not more than the burst, however long nobody came.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.Take(1, At(1000)));
  EXPECT_FALSE(bucket.Take(1, At(1000)));
}

TEST(TokenBucket, WhoReservesFirstIsFirst) {
  TokenBucket bucket(10, 10, At(0));
  EXPECT_EQ(bucket.Reserve(10, At(0)), At(0));
  EXPECT_EQ(bucket.Reserve(5, At(0)), At(0.5));
  EXPECT_EQ(bucket.Reserve(5, At(0)), At(1));
  EXPECT_FALSE(bucket.Take(1, At(0.9))) << "those who wait come first";
  bucket.Return(5, At(0.9));
  EXPECT_EQ(bucket.WaitFor(1, At(0.9)), absl::ZeroDuration());
}

TEST(TokenBucket, WithoutARateIsWhatIsInIt) {
  TokenBucket bucket(0, 1, At(0));
  EXPECT_TRUE(bucket.Take(1, At(0)));
  EXPECT_FALSE(bucket.Take(1, At(1e6)));
  EXPECT_EQ(bucket.WaitFor(1, At(1e6)), absl::InfiniteDuration());
  EXPECT_TRUE(bucket.Reserve(1, At(1e6)).IsInfinite());
  bucket.Change(1, 5, At(1e6));
  EXPECT_FALSE(bucket.Take(1, At(1e6))) << "a new rate fills nothing at once";
}

TEST(TokenBucket, TakesTimeThatGoesBackAsNow) {
  TokenBucket bucket(1, 1, At(10));
  EXPECT_TRUE(bucket.Take(1, At(10)));
  EXPECT_FALSE(bucket.Take(1, At(5)));
  EXPECT_TRUE(bucket.Take(1, At(11)));
}

class Denials : public QuotaListener {
 public:
  void OnDenied(QuotaKind kind) override { kinds.push_back(QuotaKindName(kind)); }
  std::vector<std::string> kinds;
};

class Quota : public ::testing::Test {
 protected:
  void SetRules(QuotaLimits each, QuotaLimits global = {}, double now = 0) {
    QuotaRules rules;
    rules.global = global;
    rules.of_principal = [each](const std::string& principal) {
      return principal == "free" ? QuotaLimits() : each;
    };
    book_.SetRules(std::move(rules), At(now));
  }
  std::shared_ptr<QuotaAccount> Account(const std::string& principal, double now = 0) {
    return book_.AccountOf(principal, At(now));
  }
  // "ok", or why not.
  std::string Try(const std::string& principal, QuotaKind kind, double now = 0) {
    auto unit = Account(principal, now)->Take(kind, At(now));
    if (unit.ok()) {
      units_.push_back(*std::move(unit));
      return "ok";
    }
    EXPECT_EQ(unit.error().id(), QuotaExceeded("").id());
    EXPECT_TRUE(unit.error().retryable());
    retry_after_ = unit.error().retry_after();
    return std::string(unit.error().detail());
  }

  Denials denials_;
  QuotaBook book_{At(0), &denials_};
  std::vector<QuotaUnit> units_;
  absl::Duration retry_after_;
};

TEST_F(Quota, UnitsAreRefusedAtTheLimitAndComeBack) {
  const struct {
    QuotaKind kind;
    QuotaLimits limits;
    const char* refusal;
    const char* name;
  } kCases[] = {
      {QuotaKind::kPairs, {.pairs = 2}, "this caller may have 2 pairs at a time", "pairs"},
      {QuotaKind::kPendingDials,
       {.pending_dials = 2},
       "this caller may have 2 pairs being opened at a time",
       "pending_dials"},
      {QuotaKind::kParkedSockets,
       {.parked_sockets = 2},
       "this caller may have 2 parked sockets at a time",
       "parked_sockets"},
  };
  for (const auto& c : kCases) {
    SetRules(c.limits);
    denials_.kinds.clear();
    EXPECT_EQ(Try("a", c.kind), "ok");
    EXPECT_EQ(Try("a", c.kind), "ok");
    EXPECT_EQ(Try("a", c.kind), c.refusal);
    EXPECT_EQ(denials_.kinds, std::vector<std::string>{c.name});
    EXPECT_EQ(Try("b", c.kind), "ok") << "each caller has its own";
    EXPECT_EQ(Try("free", c.kind), "ok");
    EXPECT_EQ(Account("a")->own().used(c.kind), 2u);
    units_.pop_back();
    units_.erase(units_.begin());
    EXPECT_EQ(Try("a", c.kind), "ok");
    units_.clear();
    EXPECT_EQ(Account("a")->own().used(c.kind), 0u);
  }
}

TEST_F(Quota, AllTogetherAreBoundToo) {
  SetRules({.pairs = 2}, {.pairs = 3});
  EXPECT_EQ(Try("a", QuotaKind::kPairs), "ok");
  EXPECT_EQ(Try("a", QuotaKind::kPairs), "ok");
  EXPECT_EQ(Try("b", QuotaKind::kPairs), "ok");
  EXPECT_EQ(Try("b", QuotaKind::kPairs), "all callers together may have 3 pairs at a time");
  EXPECT_EQ(Account("b")->own().used(QuotaKind::kPairs), 1u) << "what was refused is not kept";
  EXPECT_EQ(Try("free", QuotaKind::kPairs), "all callers together may have 3 pairs at a time");
}

TEST_F(Quota, OpenRateIsTakenWithADialAndSaysWhenToComeBack) {
  SetRules({.opens_per_second = 2, .open_burst = 1});
  EXPECT_EQ(Try("a", QuotaKind::kPendingDials), "ok");
  EXPECT_EQ(Try("a", QuotaKind::kPendingDials), "this caller may open 2 pairs a second");
  EXPECT_EQ(retry_after_, absl::Milliseconds(500));
  EXPECT_EQ(denials_.kinds, std::vector<std::string>{"open_rate"});
  EXPECT_EQ(Try("a", QuotaKind::kPendingDials, 0.5), "ok");
  // Whoever is refused for another reason has not used it up.
  SetRules({.opens_per_second = 1}, {.pending_dials = 2}, 10);
  EXPECT_EQ(Try("a", QuotaKind::kPendingDials, 10),
            "all callers together may have 2 pairs being opened at a time");
  units_.clear();
  EXPECT_EQ(Try("a", QuotaKind::kPendingDials, 10), "ok");
  SetRules({.opens_per_second = 0}, {}, 10);
  EXPECT_EQ(Try("a", QuotaKind::kPendingDials, 10), "this caller may open 0 pairs a second");
  EXPECT_EQ(retry_after_, absl::InfiniteDuration());
}

TEST_F(Quota, TotalBytesStopOpensUntilThePeriodIsOver) {
  SetRules({.total_bytes = 100, .total_bytes_period = absl::Seconds(10)});
  const auto account = Account("a");
  EXPECT_TRUE(account->metered());
  EXPECT_FALSE(Account("free")->metered());
  EXPECT_EQ(account->BytesLeft(At(1)), 100u);
  account->CountBytes(70, At(1));
  EXPECT_EQ(account->BytesLeft(At(1)), 30u);
  account->CountBytes(40, At(2));
  EXPECT_EQ(account->BytesLeft(At(2)), 0u);
  EXPECT_EQ(account->DenyBytes(At(2)).retry_after(), absl::Seconds(8));
  EXPECT_EQ(Try("a", QuotaKind::kPendingDials, 4), "this caller may move 100 bytes in 10s");
  EXPECT_EQ(retry_after_, absl::Seconds(6));
  EXPECT_EQ(denials_.kinds, (std::vector<std::string>{"total_bytes", "total_bytes"}));
  EXPECT_EQ(Try("a", QuotaKind::kPendingDials, 10), "ok");
  EXPECT_EQ(account->BytesLeft(At(10)), 100u);
  EXPECT_EQ(Try("b", QuotaKind::kPendingDials, 4), "ok");
}

TEST_F(Quota, BytesASecondComeInPiecesOneAfterTheOther) {
  SetRules({.bytes_per_second = 1000});
  const auto account = Account("a");
  const QuotaPool::Grant first = account->ReserveBytes(5000, At(0));
  EXPECT_EQ(first.bytes, 100u);
  EXPECT_EQ(first.when, At(0));
  EXPECT_EQ(account->ReserveBytes(5000, At(0)).when, At(0.1));
  EXPECT_EQ(account->ReserveBytes(5000, At(0)).when, At(0.2));
  EXPECT_EQ(account->ReserveBytes(50, At(0)).when, At(0.25));
  // A second's worth a second, however it is asked for.
  double when = 0.25;
  size_t moved = 350;
  while (when < 10) {
    const QuotaPool::Grant grant = account->ReserveBytes(1 << 20, At(when));
    moved += grant.bytes;
    when = absl::ToDoubleSeconds(grant.when - At(0));
  }
  EXPECT_NEAR(static_cast<double>(moved), 1000 * when, 101);
}

TEST_F(Quota, TheTighterPaceHolds) {
  SetRules({.bytes_per_second = 1000}, {.bytes_per_second = 100});
  const auto account = Account("a");
  EXPECT_EQ(account->ReserveBytes(5000, At(0)).bytes, 10u);
  EXPECT_EQ(account->ReserveBytes(5000, At(0)).when, At(0.1));
  account->ReturnBytes(10, At(0));
  EXPECT_EQ(Account("free")->ReserveBytes(10, At(0)).when, At(0.1)) << "its own has none";
}

TEST_F(Quota, NewRulesHoldForAccountsInUse) {
  SetRules({.pairs = 1});
  const auto account = Account("a");
  EXPECT_EQ(Try("a", QuotaKind::kPairs), "ok");
  EXPECT_NE(Try("a", QuotaKind::kPairs), "ok");
  SetRules({.pairs = 2});
  EXPECT_EQ(Try("a", QuotaKind::kPairs), "ok");
  SetRules({.pairs = 1});
  EXPECT_NE(Try("a", QuotaKind::kPairs), "ok");
  units_.pop_back();
  EXPECT_NE(Try("a", QuotaKind::kPairs), "ok");
  units_.clear();
  EXPECT_EQ(Try("a", QuotaKind::kPairs), "ok");
  EXPECT_EQ(Account("a"), account);
  SetRules({.bytes_per_second = 1});
  EXPECT_TRUE(account->metered());
  book_.SetRules({}, At(0));
  EXPECT_FALSE(account->metered());
}

TEST_F(Quota, CallersWithEverNewNamesAreForgottenUnlessTheyMatter) {
  SetRules({.pairs = 1, .total_bytes = 10});
  EXPECT_EQ(Try("holds", QuotaKind::kPairs), "ok");
  Account("moved")->CountBytes(3, At(0));
  for (int i = 0; i < 10'000; ++i) Account(absl::StrCat("once", i));
  EXPECT_LE(book_.size(), 2048u);
  EXPECT_NE(Try("holds", QuotaKind::kPairs), "ok");
  EXPECT_EQ(Account("moved")->BytesLeft(At(0)), 7u);
}

}  // namespace
}  // namespace streampair
