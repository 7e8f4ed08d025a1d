// CONNECT to the byte: what is sent, and what each kind of answer means, however it is split.
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/socks/proxy_handshake.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using State = Handshake::State;

ErrorId Http(int code) { return {ErrorDomain::kHttp, 0, code}; }

HostPort At(absl::string_view host, uint16_t port) { return {ParseHost(host).value(), port}; }

std::unique_ptr<ProxyHandshake> Make(const HostPort& target, std::string user = "",
                                     std::string password = "") {
  return MakeProxyHandshake(
      {ProxyProtocol::kHttp, At("proxy.example", 3128), std::move(user), std::move(password)},
      target);
}

std::string Request(const HostPort& target, std::string user = "", std::string password = "") {
  auto handshake = Make(target, std::move(user), std::move(password));
  handshake->Start();
  return handshake->TakeOutput();
}

// Whole and byte by byte; both must agree. What was taken goes to `taken`.
std::unique_ptr<ProxyHandshake> Answer(const std::string& answer, size_t* taken = nullptr) {
  auto whole = Make(At("a.example", 443));
  whole->Start();
  const size_t took = whole->Receive(answer);
  auto split = Make(At("a.example", 443));
  split->Start();
  size_t piecemeal = 0;
  for (const char c : answer) {
    if (split->state() != State::kRunning) break;
    piecemeal += split->Receive(absl::string_view(&c, 1));
  }
  EXPECT_EQ(piecemeal, took);
  EXPECT_EQ(split->state(), whole->state());
  if (whole->state() == State::kFailed) {
    EXPECT_EQ(split->error(), whole->error());
  }
  if (taken != nullptr) *taken = took;
  return whole;
}

ErrorId FailureOf(const std::string& answer) {
  const auto handshake = Answer(answer);
  EXPECT_EQ(handshake->state(), State::kFailed) << answer;
  if (handshake->state() != State::kFailed) return Http(0);
  EXPECT_EQ(handshake->error().stage(), Stage::kProxy);
  EXPECT_EQ(handshake->error().address(), "proxy.example:3128");
  return handshake->error().id();
}

TEST(HttpConnect, AsksForHostAndPort) {
  EXPECT_EQ(Request(At("Example.com", 443)),
            "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
  EXPECT_EQ(Request(At("192.0.2.1", 80)),
            "CONNECT 192.0.2.1:80 HTTP/1.1\r\nHost: 192.0.2.1:80\r\n\r\n");
  EXPECT_EQ(Request(At("2001:db8::1", 80)),
            "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n");
}

TEST(HttpConnect, AuthenticatesWithBasic) {
  // RFC 7617 section 2.
  EXPECT_EQ(Request(At("a.example", 1), "Aladdin", "open sesame"),
            "CONNECT a.example:1 HTTP/1.1\r\nHost: a.example:1\r\n"
            "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

TEST(HttpConnect, EveryStatusOf2xxIsSuccess) {
  for (int status = 200; status < 300; ++status) {
    size_t taken;
    const std::string header =
        absl::StrCat("HTTP/1.1 ", status, " Fine\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(Answer(header + "bytes", &taken)->state(), State::kDone);
    EXPECT_EQ(taken, header.size()) << "the bytes are the stream's";
  }
}

TEST(HttpConnect, TakesWhatProxiesReallySend) {
  for (const char* answer :
       {"HTTP/1.0 200 Connection established\r\n\r\n", "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 \r\nVia: 1.1 x\r\n folded\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    EXPECT_EQ(Answer(answer)->state(), State::kDone) << answer;
  }
}

TEST(HttpConnect, EveryOtherStatusIsTheCode) {
  for (int status = 100; status < 1000; ++status) {
    const bool interim = status < 200 && status != 101;
    if (interim || status / 100 == 2) continue;
    EXPECT_EQ(FailureOf(absl::StrCat("HTTP/1.1 ", status, " No\r\n")), Http(status));
  }
}

TEST(HttpConnect, WhatIsNoAnswerIsUnreadable) {
  for (const char* answer :
       {"SSH-2.0-OpenSSH", "\x05", "HTTP/2.0 200", "HTTP/1.1  200", "HTTP/1.1 2x0", "http/1.1 200",
        "HTTP/1.1\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000", "\r\n", "\n", "HTTP/1.1 099 No\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n"}) {
    EXPECT_EQ(FailureOf(answer), Http(-1)) << answer;
  }
  EXPECT_EQ(FailureOf(std::string("HTTP/1.1 200 O\0K", 16)), Http(-1));
}

TEST(HttpConnect, EndlessHeadersAreUnreadable) {
  std::string endless = "HTTP/1.1 200 OK\r\nA: ";
  endless += std::string(1 << 20, 'x');
  size_t taken;
  const auto one_line = Answer(endless, &taken);
  ASSERT_EQ(one_line->state(), State::kFailed);
  EXPECT_EQ(one_line->error().id(), Http(-1));
  EXPECT_EQ(taken, 16u * 1024 + 1) << "what it may remember is bounded";

  std::string interim;
  while (interim.size() <= 16 * 1024) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(FailureOf(interim), Http(-1));
}

TEST(HttpConnect, EndsBeforeAnAnswerAreThoseOfTheConnection) {
  auto closed = Make(At("a.example", 1));
  closed->Start();
  closed->ReceiveEnd();
  EXPECT_EQ(closed->error().id(), (ErrorId{ErrorDomain::kPosix, 0, ENOTCONN}));
  auto misused = Make(At("a.example", 1));
  EXPECT_EQ(misused->Receive("x"), 0u);
  EXPECT_EQ(misused->error().stage(), Stage::kInternal);
}

TEST(HttpConnect, SecretsAreInNoError) {
  auto handshake = Make(At("a.example", 1), "alice", "open sesame");
  handshake->Start();
  EXPECT_GT(handshake->Receive("HTTP/1.1 407 open sesame\r\n"), 0u);
  ASSERT_EQ(handshake->state(), State::kFailed);
  EXPECT_EQ(handshake->error().ToString().find("sesame"), std::string::npos);
  EXPECT_EQ(handshake->TakeOutput(), "");
}

}  // namespace
}  // namespace streampair
