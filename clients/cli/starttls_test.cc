#include "clients/cli/starttls.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace streampair::cli {
namespace {

using State = StartTlsDialogue::State;
using namespace std::string_literals;  // NOLINT: for NULs.

// What the target says, and what is to be said before each of it.
struct Exchange {
  std::string words;
  std::string answer;
};
struct Row {
  std::string protocol;
  std::vector<Exchange> exchanges;
  std::string complaint;  // Empty: ready.
};

const std::string kLdapRequest = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"s + "1.3.6.1.4.1.1466.20037";
const std::string kSslRequest = "\0\0\0\x08\x04\xd2\x16\x2f"s;

const std::vector<Row>& Rows() {
  static const auto* const rows = new std::vector<Row>{
      {"smtp",
       {{"", "220 mail.example ESMTP\r\n"},
        {"EHLO localhost\r\n",
         "250-mail.example\r\n250-SIZE 1\r\n250-starttls\r\n250 8BITMIME\r\n"},
        {"STARTTLS\r\n", "220 Go\r\n"}},
       ""},
      {"smtp",
       {{"", "220-one\n220 two\n"},
        {"EHLO localhost\r\n", "250 STARTTLS\n"},
        {"STARTTLS\r\n", "220\n"}},
       ""},
      {"smtp", {{"", "554 no\r\n"}}, "no TLS: it said '554 no'"},
      {"smtp", {{"", "22\r\n"}}, "no TLS: it said '22'"},
      {"smtp", {{"", "220*\r\n"}}, "no TLS: it said '220*'"},
      {"smtp",
       {{"", "220 a\r\n"}, {"EHLO localhost\r\n", "250 b\r\n"}},
       "no TLS: it does not offer STARTTLS"},
      {"smtp",
       {{"", "220 a\r\n"},
        {"EHLO localhost\r\n", "250 STARTTLS\r\n"},
        {"STARTTLS\r\n", "454 later\r\n"}},
       "no TLS: it said '454 later'"},
      {"smtp",
       {{"", "220 a\r\n"},
        {"EHLO localhost\r\n", "250 STARTTLS\r\n"},
        {"STARTTLS\r\n", "220 Go\r\n250 injected\r\n"}},
       "no TLS: it went on in clear text after it had agreed to TLS"},
      {"imap",
       {{"", "* OK [CAPABILITY STARTTLS] hello\r\n"},
        {"a STARTTLS\r\n", "* CAPABILITY x\r\na ok begin\r\n"}},
       ""},
      {"imap", {{"", "* PREAUTH you\r\n"}}, "no TLS: it said '* PREAUTH you'"},
      {"imap",
       {{"", "* OK\r\n"}, {"a STARTTLS\r\n", "a NO never\r\n"}},
       "no TLS: it said 'a NO never'"},
      {"imap", {{"", "* OK\r\n"}, {"a STARTTLS\r\n", "+\r\n"}}, "no TLS: it said '+'"},
      {"postgres", {{kSslRequest, "S"}}, ""},
      {"postgres", {{kSslRequest, "N"}}, "no TLS: it has no TLS"},
      {"postgres", {{kSslRequest, "E"}}, "no TLS: it does not understand the request for TLS"},
      {"postgres",
       {{kSslRequest, "S\x16"}},
       "no TLS: it went on in clear text after it had agreed to TLS"},
      {"ldap", {{kLdapRequest, "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"s}}, ""},
      // The same, with lengths in their long form.
      {"ldap",
       {{kLdapRequest,
         "\x30\x84\0\0\0\x10\x02\x01\x01\x78\x84\0\0\0\x07\x0a\x01\x00\x04\x00\x04\x00"s}},
       ""},
      {"ldap",
       {{kLdapRequest, "\x30\x0e\x02\x01\x01\x78\x09\x0a\x01\x34\x04\x00\x04\x02no"s}},
       "no TLS: it answered with result 52 'no'"},
      {"ldap",
       {{kLdapRequest, "\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00"s}},
       "no TLS: its answer is not LDAP's answer to STARTTLS"},
      {"ldap",
       {{kLdapRequest, "\x30\x03\x02\x01\x01"s}},
       "no TLS: its answer is not LDAP's answer to STARTTLS"},
      {"ldap",
       {{kLdapRequest, "\x30\x84\xff\xff\xff\xff"s}},
       "no TLS: its answer is not LDAP's answer to STARTTLS"},
      {"ldap",
       {{kLdapRequest, "\x30\x80"s}},
       "no TLS: its answer is not LDAP's answer to STARTTLS"},
      {"ldap",
       {{kLdapRequest, "HTTP/1.1 400\r\n"}},
       "no TLS: its answer is not LDAP's answer to STARTTLS"},
  };
  return *rows;
}

TEST(StartTls, GoesThroughEachProtocol) {
  for (const bool byte_by_byte : {false, true}) {
    for (const Row& row : Rows()) {
      SCOPED_TRACE(absl::StrCat(row.protocol, " '", row.complaint, "' ", byte_by_byte));
      const auto dialogue = StartTlsDialogue::Make(row.protocol);
      for (const Exchange& exchange : row.exchanges) {
        EXPECT_EQ(dialogue->state(), State::kTalking);
        EXPECT_EQ(dialogue->TakeWords(), exchange.words);
        if (!byte_by_byte) {
          dialogue->Hear(exchange.answer);
          continue;
        }
        for (const char byte : exchange.answer) {
          // What is said is answered only when it was heard to its end.
          EXPECT_EQ(dialogue->TakeWords(), "");
          dialogue->Hear(std::string(1, byte));
        }
      }
      // Who waits for the agreement and begins at once is not told of what follows it: the server
      // is, by what was read.
      const bool late = byte_by_byte && absl::StrContains(row.complaint, "went on");
      EXPECT_EQ(dialogue->state(), row.complaint.empty() || late ? State::kReady : State::kRefused);
      if (!late) {
        EXPECT_EQ(dialogue->complaint(), row.complaint);
      }
      EXPECT_EQ(dialogue->TakeWords(), "");
    }
  }
}

TEST(StartTls, TakesNoMoreThanItsLimit) {
  for (const std::string& protocol : StartTlsDialogue::Protocols()) {
    const auto dialogue = StartTlsDialogue::Make(protocol);
    // A line, or a message, that never ends.
    const std::string piece =
        protocol == "ldap" ? "\x30\x82\xff\xff"s + std::string(1020, '\0') : std::string(1024, '*');
    size_t heard = 0;
    while (dialogue->state() == State::kTalking && heard <= 2 * StartTlsDialogue::kMaxClearText) {
      dialogue->Hear(heard == 0 ? piece : std::string(1024, '*'));
      heard += 1024;
    }
    EXPECT_EQ(dialogue->state(), State::kRefused) << protocol;
  }
  EXPECT_EQ(StartTlsDialogue::Make("pop3"), nullptr);
}

TEST(StartTls, EndsWhateverComes) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    const Row& row = Rows()[random() % Rows().size()];
    const auto dialogue = StartTlsDialogue::Make(row.protocol);
    for (const Exchange& exchange : row.exchanges) {
      std::string answer = exchange.answer;
      if (random() % 2 == 0) answer[random() % answer.size()] = static_cast<char>(random());
      if (random() % 4 == 0) answer.resize(random() % answer.size());
      dialogue->Hear(answer);
    }
    EXPECT_EQ(dialogue->state() == State::kRefused, !dialogue->complaint().empty());
  }
}

}  // namespace
}  // namespace streampair::cli
