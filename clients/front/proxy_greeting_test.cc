#include "clients/front/proxy_greeting.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "streampair/v1/error.pb.h"

namespace streampair::front {
namespace {

using client::StreamError;
using State = ProxyGreeting::State;

// A literal with its NULs.
template <size_t N>
std::string Raw(const char (&text)[N]) {
  return std::string(text, N - 1);
}

StreamError ErrorOf(v1::ErrorStage stage, v1::ErrorReason reason, int code = ECONNREFUSED,
                    StreamError::Origin origin = StreamError::Origin::kServer) {
  v1::StreamError error;
  error.set_domain(v1::ERROR_DOMAIN_POSIX);
  error.set_code(code);
  error.set_stage(stage);
  error.set_reason(reason);
  error.set_message("why");
  return StreamError(error, origin);
}

struct Case {
  std::string name;
  std::string bytes;
  State state;
  std::string replies;  // Before the pair, or the refusal.
  std::string host = "";
  int port = 0;
  std::string early = "";
  std::string accepted = "";
};

const std::string kConnect5 = Raw("\5\1\0\5\1\0");

std::vector<Case> Cases() {
  const std::string methods = Raw("\5\0");
  const std::string ok5 = Raw("\5\0\0\1\x7F\0\0\1\x1F\x90");
  const std::string name255(255, 'n');
  return {
      {"5, IPv4",
       kConnect5 + Raw("\1\x7F\0\0\1\0\x50"
                       "GET"),
       State::kAsked, methods, "127.0.0.1", 80, "GET", ok5},
      {"5, IPv6", kConnect5 + Raw("\4\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\1\1\xBB"), State::kAsked,
       methods, "2001:db8::1", 443, "", ok5},
      {"5, name",
       kConnect5 + Raw("\3\x07"
                       "a.b.cde\0\x16"),
       State::kAsked, methods, "a.b.cde", 22, "", ok5},
      {"5, longest name", kConnect5 + Raw("\3\xFF") + name255 + Raw("\0\x16"), State::kAsked,
       methods, name255, 22, "", ok5},
      {"5, one method of several", Raw("\5\3\1\2\0\5\1\0\1\x7F\0\0\1\0\x50"), State::kAsked,
       methods, "127.0.0.1", 80, "", ok5},
      {"5, unfinished", kConnect5 + Raw("\1\x7F\0\0\1\0"), State::kReading, methods},
      {"5, no method that we take", Raw("\5\2\1\2"), State::kRefused, Raw("\5\xFF")},
      {"5, no method", Raw("\5\0"), State::kRefused, Raw("\5\xFF")},
      {"5, BIND", Raw("\5\1\0\5\2\0\1\x7F\0\0\1\0\x50"), State::kRefused,
       methods + Raw("\5\7\0\1\0\0\0\0\0\0")},
      {"5, address type 9", kConnect5 + Raw("\x09\1"), State::kRefused,
       methods + Raw("\5\x08\0\1\0\0\0\0\0\0")},
      {"5, empty name", kConnect5 + Raw("\3\0\0\x50"), State::kRefused,
       methods + Raw("\5\1\0\1\0\0\0\0\0\0")},
      {"5, NUL in the name", kConnect5 + Raw("\3\2a\0\0\x50"), State::kRefused,
       methods + Raw("\5\1\0\1\0\0\0\0\0\0")},
      {"5, port 0", kConnect5 + Raw("\1\x7F\0\0\1\0\0"), State::kRefused,
       methods + Raw("\5\1\0\1\0\0\0\0\0\0")},
      {"5, version 4 behind it", Raw("\5\1\0\4\1\0\1\x7F\0\0\1\0\x50"), State::kRefused,
       methods + Raw("\5\1\0\1\0\0\0\0\0\0")},
      {"4", Raw("\4\1\0\x50\xC0\0\2\1me\0x"), State::kAsked, "", "192.0.2.1", 80, "x",
       Raw("\0\x5A\0\0\0\0\0\0")},
      {"4a",
       Raw("\4\1\0\x50\0\0\0\1\0"
           "a.test\0"),
       State::kAsked, "", "a.test", 80, "", Raw("\0\x5A\0\0\0\0\0\0")},
      {"4, BIND", Raw("\4\2\0\x50\xC0\0\2\1\0"), State::kRefused, Raw("\0\x5B\0\0\0\0\0\0")},
      {"4, user of 256 bytes", Raw("\4\1\0\x50\xC0\0\2\1") + std::string(256, 'u'), State::kRefused,
       Raw("\0\x5B\0\0\0\0\0\0")},
      {"4a, name of 256 bytes", Raw("\4\1\0\x50\0\0\0\1\0") + std::string(256, 'n'),
       State::kRefused, Raw("\0\x5B\0\0\0\0\0\0")},
      {"4a, empty name", Raw("\4\1\0\x50\0\0\0\1\0\0"), State::kRefused, Raw("\0\x5B\0\0\0\0\0\0")},
      {"CONNECT", "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n\x16\x03", State::kAsked,
       "", "a.test", 443, "\x16\x03", "HTTP/1.1 200 Connection established\r\n\r\n"},
      {"CONNECT, IPv6", "CONNECT [::1]:443 HTTP/1.0\r\n\r\n", State::kAsked, "", "::1", 443, "",
       "HTTP/1.1 200 Connection established\r\n\r\n"},
      {"GET",
       "GET http://a.test/x?y HTTP/1.1\r\nHost: other\r\nAccept: */*\r\nProxy-Connection: "
       "keep-alive\r\nConnection: X-One, keep-alive\r\nX-One: 1\r\nProxy-Authorization: Basic "
       "eA==\r\n\r\nbody",
       State::kAsked, "", "a.test", 80,
       "GET /x?y HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\nConnection: close\r\n\r\nbody"},
      {"GET, port, no path", "GET http://a.test:81 HTTP/1.0\r\n\r\n", State::kAsked, "", "a.test",
       81, "GET / HTTP/1.0\r\nHost: a.test:81\r\nConnection: close\r\n\r\n"},
      {"GET, query without a path", "GET http://a.test?q HTTP/1.1\r\n\r\n", State::kAsked, "",
       "a.test", 80, "GET /?q HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"},
      {"HTTP, unfinished", "GET http://a.test/ HTTP/1.1\r\n", State::kReading, ""},
      {"nothing known", "\x16\x03\x01", State::kRefused, ""},
  };
}

TEST(ProxyGreeting, ReadsEachProtocolHoweverItIsCut) {
  for (const Case& row : Cases()) {
    for (const size_t piece : {row.bytes.size(), size_t{1}, size_t{3}}) {
      SCOPED_TRACE(absl::StrCat(row.name, ", in pieces of ", piece));
      ProxyGreeting greeting;
      std::string replies, rest = row.bytes;
      while (!rest.empty() && greeting.state() == State::kReading) {
        greeting.Add(absl::string_view(rest).substr(0, piece));
        rest.erase(0, piece);
        replies += greeting.TakeReply();
      }
      ASSERT_EQ(greeting.state(), row.state);
      EXPECT_EQ(replies, row.replies);
      if (row.state != State::kAsked) continue;
      EXPECT_EQ(greeting.host(), row.host);
      EXPECT_EQ(greeting.port(), row.port);
      EXPECT_EQ(greeting.TakeEarly() + rest, row.early);
      EXPECT_EQ(greeting.Accepted("127.0.0.1:8080"), row.accepted);
    }
  }
}

TEST(ProxyGreeting, WrongHttpIsToldSo) {
  for (const std::string request :
       {"GET / HTTP/1.1", "GET https://a.test/ HTTP/1.1", "CONNECT a.test HTTP/1.1",
        "CONNECT a.test:0 HTTP/1.1", "CONNECT a.test:65536 HTTP/1.1", "CONNECT :443 HTTP/1.1",
        "CONNECT [::1:443 HTTP/1.1", "CONNECT a@b:443 HTTP/1.1", "GET http://u:p@a.test/ HTTP/1.1",
        "GET http:///x HTTP/1.1", "GET", "GET http://a.test/ SPDY/3",
        "GET http://a.test/ HTTP/1.1\r\nfolded:\r\n x", "GET http://a.test/ HTTP/1.1\r\nno colon",
        "GET http://a.test/ HTTP/1.1\r\nSpace : x", "GET http://a.test/ HTTP/1.1\r\nA: b\nC: d"}) {
    ProxyGreeting greeting;
    EXPECT_EQ(greeting.Add(request + "\r\n\r\n"), State::kRefused) << request;
    EXPECT_EQ(greeting.TakeReply().find("HTTP/1.1 400 Bad Request\r\n"), 0u) << request;
  }
}

TEST(ProxyGreeting, AHeadHasALimit) {
  ProxyGreeting greeting;
  EXPECT_EQ(greeting.Add("GET http://a.test/ HTTP/1.1\r\nA: "), State::kReading);
  EXPECT_EQ(greeting.Add(std::string(ProxyGreeting::kMaxBytes, 'a')), State::kRefused);
  EXPECT_EQ(greeting.TakeReply().find("HTTP/1.1 431 "), 0u);
}

TEST(ProxyGreeting, BoundAddressesOfEitherFamily) {
  ProxyGreeting greeting;
  greeting.Add(kConnect5 + Raw("\1\x7F\0\0\1\0\x50"));
  EXPECT_EQ(greeting.Accepted("[2001:db8::1]:258"),
            Raw("\5\0\0\4\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\1\1\2"));
  EXPECT_EQ(greeting.Accepted(""), Raw("\5\0\0\1\0\0\0\0\0\0"));
  EXPECT_EQ(greeting.Accepted("nonsense:1"), Raw("\5\0\0\1\0\0\0\0\0\0"));
}

TEST(ProxyGreeting, FailuresAreToldAsTheProtocolDoes) {
  struct Row {
    StreamError error;
    int reply;
    int status;
  };
  const std::vector<Row> rows = {
      {ErrorOf(v1::ERROR_STAGE_POLICY, v1::ERROR_REASON_UNSPECIFIED), 2, 403},
      {ErrorOf(v1::ERROR_STAGE_PROXY, v1::ERROR_REASON_HTTP_REQUEST_DENIED), 2, 502},
      {ErrorOf(v1::ERROR_STAGE_PROXY, v1::ERROR_REASON_DESTINATION_IP_PROHIBITED), 2, 502},
      {ErrorOf(v1::ERROR_STAGE_CONNECT, v1::ERROR_REASON_DESTINATION_IP_UNROUTABLE, ENETUNREACH), 3,
       502},
      {ErrorOf(v1::ERROR_STAGE_CONNECT, v1::ERROR_REASON_DESTINATION_IP_UNROUTABLE, EHOSTUNREACH),
       4, 502},
      {ErrorOf(v1::ERROR_STAGE_RESOLVE, v1::ERROR_REASON_DNS_ERROR), 4, 502},
      {ErrorOf(v1::ERROR_STAGE_RESOLVE, v1::ERROR_REASON_DESTINATION_NOT_FOUND), 4, 502},
      {ErrorOf(v1::ERROR_STAGE_RESOLVE, v1::ERROR_REASON_DNS_TIMEOUT), 6, 504},
      {ErrorOf(v1::ERROR_STAGE_PROXY, v1::ERROR_REASON_DESTINATION_UNAVAILABLE), 4, 502},
      {ErrorOf(v1::ERROR_STAGE_CONNECT, v1::ERROR_REASON_CONNECTION_REFUSED), 5, 502},
      {ErrorOf(v1::ERROR_STAGE_CONNECT, v1::ERROR_REASON_CONNECTION_TIMEOUT), 6, 504},
      {ErrorOf(v1::ERROR_STAGE_CAPACITY, v1::ERROR_REASON_CONNECTION_LIMIT_REACHED), 1, 503},
      {ErrorOf(v1::ERROR_STAGE_REQUEST, v1::ERROR_REASON_UNSPECIFIED), 1, 400},
      {ErrorOf(v1::ERROR_STAGE_INTERNAL, v1::ERROR_REASON_PROXY_INTERNAL_ERROR), 1, 502},
      {ErrorOf(v1::ERROR_STAGE_UNSPECIFIED, v1::ERROR_REASON_UNSPECIFIED, 18,
               StreamError::Origin::kTransport),
       1, 503},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.error.ToString());
    EXPECT_EQ(SocksReplyFor(row.error), row.reply);
    EXPECT_EQ(HttpStatusFor(row.error), row.status);
  }

  const StreamError refused = ErrorOf(v1::ERROR_STAGE_CONNECT, v1::ERROR_REASON_CONNECTION_REFUSED);
  ProxyGreeting socks5, socks4, http;
  socks5.Add(kConnect5 + Raw("\1\x7F\0\0\1\0\x50"));
  EXPECT_EQ(socks5.Failed(refused), Raw("\5\5\0\1\0\0\0\0\0\0"));
  socks4.Add(Raw("\4\1\0\x50\xC0\0\2\1\0"));
  EXPECT_EQ(socks4.Failed(refused), Raw("\0\x5B\0\0\0\0\0\0"));
  http.Add("CONNECT a.test:443 HTTP/1.1\r\n\r\n");
  const std::string answer = http.Failed(refused);
  EXPECT_EQ(answer.find("HTTP/1.1 502 Bad Gateway\r\n"), 0u) << answer;
  EXPECT_NE(answer.find("\r\nProxy-Status: streampair; error=connection_refused; "
                        "details=\"(POSIX, 0, 111)\"\r\n"),
            std::string::npos)
      << answer;
  const size_t body = answer.find("\r\n\r\n") + 4;
  EXPECT_NE(answer.find(absl::StrCat("Content-Length: ", answer.size() - body, "\r\n")),
            std::string::npos)
      << answer;
}

}  // namespace
}  // namespace streampair::front
