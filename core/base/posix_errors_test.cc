#include "core/base/posix_errors.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace streampair {
namespace {

struct Expected {
  Stage stage;
  int err;
  Reason reason;
  bool retryable;
};

TEST(PosixErrors, ReasonAndRetryFollowFromNumberAndStage) {
  const Expected rows[] = {
      {Stage::kConnect, ECONNREFUSED, Reason::kConnectionRefused, true},
      {Stage::kConnect, EHOSTUNREACH, Reason::kDestinationIpUnroutable, true},
      {Stage::kConnect, ENETUNREACH, Reason::kDestinationIpUnroutable, true},
      {Stage::kConnect, ETIMEDOUT, Reason::kConnectionTimeout, true},
      {Stage::kProxy, ETIMEDOUT, Reason::kConnectionTimeout, true},
      {Stage::kStream, ETIMEDOUT, Reason::kConnectionReadTimeout, false},
      {Stage::kConnect, ECONNRESET, Reason::kConnectionTerminated, true},
      {Stage::kStream, ECONNRESET, Reason::kConnectionTerminated, false},
      {Stage::kStream, EPIPE, Reason::kConnectionTerminated, false},
      {Stage::kProxy, ENOTCONN, Reason::kConnectionTerminated, true},
      {Stage::kConnect, EACCES, Reason::kDestinationIpProhibited, false},
      {Stage::kConnect, EPERM, Reason::kDestinationIpProhibited, false},
      {Stage::kConnect, EADDRNOTAVAIL, Reason::kConnectionLimitReached, true},
      {Stage::kConnect, EMFILE, Reason::kConnectionLimitReached, true},
      {Stage::kStream, ECANCELED, Reason::kNone, false},
      {Stage::kConnect, ECANCELED, Reason::kNone, false},
      {Stage::kConnect, EINVAL, Reason::kNone, false},
      {Stage::kConnect, 4000, Reason::kNone, false},
  };
  for (const Expected& row : rows) {
    const Error error = PosixError(row.stage, row.err, "connect");
    EXPECT_EQ(error.id(), (ErrorId{ErrorDomain::kPosix, 0, row.err}));
    EXPECT_EQ(error.stage(), row.stage);
    EXPECT_EQ(error.reason(), row.reason) << error.ToString();
    EXPECT_EQ(error.retryable(), row.retryable) << error.ToString();
  }
}

TEST(PosixErrors, NoErrorOfAnOpenStreamIsRetryable) {
  for (int err = 1; err < 200; ++err) {
    EXPECT_FALSE(PosixError(Stage::kStream, err, "read").retryable()) << err;
  }
}

TEST(PosixErrors, TextHasSymbolAndMeaning) {
  EXPECT_EQ(PosixError(Stage::kConnect, ECONNREFUSED, "connect to the target").detail(),
            "connect to the target: ECONNREFUSED (Nobody accepts connections at that address)");
  EXPECT_EQ(PosixError(Stage::kConnect, 4000, "connect").detail(), "connect: errno 4000");
}

TEST(PosixErrorsDeathTest, RefusesNoError) {
  EXPECT_DEATH((void)PosixError(Stage::kConnect, 0, "x"), "check failed: err > 0");
}

}  // namespace
}  // namespace streampair
