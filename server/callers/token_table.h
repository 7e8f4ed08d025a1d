#ifndef STREAMPAIR_SERVER_CALLERS_TOKEN_TABLE_H_
#define STREAMPAIR_SERVER_CALLERS_TOKEN_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/token/token_digest.h"

namespace streampair {

// Tokens that an operator has given to callers, known by their digests. Written down one a line:
//
//   # SHA-256 of the token, whose it is, until when
//   ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad ci 2027-01-01T00:00:00Z
//
// Without a time a token is good until it is taken out. One caller may have several.
class TokenTable {
 public:
  struct Entry {
    std::string principal;  // "token:ci".
    absl::Time until = absl::InfiniteFuture();
  };
  struct Fault {
    int line;
    std::string message;
  };

  // All that is wrong goes to `faults`.
  static TokenTable Parse(absl::string_view text, std::vector<Fault>& faults);

  // Null if there is no such token. It may have expired.
  const Entry* Find(absl::string_view token) const;

  size_t size() const { return entries_.size(); }

 private:
  absl::flat_hash_map<TokenDigest, Entry> entries_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLERS_TOKEN_TABLE_H_
