#include "server/handlers/explain.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace streampair {
namespace {

v1::ExplainErrorResponse Explain(int32_t domain, int32_t code, uint32_t subdomain = 0) {
  v1::ExplainErrorRequest request;
  request.set_domain(domain);
  request.set_subdomain(subdomain);
  request.set_code(code);
  v1::ExplainErrorResponse response;
  EXPECT_FALSE(ExplainError(request, response).has_value());
  return response;
}

TEST(ExplainError, NamesKnownNumbers) {
  const auto refused = Explain(v1::ERROR_DOMAIN_POSIX, ECONNREFUSED);
  EXPECT_TRUE(refused.known());
  EXPECT_EQ(refused.domain_name(), "kCFStreamErrorDomainPOSIX");
  EXPECT_EQ(refused.symbol(), "ECONNREFUSED");
  EXPECT_NE(refused.meaning(), "");
  EXPECT_EQ(Explain(v1::ERROR_DOMAIN_NET_DB, -2).symbol(), "EAI_NONAME");
  EXPECT_EQ(Explain(v1::ERROR_DOMAIN_STREAMPAIR, 13).symbol(), "DRAINING");
  EXPECT_EQ(Explain(v1::ERROR_DOMAIN_STREAMPAIR, 13).domain_name(), "ERROR_DOMAIN_STREAMPAIR");
}

TEST(ExplainError, IsHonestAboutUnknownOnes) {
  const auto number = Explain(v1::ERROR_DOMAIN_POSIX, 99999);
  EXPECT_FALSE(number.known());
  EXPECT_EQ(number.domain_name(), "kCFStreamErrorDomainPOSIX");
  EXPECT_EQ(number.symbol(), "");
  EXPECT_EQ(number.code(), 99999);
  EXPECT_NE(number.meaning(), "");
  const auto domain = Explain(4711, 1);
  EXPECT_FALSE(domain.known());
  EXPECT_EQ(domain.domain_name(), "");
  EXPECT_EQ(domain.meaning(), "There is no such domain.");
}

TEST(ExplainError, KnowsThatZeroIsNoError) {
  EXPECT_TRUE(Explain(0, 0).known());
  EXPECT_EQ(Explain(v1::ERROR_DOMAIN_POSIX, 0).meaning(), "No error.");
}

TEST(ExplainError, SplitsPackedSocksErrors) {
  const auto packed = Explain(v1::ERROR_DOMAIN_SOCKS, 0x000400ff);
  EXPECT_EQ(packed.subdomain(), 4u);
  EXPECT_EQ(packed.code(), 0xff);
  const auto split = Explain(v1::ERROR_DOMAIN_SOCKS, 0x5b, 2);
  EXPECT_EQ(split.subdomain(), 2u);
  EXPECT_EQ(split.code(), 0x5b);
  const auto negative = Explain(v1::ERROR_DOMAIN_SOCKS, -1);
  EXPECT_EQ(negative.subdomain(), 0xffffu);
  EXPECT_EQ(negative.code(), 0xffff);
  EXPECT_EQ(Explain(v1::ERROR_DOMAIN_POSIX, 0x000400ff).subdomain(), 0u);
}

TEST(ExplainError, RefusesSubdomainsThatCannotBe) {
  for (const auto& [domain, subdomain] :
       {std::pair{v1::ERROR_DOMAIN_SOCKS, 65536u}, std::pair{v1::ERROR_DOMAIN_POSIX, 1u}}) {
    v1::ExplainErrorRequest request;
    request.set_domain(domain);
    request.set_subdomain(subdomain);
    v1::ExplainErrorResponse response;
    const auto failure = ExplainError(request, response);
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->violations[0].field, "subdomain");
  }
}

}  // namespace
}  // namespace streampair
