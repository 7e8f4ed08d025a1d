#include "core/resolve/cares_answer.h"

#include <ares.h>
#include <netdb.h>

#include <set>

#include "core/base/reason.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

struct Row {
  int status;
  int code;
  Reason reason;
  bool retryable;
};

// The mapping that callers see, written out once more so that a change of it is a decision.
constexpr Row kRows[] = {
    {ARES_ENOTFOUND, EAI_NONAME, Reason::kDnsError, false},
    {ARES_EBADNAME, EAI_NONAME, Reason::kDnsError, false},
    {ARES_ENODATA, EAI_NODATA, Reason::kDnsError, false},
    {ARES_ETIMEOUT, EAI_AGAIN, Reason::kDnsTimeout, true},
    {ARES_ECONNREFUSED, EAI_AGAIN, Reason::kDnsError, true},
    {ARES_ESERVFAIL, EAI_AGAIN, Reason::kDnsError, true},
    {ARES_ENOMEM, EAI_MEMORY, Reason::kDnsError, true},
    {ARES_EREFUSED, EAI_FAIL, Reason::kDnsError, false},
    {ARES_ENOTIMP, EAI_FAIL, Reason::kDnsError, false},
    {ARES_EFORMERR, EAI_FAIL, Reason::kDnsError, false},
    {ARES_EBADRESP, EAI_FAIL, Reason::kDnsError, false},
};

TEST(CaresError, MapsEveryStatusToItsRow) {
  for (const Row& row : kRows) {
    const Error error = CaresError(row.status, "a.test");
    EXPECT_EQ(error.id(), (ErrorId{ErrorDomain::kNetDb, 0, row.code})) << row.status;
    EXPECT_EQ(error.stage(), Stage::kResolve) << row.status;
    EXPECT_EQ(error.reason(), row.reason) << row.status;
    EXPECT_EQ(error.retryable(), row.retryable) << row.status;
    EXPECT_NE(error.detail().find("a.test"), absl::string_view::npos) << error.detail();
  }
}

TEST(CaresError, CallsWhateverElseAFailureOfTheResolver) {
  std::set<int> listed = {ARES_SUCCESS};
  for (const Row& row : kRows) listed.insert(row.status);
  for (int status = 0; status <= 30; ++status) {
    if (listed.contains(status)) continue;
    EXPECT_EQ(CaresError(status, "a.test").id(), (ErrorId{ErrorDomain::kNetDb, 0, EAI_FAIL}));
  }
}

TEST(CaresError, GivesEachStatusATextOfItsOwn) {
  std::set<std::string> texts;
  for (const Row& row : kRows) {
    EXPECT_TRUE(texts.insert(std::string(CaresError(row.status, "a.test").detail())).second);
  }
}

TEST(IsRefusal, IsWhatAnotherServerMayKnowBetter) {
  for (const Row& row : kRows) {
    const bool expected =
        row.status == ARES_ESERVFAIL || row.status == ARES_EREFUSED || row.status == ARES_ENOTIMP;
    EXPECT_EQ(IsRefusal(row.status), expected) << row.status;
  }
}

TEST(MakeCaresAnswer, CallsSuccessWithoutAddressesNoData) {
  ares_addrinfo nothing = {};
  EXPECT_EQ(MakeCaresAnswer(ARES_SUCCESS, &nothing).status, ARES_ENODATA);
  EXPECT_EQ(MakeCaresAnswer(ARES_SUCCESS, nullptr).status, ARES_ENODATA);
  EXPECT_EQ(MakeCaresAnswer(ARES_ETIMEOUT, nullptr).status, ARES_ETIMEOUT);
}

TEST(MakeCaresAnswer, TakesTheEndOfTheAliasChain) {
  char www[] = "www.test", web[] = "web.test", host[] = "Host.TEST";
  ares_addrinfo_cname second = {60, web, host, nullptr};
  ares_addrinfo_cname first = {60, www, web, &second};
  ares_addrinfo info = {};
  info.cnames = &first;
  EXPECT_EQ(MakeCaresAnswer(ARES_SUCCESS, &info).canonical_name, "host.test");
}

}  // namespace
}  // namespace streampair
