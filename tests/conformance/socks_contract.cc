// SOCKS: the dictionary's keys, local bypass, and every subdomain and number of its errors.
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/conformance/contract.h"
#include "tests/harness/mailbox.h"

namespace streampair::testing {
namespace {

using namespace std::string_literals;  // NOLINT: bytes with zeros in them.

constexpr char kGranted5[] = "\5\0\0\1\x7f\0\0\1\x04\x38";
constexpr char kGranted4[] = "\0\x5a\0\0\0\0\0\0";

// What a scripted proxy hears, in bytes, and then says.
struct Step {
  size_t hears;
  std::string says;
};

class Socks : public Contract {
 protected:
  // Plays the script, telling what it heard, and sends back all that comes after it.
  TcpTarget::Handler Play(std::vector<Step> script) {
    return [this, script = std::move(script)](TargetConnection& connection) {
      std::string all;
      for (const Step& step : script) {
        const std::string heard = connection.ReadExactly(step.hears);
        all += heard;
        if (heard.size() < step.hears || !connection.Write(step.says)) break;
      }
      heard_.Put(all);
      Echo(connection);
    };
  }

  static v1::StreamPairSpec Through(int port, const std::string& more = "") {
    return With(HeldTo(80, "far.test"),
                absl::StrCat("socks_proxy { host: \"127.0.0.1\" port: ", port, " ", more, " }"));
  }

  // How a pair through a proxy that plays this fails, as the numbers that CFStreamError would hold.
  v1::StreamError ErrorOf(std::vector<Step> script, const std::string& more = "") {
    TcpTarget proxy(Play(std::move(script)));
    const grpc::Status status = OpenReady(Make(Through(proxy.port(), more)));
    const StatusDetails details = DetailsOf(status);
    EXPECT_TRUE(details.error.has_value()) << status.error_message();
    return details.error.value_or(v1::StreamError());
  }

  // What the program with those two functions would have got: they unpack the one number.
  static void ExpectUnpacks(const v1::StreamError& error, uint32_t subdomain, int32_t code) {
    EXPECT_EQ(error.domain(), v1::ERROR_DOMAIN_SOCKS) << error.ShortDebugString();
    EXPECT_EQ(error.subdomain(), subdomain) << error.ShortDebugString();
    EXPECT_EQ(error.code(), code) << error.ShortDebugString();
    const v1::ExplainErrorResponse explained =
        Explain(v1::ERROR_DOMAIN_SOCKS, 0, error.packed_error());
    EXPECT_EQ(explained.subdomain(), subdomain);
    EXPECT_EQ(explained.code(), code);
    EXPECT_EQ(explained.symbol(), error.symbol());
    EXPECT_TRUE(explained.known());
  }

  Mailbox<std::string> heard_;
};

TEST_F(Socks, ProxyHostAndPortAreWhereItConnects) {
  TcpTarget proxy(Play({{3, "\5\0"s}, {15, std::string(kGranted5, 10)}}));
  const std::string name = Make(Through(proxy.port()));
  ExpectEcho(name, "through the proxy");
  EXPECT_EQ(proxy.accepted(), 1);
  // The target's name is the proxy's to resolve.
  EXPECT_EQ(heard_.Take(), "\5\1\0\5\1\0\3\x08"s + "far.test\0\x50"s);
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKS_PROXY),
            absl::StrCat("socks_proxy { host: \"127.0.0.1\" port: ", proxy.port(),
                         " version: SOCKS_VERSION_5 }"));
  // Both are validated, and it is set before open.
  const std::string fresh = Make(HeldTo(80, "far.test"));
  EXPECT_EQ(Triple(Set(fresh, "socks_proxy { port: 1080 }")), "STREAMPAIR/0/3");
  EXPECT_EQ(Triple(Set(fresh, "socks_proxy { host: \"p.test\" port: 65536 }")), "STREAMPAIR/0/3");
}

TEST_F(Socks, Version5IsTheDefault) {
  TcpTarget proxy(Play({{3, "\5\0"s}, {15, std::string(kGranted5, 10)}}));
  ExpectEcho(Make(Through(proxy.port(), "version: SOCKS_VERSION_5")), "by version 5");
  TcpTarget another(Play({{3, "\5\0"s}, {15, std::string(kGranted5, 10)}}));
  ExpectEcho(Make(Through(another.port())), "by default");
}

TEST_F(Socks, Version4ResolvesHere) {
  TcpTarget proxy(Play({{9, std::string(kGranted4, 8)}}));
  v1::StreamPairSpec spec = Through(proxy.port(), "version: SOCKS_VERSION_4");
  spec.mutable_target()->mutable_host()->set_name("good.test");
  spec.mutable_properties(0)->mutable_socks_proxy()->set_proxy_loopback(true);
  ExpectEcho(Make(spec), "by version 4");
  EXPECT_EQ(heard_.Take(), "\4\1\0\x50\x7f\0\0\1\0"s);
}

TEST_F(Socks, UserAndPasswordLogIn) {
  TcpTarget proxy(Play({{4, "\5\2"s}, {13, "\1\0"s}, {15, std::string(kGranted5, 10)}}));
  const std::string name = Make(Through(proxy.port(), "user: \"user\" password: \"sesame\""));
  ExpectEcho(name, "logged in");
  EXPECT_EQ(*heard_.Take(), "\5\2\0\2"s + "\1\4user\6sesame" + "\5\1\0\3\x08"s + "far.test\0\x50"s);
  EXPECT_FALSE(absl::StrContains(Read(name, v1::PROPERTY_KEY_SOCKS_PROXY), "sesame"));
  EXPECT_TRUE(absl::StrContains(Read(name, v1::PROPERTY_KEY_SOCKS_PROXY), "user: \"user\""));
  const std::string fresh = Make(HeldTo(80, "far.test"));
  for (const char* field : {"user", "password"}) {
    EXPECT_EQ(Triple(Set(fresh, absl::StrCat("socks_proxy { host: \"p.test\" ", field, ": \"",
                                             std::string(256, 'x'), "\" }"))),
              "STREAMPAIR/0/3");
  }
}

TEST_F(Socks, LocalNamesGoRoundTheProxyUnlessToldOtherwise) {
  ClosedPort nobody;
  const std::string proxy =
      absl::StrCat("socks_proxy { host: \"127.0.0.1\" port: ", nobody.port(), " }");
  // A name without a dot: the set is refused, as the original's answers FALSE.
  const std::string name = Make(HeldTo(echo().port(), "localname"));
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_PROXY_LOCAL_BYPASS), "proxy_local_bypass: true");
  EXPECT_EQ(Triple(Set(name, proxy)), "STREAMPAIR/0/3");
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKS_PROXY), "absent");
  ASSERT_THAT(Set(name, "proxy_local_bypass: false"), IsOk());
  EXPECT_THAT(Set(name, proxy), IsOk());
  EXPECT_EQ(Triple(OpenReady(name)), "POSIX/0/111");  // The proxy's.
}

TEST_F(Socks, SubdomainNoneBadResponseAddress) {
  ExpectUnpacks(ErrorOf({{3, "\5\0"s}, {15, "\5\0\0\x09\0\0\0\0\0\0"s}}), 0, 1);
}

TEST_F(Socks, SubdomainNoneBadState) {
  const std::string name = Make(HeldTo(echo().port()));
  ASSERT_THAT(OpenReady(name), IsOk());
  const grpc::Status late = Set(name, "socks_proxy { host: \"p.test\" }");
  EXPECT_EQ(late.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  ExpectUnpacks(*DetailsOf(late).error, 0, 2);
}

TEST_F(Socks, SubdomainNoneUnknownClientVersion) {
  const std::string name = Make(HeldTo(80, "far.test"));
  const grpc::Status refused = Set(name, "socks_proxy { host: \"p.test\" version: 6 }");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ExpectUnpacks(*DetailsOf(refused).error, 0, 3);
}

TEST_F(Socks, SubdomainVersionCode) {
  ExpectUnpacks(ErrorOf({{3, "\4\0"s}}), 1, 4);
  ExpectUnpacks(ErrorOf({{17, "\5\x5a\0\0\0\0\0\0"s}}, "version: SOCKS_VERSION_4"), 1, 5);
}

TEST_F(Socks, Subdomain4ResponseFailed) {
  ExpectUnpacks(ErrorOf({{18, "\0\x5b\0\0\0\0\0\0"s}}, "version: SOCKS_VERSION_4"), 2, 91);
}

TEST_F(Socks, Subdomain4ResponseIdentdFailed) {
  ExpectUnpacks(ErrorOf({{18, "\0\x5c\0\0\0\0\0\0"s}}, "version: SOCKS_VERSION_4"), 2, 92);
}

TEST_F(Socks, Subdomain4ResponseIdConflict) {
  ExpectUnpacks(ErrorOf({{18, "\0\x5d\0\0\0\0\0\0"s}}, "version: SOCKS_VERSION_4"), 2, 93);
}

TEST_F(Socks, Subdomain5UserPass) {
  ExpectUnpacks(ErrorOf({{4, "\5\2"s}, {13, "\1\1"s}}, "user: \"user\" password: \"sesame\""), 3,
                1);
}

TEST_F(Socks, Subdomain5MethodNoneAcceptable) { ExpectUnpacks(ErrorOf({{3, "\5\xff"s}}), 4, 0xff); }

TEST_F(Socks, Subdomain5Response) {
  for (char reply = 1; reply <= 8; ++reply) {
    ExpectUnpacks(ErrorOf({{3, "\5\0"s}, {15, "\5"s + reply + "\0\1\0\0\0\0\0\0"s}}), 5, reply);
  }
}

}  // namespace
}  // namespace streampair::testing
