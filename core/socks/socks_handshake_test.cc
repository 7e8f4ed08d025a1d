// SOCKS 4, 4a and 5 to the byte: what is sent, what each answer means, and that it does not matter
// how the answers are split.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/socks/proxy_handshake.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using State = Handshake::State;
using namespace std::string_literals;  // NOLINT: bytes with zeros in them.

ErrorId Socks(uint16_t subdomain, int32_t code) { return {ErrorDomain::kSocks, subdomain, code}; }
ErrorId Posix(int err) { return {ErrorDomain::kPosix, 0, err}; }

HostPort At(absl::string_view host, uint16_t port) { return {ParseHost(host).value(), port}; }

ProxyHop Hop(ProxyProtocol protocol, std::string user = "", std::string password = "") {
  return {protocol, At("proxy.example", 1080), std::move(user), std::move(password)};
}

// One exchange: what the proxy says, after which the client has said all of `sent`.
struct Outcome {
  State state;
  std::string sent;
  size_t taken;
  std::string bound;
  std::optional<Error> error;
};

// Feeds `answers` in pieces of `piece` bytes.
Outcome Run(ProxyHandshake& handshake, absl::string_view answers, size_t piece) {
  Outcome outcome{State::kRunning, "", 0, "", std::nullopt};
  handshake.Start();
  outcome.sent = handshake.TakeOutput();
  while (handshake.state() == State::kRunning && !answers.empty()) {
    const size_t taken = handshake.Receive(answers.substr(0, piece));
    outcome.taken += taken;
    answers.remove_prefix(taken);
    outcome.sent += handshake.TakeOutput();
  }
  outcome.state = handshake.state();
  outcome.bound = handshake.bound();
  if (outcome.state == State::kFailed) outcome.error = handshake.error();
  return outcome;
}

// The outcome, which is the same for every size of pieces.
Outcome RunAllSplits(const ProxyHop& hop, const HostPort& target, absl::string_view answers) {
  std::optional<Outcome> first;
  for (size_t piece = std::max<size_t>(answers.size(), 1); piece >= 1; --piece) {
    const std::unique_ptr<ProxyHandshake> handshake = MakeProxyHandshake(hop, target);
    Outcome outcome = Run(*handshake, answers, piece);
    if (!first) first = outcome;
    EXPECT_EQ(outcome.state, first->state) << piece;
    // A proxy that is given up hears no more, so what it has heard depends on when it spoke.
    if (outcome.state != State::kFailed) {
      EXPECT_EQ(outcome.sent, first->sent) << piece;
    }
    EXPECT_EQ(outcome.taken, first->taken) << piece;
    EXPECT_EQ(outcome.bound, first->bound) << piece;
    EXPECT_EQ(outcome.error, first->error) << piece;
  }
  return *first;
}

ErrorId FailureOf(const ProxyHop& hop, const HostPort& target, absl::string_view answers) {
  const Outcome outcome = RunAllSplits(hop, target, answers);
  EXPECT_EQ(outcome.state, State::kFailed);
  if (!outcome.error) return Posix(-1);
  EXPECT_EQ(outcome.error->stage(), Stage::kProxy) << outcome.error->ToString();
  EXPECT_EQ(outcome.error->address(), "proxy.example:1080");
  return outcome.error->id();
}

std::string MethodNone() { return "\5\0"s; }
std::string Reply(char rep) { return "\5"s + rep + "\0\1\0\0\0\0\0\0"s; }

// --- SOCKS5 ---

TEST(Socks5, SendsNamesForTheProxyToResolve) {
  const Outcome outcome =
      RunAllSplits(Hop(ProxyProtocol::kSocks5), At("Example.COM", 443), MethodNone() + Reply(0));
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.sent, "\5\1\0"s + "\5\1\0\3\x0b"s + "example.com" + "\x01\xbb"s);
  EXPECT_EQ(outcome.bound, "");
}

TEST(Socks5, SendsAddressesAsAddresses) {
  EXPECT_EQ(RunAllSplits(Hop(ProxyProtocol::kSocks5), At("192.0.2.1", 80), MethodNone()).sent,
            "\5\1\0"s + "\5\1\0\1\xc0\x00\x02\x01\x00\x50"s);
  EXPECT_EQ(RunAllSplits(Hop(ProxyProtocol::kSocks5), At("2001:db8::1", 80), MethodNone()).sent,
            "\5\1\0"s + "\5\1\0\4\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50"s);
}

TEST(Socks5, LogsInWhenAsked) {
  const ProxyHop hop = Hop(ProxyProtocol::kSocks5, "alice", "secret");
  const Outcome outcome = RunAllSplits(hop, At("a.example", 1), "\5\2"s + "\1\0"s + Reply(0));
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.sent,
            "\5\2\0\2"s + "\1\5alice\6secret"s + "\5\1\0\3\x09"s + "a.example" + "\0\1"s);
}

TEST(Socks5, LongestLoginFits) {
  const std::string text(255, 'x');
  const Outcome outcome =
      RunAllSplits(Hop(ProxyProtocol::kSocks5, text, text), At("a.example", 1), "\5\2"s);
  EXPECT_EQ(outcome.sent, "\5\2\0\2"s + "\1\xff"s + text + "\xff"s + text);
}

TEST(Socks5, GoesWithoutALoginIfTheProxyDoes) {
  const ProxyHop hop = Hop(ProxyProtocol::kSocks5, "alice", "secret");
  const Outcome outcome = RunAllSplits(hop, At("192.0.2.1", 80), MethodNone() + Reply(0));
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.sent.find("secret"), std::string::npos);
}

TEST(Socks5, OffersALoginOnlyWithBothParts) {
  for (const ProxyHop& hop :
       {Hop(ProxyProtocol::kSocks5, "alice", ""), Hop(ProxyProtocol::kSocks5, "", "secret")}) {
    EXPECT_EQ(RunAllSplits(hop, At("192.0.2.1", 80), "").sent, "\5\1\0"s);
    EXPECT_EQ(FailureOf(hop, At("192.0.2.1", 80), "\5\2"s), Socks(4, 2));
  }
}

TEST(Socks5, RefusesMethodsThatWereNotOffered) {
  for (int method = 1; method < 256; ++method) {
    const std::string answer = "\5"s + static_cast<char>(method);
    EXPECT_EQ(FailureOf(Hop(ProxyProtocol::kSocks5), At("192.0.2.1", 80), answer),
              Socks(4, method));
    if (method == 2) continue;
    EXPECT_EQ(FailureOf(Hop(ProxyProtocol::kSocks5, "u", "p"), At("192.0.2.1", 80), answer),
              Socks(4, method));
  }
}

TEST(Socks5, EveryOtherVersionIsReported) {
  for (int version = 0; version < 256; ++version) {
    if (version == 5) continue;
    const std::string byte(1, static_cast<char>(version));
    EXPECT_EQ(FailureOf(Hop(ProxyProtocol::kSocks5), At("192.0.2.1", 80), byte), Socks(1, version));
    EXPECT_EQ(FailureOf(Hop(ProxyProtocol::kSocks5), At("192.0.2.1", 80), MethodNone() + byte),
              Socks(1, version));
  }
}

TEST(Socks5, EveryLoginStatusButZeroIsRejected) {
  const ProxyHop hop = Hop(ProxyProtocol::kSocks5, "alice", "secret");
  for (int status = 1; status < 256; ++status) {
    EXPECT_EQ(FailureOf(hop, At("192.0.2.1", 80), "\5\2\1"s + static_cast<char>(status)),
              Socks(3, status));
  }
}

TEST(Socks5, DoesNotMindTheVersionOfALoginsAnswer) {
  const ProxyHop hop = Hop(ProxyProtocol::kSocks5, "alice", "secret");
  EXPECT_EQ(RunAllSplits(hop, At("192.0.2.1", 80), "\5\2"s + "\5\0"s + Reply(0)).state,
            State::kDone);
}

TEST(Socks5, ReportsEveryReplyBeforeTheRestComes) {
  for (int rep = 1; rep < 256; ++rep) {
    const std::string answer = MethodNone() + "\5"s + static_cast<char>(rep);
    EXPECT_EQ(FailureOf(Hop(ProxyProtocol::kSocks5), At("192.0.2.1", 80), answer), Socks(5, rep));
  }
}

TEST(Socks5, EveryUnknownAddressTypeIsReported) {
  for (int type = 0; type < 256; ++type) {
    if (type == 1 || type == 3 || type == 4) continue;
    const std::string answer = MethodNone() + "\5\0\0"s + static_cast<char>(type);
    EXPECT_EQ(FailureOf(Hop(ProxyProtocol::kSocks5), At("192.0.2.1", 80), answer), Socks(0, 1));
  }
}

TEST(Socks5, ReadsTheBoundAddressOfEveryType) {
  const auto bound = [](const std::string& rest) {
    const Outcome outcome = RunAllSplits(Hop(ProxyProtocol::kSocks5), At("192.0.2.1", 80),
                                         MethodNone() + "\5\0\0"s + rest);
    EXPECT_EQ(outcome.state, State::kDone);
    EXPECT_EQ(outcome.taken, 2 + 3 + rest.size());
    return outcome.bound;
  };
  EXPECT_EQ(bound("\1\xc0\0\2\7\x12\x34"s), "192.0.2.7:4660");
  EXPECT_EQ(bound("\4\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7\0\1"s), "[2001:db8::7]:1");
  EXPECT_EQ(bound("\3\x04host\0\2"s), "host:2");
  EXPECT_EQ(bound("\3\0\0\0"s), "") << "a name of no length";
  EXPECT_EQ(bound("\3\0\0\3"s), ":3");
  EXPECT_EQ(bound("\3\xff"s + std::string(255, 'n') + "\0\4"s), std::string(255, 'n') + ":4");
  EXPECT_EQ(bound("\3\3a\n\xff\0\5"s), "a\\n\\xff:5");
  EXPECT_EQ(bound("\4"s + std::string(18, '\0')), "");
}

TEST(Socks5, LeavesThePayload) {
  const Outcome outcome = RunAllSplits(Hop(ProxyProtocol::kSocks5), At("192.0.2.1", 80),
                                       MethodNone() + Reply(0) + "payload");
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.taken, 12u);
}

TEST(Socks5, TakesAPromptProxy) {
  // All answers at once, before the requests: nothing in the protocol forbids it.
  const Outcome outcome = RunAllSplits(Hop(ProxyProtocol::kSocks5, "u", "p"), At("a.example", 80),
                                       "\5\2"s + "\1\0"s + Reply(0));
  EXPECT_EQ(outcome.state, State::kDone);
}

// --- SOCKS4 ---

TEST(Socks4, SendsAnAddress) {
  const Outcome outcome = RunAllSplits(Hop(ProxyProtocol::kSocks4, "alice", "ignored"),
                                       At("192.0.2.1", 443), "\0\x5a\x12\x34\xc0\0\2\7"s);
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.sent, "\4\1\x01\xbb\xc0\0\2\1alice\0"s);
  EXPECT_EQ(outcome.bound, "192.0.2.7:4660");
}

TEST(Socks4, SendsANameInTheFormOf4a) {
  const Outcome outcome = RunAllSplits(Hop(ProxyProtocol::kSocks4, "alice"), At("example.com", 80),
                                       "\0\x5a\0\0\0\0\0\0"s);
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.sent, "\4\1\0\x50\0\0\0\1alice\0example.com\0"s);
  EXPECT_EQ(outcome.bound, "");
}

TEST(Socks4, LongestUserFits) {
  const std::string user(512, 'u');
  EXPECT_EQ(RunAllSplits(Hop(ProxyProtocol::kSocks4, user), At("192.0.2.1", 80), "").sent,
            "\4\1\0\x50\xc0\0\2\1"s + user + "\0"s);
}

TEST(Socks4, CannotSendIpv6) {
  const Outcome outcome = RunAllSplits(Hop(ProxyProtocol::kSocks4), At("2001:db8::1", 80), "");
  EXPECT_EQ(outcome.state, State::kFailed);
  EXPECT_EQ(outcome.error->id(), Posix(EINVAL));
  EXPECT_EQ(outcome.sent, "");
}

TEST(Socks4, ReportsEveryCodeButGranted) {
  for (int code = 0; code < 256; ++code) {
    if (code == 90) continue;
    EXPECT_EQ(FailureOf(Hop(ProxyProtocol::kSocks4), At("192.0.2.1", 80),
                        "\0"s + static_cast<char>(code)),
              Socks(2, code));
  }
}

TEST(Socks4, EveryOtherVersionIsReported) {
  for (int version = 1; version < 256; ++version) {
    EXPECT_EQ(FailureOf(Hop(ProxyProtocol::kSocks4), At("192.0.2.1", 80),
                        std::string(1, static_cast<char>(version))),
              Socks(1, version));
  }
}

TEST(Socks4, LeavesThePayload) {
  const Outcome outcome =
      RunAllSplits(Hop(ProxyProtocol::kSocks4), At("192.0.2.1", 80), "\0\x5a\0\0\0\0\0\0payload"s);
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.taken, 8u);
}

// --- both ---

struct Step {
  const char* where;
  ProxyProtocol protocol;
  std::string so_far;
};

TEST(SocksEnds, AtEveryStep) {
  const std::vector<Step> steps = {
      {"before the method", ProxyProtocol::kSocks5, ""},
      {"inside the method", ProxyProtocol::kSocks5, "\5"s},
      {"before the login's status", ProxyProtocol::kSocks5, "\5\2"s},
      {"inside the login's status", ProxyProtocol::kSocks5, "\5\2\1"s},
      {"before the reply", ProxyProtocol::kSocks5, "\5\2\1\0"s},
      {"inside the reply", ProxyProtocol::kSocks5, "\5\2\1\0\5\0\0\3\x09"s},
      {"before the SOCKS4 reply", ProxyProtocol::kSocks4, ""},
      {"inside the SOCKS4 reply", ProxyProtocol::kSocks4, "\0\x5a\0"s},
  };
  for (const Step& step : steps) {
    const auto make = [&step] {
      auto handshake =
          MakeProxyHandshake(Hop(step.protocol, "alice", "secret"), At("192.0.2.1", 80));
      handshake->Start();
      if (!step.so_far.empty()) {
        EXPECT_EQ(handshake->Receive(step.so_far), step.so_far.size());
      }
      EXPECT_EQ(handshake->state(), State::kRunning) << step.where;
      return handshake;
    };
    auto closed = make();
    closed->ReceiveEnd();
    ASSERT_EQ(closed->state(), State::kFailed) << step.where;
    EXPECT_EQ(closed->error().id(), Posix(ENOTCONN)) << step.where;
    EXPECT_EQ(closed->error().stage(), Stage::kProxy);

    auto reset = make();
    reset->ReceiveError(ECONNRESET);
    EXPECT_EQ(reset->error().id(), Posix(ECONNRESET)) << step.where;
    EXPECT_EQ(reset->error().stage(), Stage::kProxy);

    const Error timeout = make()->TimeoutError("1s");
    EXPECT_EQ(timeout.id(), Posix(ETIMEDOUT)) << step.where;
    EXPECT_EQ(timeout.stage(), Stage::kProxy);
    EXPECT_EQ(timeout.address(), "proxy.example:1080");
  }
}

TEST(SocksState, DrivingItWronglyIsBadState) {
  for (const ProxyProtocol protocol : {ProxyProtocol::kSocks4, ProxyProtocol::kSocks5}) {
    const auto make = [protocol] { return MakeProxyHandshake(Hop(protocol), At("192.0.2.1", 80)); };
    auto early = make();
    EXPECT_EQ(early->Receive("x"), 0u);
    EXPECT_EQ(early->error().id(), Socks(0, 2));
    EXPECT_EQ(early->error().stage(), Stage::kInternal);

    auto twice = make();
    twice->Start();
    twice->Start();
    EXPECT_EQ(twice->error().id(), Socks(0, 2));

    auto late = make();
    late->Start();
    late->ReceiveEnd();
    EXPECT_EQ(late->Receive("x"), 0u);
    EXPECT_EQ(late->error().id(), Socks(0, 2));
  }
}

TEST(SocksState, AVersionThatDoesNotExistIsUnknown) {
  auto handshake = MakeProxyHandshake(Hop(static_cast<ProxyProtocol>(6)), At("192.0.2.1", 80));
  handshake->Start();
  ASSERT_EQ(handshake->state(), State::kFailed);
  EXPECT_EQ(handshake->error().id(), Socks(0, 3));
  EXPECT_EQ(handshake->TakeOutput(), "");
}

TEST(SocksSecrets, AreInNoError) {
  const ProxyHop hop = Hop(ProxyProtocol::kSocks5, "alice", "open sesame");
  for (const std::string& answers : {"\5\2\1\1"s, "\5\xff"s, "\4"s, "\5\2\1\0\5\1"s}) {
    const Outcome outcome = RunAllSplits(hop, At("192.0.2.1", 80), answers);
    ASSERT_TRUE(outcome.error.has_value());
    EXPECT_EQ(outcome.error->ToString().find("sesame"), std::string::npos);
    EXPECT_EQ(outcome.error->ToString().find("alice"), std::string::npos);
  }
}

}  // namespace
}  // namespace streampair
