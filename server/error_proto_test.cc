#include "server/error_proto.h"

#include <cerrno>

#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(ErrorToProto, CarriesEveryField) {
  const v1::StreamError proto = ErrorToProto(
      PosixError(Stage::kConnect, ECONNREFUSED, "connect").WithAddress("192.0.2.1:80"));
  EXPECT_EQ(proto.domain(), v1::ERROR_DOMAIN_POSIX);
  EXPECT_EQ(proto.subdomain(), 0u);
  EXPECT_EQ(proto.code(), 111);
  EXPECT_EQ(proto.packed_error(), 111);
  EXPECT_EQ(proto.symbol(), "ECONNREFUSED");
  EXPECT_EQ(proto.stage(), v1::ERROR_STAGE_CONNECT);
  EXPECT_EQ(proto.reason(), v1::ERROR_REASON_CONNECTION_REFUSED);
  EXPECT_EQ(proto.address(), "192.0.2.1:80");
  EXPECT_TRUE(proto.retryable());
  EXPECT_NE(proto.message(), "");
}

TEST(ErrorToProto, PacksTheSubdomainOfSocks) {
  const Error refused(Stage::kProxy, {ErrorDomain::kSocks, 5, 1}, Reason::kNone, "refused");
  EXPECT_EQ(ErrorToProto(refused).packed_error(), 0x00050001);
}

TEST(ErrorToProto, HasNoSymbolForANumberWithoutOne) {
  const Error odd(Stage::kProxy, {ErrorDomain::kPosix, 0, 99999}, Reason::kNone, "odd");
  EXPECT_EQ(ErrorToProto(odd).symbol(), "");
}

TEST(ErrorToProto, BoundsTheMessage) {
  EXPECT_EQ(ErrorToProto(InvalidRequest(std::string(9000, 'x'))).message().size(),
            kMaxErrorMessageBytes);
}

TEST(ErrorToProto, KnowsOurCodesByTheNumbersOfTheProto) {
  EXPECT_EQ(ErrorToProto(InternalFault("x")).code(), v1::STREAMPAIR_CODE_INTERNAL);
  EXPECT_EQ(ErrorToProto(NotHere("x")).code(), v1::STREAMPAIR_CODE_NOT_HERE);
  EXPECT_EQ(ErrorToProto(QuotaExceeded("x")).code(), v1::STREAMPAIR_CODE_QUOTA);
  EXPECT_EQ(ErrorToProto(Unauthenticated("x")).code(), v1::STREAMPAIR_CODE_UNAUTHENTICATED);
  EXPECT_EQ(ErrorToProto(QuotaExceeded("x")).domain(), v1::ERROR_DOMAIN_STREAMPAIR);
}

TEST(StageToProto, KeepsTheOrder) {
  for (int stage = 0; stage <= static_cast<int>(Stage::kInternal); ++stage) {
    EXPECT_EQ(StageToProto(static_cast<Stage>(stage)), stage + 1);
  }
}

}  // namespace
}  // namespace streampair
