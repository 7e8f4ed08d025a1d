#ifndef STREAMPAIR_SERVER_CALLERS_KNOWN_CALLERS_H_
#define STREAMPAIR_SERVER_CALLERS_KNOWN_CALLERS_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/result.h"
#include "server/callers/token_table.h"

namespace streampair {

// Whose a bearer token is. Immutable, hence thread-safe.
class KnownCallers {
 public:
  // gRPC takes no more of metadata altogether.
  static constexpr size_t kMostTokenBytes = 8192;

  struct Known {
    std::string principal;
    absl::Time until;  // When the token expires.
  };

  explicit KnownCallers(TokenTable tokens) : tokens_(std::move(tokens)) {}

  // Fails with Unauthenticated, whose text says why and nothing of the token.
  Result<Known> Identify(absl::string_view token, absl::Time now) const;

  size_t tokens() const { return tokens_.size(); }

 private:
  const TokenTable tokens_;
};

// The token of an `authorization` header, RFC 6750 section 2.1. Fails with Unauthenticated.
Result<absl::string_view> BearerTokenOf(absl::string_view authorization);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLERS_KNOWN_CALLERS_H_
