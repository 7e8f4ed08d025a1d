#include "clients/cli/report.h"

#include <gtest/gtest.h>

#include <string>

#include "clients/cli/error_numbers.h"
#include "clients/cli/json_object.h"
#include "streampair/v1/error.pb.h"

namespace streampair::cli {
namespace {

using client::StreamError;

StreamError Make(int32_t domain, int32_t code, v1::ErrorStage stage, const std::string& message) {
  v1::StreamError error;
  error.set_domain(domain);
  error.set_code(code);
  error.set_stage(stage);
  error.set_message(message);
  return StreamError(error);
}

TEST(JsonObject, KeepsOrderAndEscapes) {
  JsonObject inner;
  inner.Add("x", int64_t{-1});
  JsonObject json;
  json.Add("text", "a\"b\\c\n\x01\x7F")
      .Add("number", int64_t{1} << 62)
      .Add("yes", true)
      .Add("inner", inner)
      .AddNull("nothing");
  EXPECT_EQ(json.ToString(),
            "{\"text\":\"a\\\"b\\\\c\\u000a\\u0001\\u007f\",\"number\":4611686018427387904,"
            "\"yes\":true,\"inner\":{\"x\":-1},\"nothing\":null}");
}

TEST(JsonObject, ReplacesWhatIsNoUtf8) {
  const auto quoted = [](absl::string_view text) { return JsonObject().Add("t", text).ToString(); };
  EXPECT_EQ(quoted("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "{\"t\":\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"}");
  // Alone, cut, overlong, a surrogate, too large.
  for (const char* text : {"\x80", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    EXPECT_NE(quoted(text).find("\xEF\xBF\xBD"), std::string::npos) << quoted(text);
    EXPECT_EQ(quoted(text).find(text), std::string::npos) << quoted(text);
  }
}

TEST(Explanation, IsOneLineWithTheTripleAndWhatToDo) {
  const std::string text =
      Explanation(Make(v1::ERROR_DOMAIN_POSIX, 111, v1::ERROR_STAGE_CONNECT, "no\n\033[31mway"),
                  "example.com port 80", "server:1");
  EXPECT_EQ(text,
            "example.com port 80: (POSIX, 0, 111) at stage connect: no[31mway. Check host and "
            "port, and the network of the server.");
}

TEST(Explanation, EveryStageSaysWhatToDo) {
  for (int stage = 1; stage <= v1::ErrorStage_MAX; ++stage) {
    const StreamError error = Make(1, 1, static_cast<v1::ErrorStage>(stage), "text");
    const std::string text = Explanation(error, "x", "s");
    EXPECT_GT(text.size(), text.find("text.") + 6) << text;
  }
}

TEST(Explanation, BlamesTheServerWhenItCannotBeReached) {
  const StreamError error =
      StreamError::FromStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "refused"));
  const std::string text = Explanation(error, "example.com port 80", "host:1");
  EXPECT_EQ(text.find("server host:1: "), 0u) << text;
  EXPECT_NE(text.find("streampaird"), text.npos) << text;
  EXPECT_EQ(CodeFor(error), kNoServer);
  EXPECT_EQ(CodeFor(Make(1, 111, v1::ERROR_STAGE_CONNECT, "")), kFailed);
}

TEST(ErrorNumbers, DomainsHaveManySpellings) {
  for (const char* text : {"POSIX", "posix", "1", "kCFStreamErrorDomainPOSIX"}) {
    EXPECT_EQ(ParseDomain(text), v1::ERROR_DOMAIN_POSIX) << text;
  }
  for (const char* text : {"NET_DB", "netdb", "12", "kCFStreamErrorDomainNetDB"}) {
    EXPECT_EQ(ParseDomain(text), v1::ERROR_DOMAIN_NET_DB) << text;
  }
  EXPECT_EQ(ParseDomain("-1"), v1::ERROR_DOMAIN_CUSTOM);
  EXPECT_EQ(ParseDomain("4711"), 4711);
  for (const char* text : {"", "nothing", "UNSPECIFIED", "POSIXX"}) {
    EXPECT_FALSE(ParseDomain(text)) << text;
  }
}

TEST(ErrorNumbers, CodesMayBeNames) {
  EXPECT_EQ(ParseCode(v1::ERROR_DOMAIN_POSIX, "ECONNREFUSED"), 111);
  EXPECT_EQ(ParseCode(v1::ERROR_DOMAIN_POSIX, "econnrefused"), 111);
  EXPECT_EQ(ParseCode(v1::ERROR_DOMAIN_POSIX, "-5"), -5);
  EXPECT_EQ(ParseCode(v1::ERROR_DOMAIN_NET_DB, "EAI_NONAME"), -2);
  EXPECT_EQ(ParseCode(v1::ERROR_DOMAIN_STREAMPAIR, "not_here"), 5);
  EXPECT_FALSE(ParseCode(v1::ERROR_DOMAIN_SSL, "ECONNREFUSED"));
  EXPECT_FALSE(ParseCode(v1::ERROR_DOMAIN_POSIX, ""));
}

}  // namespace
}  // namespace streampair::cli
