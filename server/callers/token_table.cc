#include "server/callers/token_table.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace streampair {
namespace {

constexpr size_t kMostNameBytes = 128;

// What can be said of a caller in one word of a log line, and means nothing special in a rule.
bool IsName(absl::string_view text) {
  return !text.empty() && text.size() <= kMostNameBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isgraph(c) && c != '*'; });
}

}  // namespace

TokenTable TokenTable::Parse(absl::string_view text, std::vector<Fault>& faults) {
  TokenTable table;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words[0][0] == '#') continue;
    const auto complain = [&](std::string message) {
      faults.push_back({number, std::move(message)});
    };
    // No fault says what stands there: who mistakes the file may have put a token into it.
    const std::optional<TokenDigest> digest = ParseTokenDigest(words[0]);
    if (!digest) {
      complain("must begin with the 64 hexadecimal digits of a token's SHA-256");
      continue;
    }
    if (words.size() < 2 || words.size() > 3) {
      complain("must be a SHA-256, a name and, if it shall expire, a time");
      continue;
    }
    if (!IsName(words[1])) {
      complain(absl::StrCat("the name must be 1 to ", kMostNameBytes,
                            " printable ASCII characters without '*'"));
      continue;
    }
    Entry entry{absl::StrCat("token:", words[1])};
    std::string error;
    if (words.size() == 3 && !absl::ParseTime(absl::RFC3339_full, words[2], &entry.until, &error)) {
      complain("the time must be like 2027-01-01T00:00:00Z");
      continue;
    }
    if (!table.entries_.emplace(*digest, std::move(entry)).second) {
      complain("the token stands there twice");
    }
  }
  return table;
}

const TokenTable::Entry* TokenTable::Find(absl::string_view token) const {
  const auto found = entries_.find(DigestOf(token));
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace streampair
