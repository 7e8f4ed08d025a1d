#include "clients/cli/starttls.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace streampair::cli {
namespace {

// RFC 3207.
class Smtp final : public StartTlsDialogue {
  bool Step() override {
    const std::optional<std::string> line = TakeLine();
    if (!line) return false;
    const bool last = line->size() == 3 || (line->size() > 3 && (*line)[3] == ' ');
    const char* const wanted = stage_ == kHello ? "250" : "220";
    if (!absl::StartsWith(*line, wanted) || (!last && (*line)[3] != '-')) {
      return Refuse("it said", *line);
    }
    if (stage_ == kHello &&
        absl::EqualsIgnoreCase(absl::string_view(*line).substr(3).substr(line->size() > 3 ? 1 : 0),
                               "STARTTLS")) {
      offered_ = true;
    }
    if (!last) return true;
    switch (stage_) {
      case kGreeting:
        stage_ = kHello;
        Say("EHLO localhost\r\n");
        return true;
      case kHello:
        if (!offered_) return Refuse("it does not offer STARTTLS");
        stage_ = kStart;
        Say("STARTTLS\r\n");
        return true;
      case kStart:
        return Ready();
    }
    return false;
  }

  enum { kGreeting, kHello, kStart } stage_ = kGreeting;
  bool offered_ = false;
};

// RFC 9051 section 6.2.1.
class Imap final : public StartTlsDialogue {
  bool Step() override {
    const std::optional<std::string> line = TakeLine();
    if (!line) return false;
    if (!greeted_) {
      if (!absl::StartsWithIgnoreCase(*line, "* OK")) return Refuse("it said", *line);
      greeted_ = true;
      Say("a STARTTLS\r\n");
    } else if (absl::StartsWithIgnoreCase(*line, "a OK")) {
      return Ready();
    } else if (!absl::StartsWith(*line, "* ")) {
      return Refuse("it said", *line);
    }
    return true;
  }

  bool greeted_ = false;
};

// PostgreSQL's protocol, version 3: SSLRequest.
class Postgres final : public StartTlsDialogue {
 public:
  Postgres() { Say(absl::string_view("\x00\x00\x00\x08\x04\xd2\x16\x2f", 8)); }

 private:
  bool Step() override {
    if (heard_.empty()) return false;
    const char answer = heard_[0];
    heard_.erase(0, 1);
    if (answer == 'S') return Ready();
    return Refuse(answer == 'N' ? "it has no TLS" : "it does not understand the request for TLS");
  }
};

// RFC 4511 section 4.14: an extended request in BER, and its response.
class Ldap final : public StartTlsDialogue {
 public:
  Ldap() { Say(absl::StrCat("\x30\x1d\x02\x01\x01\x77\x18\x80\x16", "1.3.6.1.4.1.1466.20037")); }

 private:
  // Takes a tag and a length off `bytes`, and what they are about to `content`.
  enum class Taken { kAll, kTooLittle, kWrong };
  static Taken Take(unsigned char tag, absl::string_view* bytes, absl::string_view* content) {
    const auto at = [bytes](size_t i) { return static_cast<unsigned char>((*bytes)[i]); };
    if (bytes->empty()) return Taken::kTooLittle;
    if (at(0) != tag) return Taken::kWrong;
    if (bytes->size() < 2) return Taken::kTooLittle;
    size_t length = at(1), header = 2;
    if (length >= 0x80) {
      const size_t octets = length - 0x80;
      if (octets == 0 || octets > 4) return Taken::kWrong;
      if (bytes->size() < 2 + octets) return Taken::kTooLittle;
      length = 0;
      for (; header < 2 + octets; ++header) length = length << 8 | at(header);
    }
    if (length > kMaxClearText) return Taken::kWrong;
    if (bytes->size() < header + length) return Taken::kTooLittle;
    *content = bytes->substr(header, length);
    bytes->remove_prefix(header + length);
    return Taken::kAll;
  }

  bool Step() override {
    absl::string_view rest = heard_, message, id, response, result, dn, text;
    const Taken taken = Take(0x30, &rest, &message);
    if (taken == Taken::kTooLittle) return false;
    if (taken != Taken::kAll || Take(0x02, &message, &id) != Taken::kAll || id != "\x01" ||
        Take(0x78, &message, &response) != Taken::kAll ||
        Take(0x0a, &response, &result) != Taken::kAll || result.size() != 1) {
      return Refuse("its answer is not LDAP's answer to STARTTLS");
    }
    if (result[0] != 0) {
      const bool told = Take(0x04, &response, &dn) == Taken::kAll &&
                        Take(0x04, &response, &text) == Taken::kAll && !text.empty();
      return Refuse(absl::StrCat("it answered with result ", static_cast<int>(result[0])),
                    told ? text : absl::string_view());
    }
    heard_.erase(0, heard_.size() - rest.size());
    return Ready();
  }
};

template <typename Dialogue>
std::unique_ptr<StartTlsDialogue> MakeDialogue() {
  return std::make_unique<Dialogue>();
}

constexpr std::pair<const char*, std::unique_ptr<StartTlsDialogue> (*)()> kDialogues[] = {
    {"smtp", MakeDialogue<Smtp>},
    {"imap", MakeDialogue<Imap>},
    {"postgres", MakeDialogue<Postgres>},
    {"ldap", MakeDialogue<Ldap>},
};

}  // namespace

std::unique_ptr<StartTlsDialogue> StartTlsDialogue::Make(absl::string_view protocol) {
  for (const auto& [name, make] : kDialogues) {
    if (protocol == name) return make();
  }
  return nullptr;
}

std::vector<std::string> StartTlsDialogue::Protocols() {
  std::vector<std::string> names;
  for (const auto& [name, make] : kDialogues) names.emplace_back(name);
  return names;
}

std::string StartTlsDialogue::TakeWords() { return std::exchange(words_, {}); }

StartTlsDialogue::State StartTlsDialogue::Hear(absl::string_view bytes) {
  if (state_ != State::kTalking) return state_;
  absl::StrAppend(&heard_, bytes.substr(0, kMaxClearText + 1));
  while (state_ == State::kTalking && Step()) {
  }
  if (state_ == State::kTalking && heard_.size() > kMaxClearText) {
    Refuse("it says too much before TLS");
  }
  if (state_ == State::kReady && !heard_.empty()) {
    Refuse("it went on in clear text after it had agreed to TLS");
  }
  return state_;
}

bool StartTlsDialogue::Ready() {
  state_ = State::kReady;
  return true;
}

bool StartTlsDialogue::Refuse(absl::string_view why, absl::string_view quoted) {
  state_ = State::kRefused;
  words_.clear();
  complaint_ = quoted.empty() ? absl::StrCat("no TLS: ", why)
                              : absl::StrCat("no TLS: ", why, " '", quoted.substr(0, 200), "'");
  return true;
}

std::optional<std::string> StartTlsDialogue::TakeLine() {
  const size_t end = heard_.find('\n');
  if (end == heard_.npos) return std::nullopt;
  std::string line = heard_.substr(0, end);
  heard_.erase(0, end + 1);
  return std::string(absl::StripSuffix(line, "\r"));
}

}  // namespace streampair::cli
