#ifndef STREAMPAIR_CORE_TOKEN_TOKEN_DIGEST_H_
#define STREAMPAIR_CORE_TOKEN_TOKEN_DIGEST_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace streampair {

// The SHA-256 of a token. Tokens are kept and looked up by it alone: how long a look-up takes then
// says nothing about a token, and whoever reads the file that holds them has none.
using TokenDigest = std::array<uint8_t, 32>;

TokenDigest DigestOf(absl::string_view token);

// Of 64 hexadecimal digits; nothing if it is something else.
std::optional<TokenDigest> ParseTokenDigest(absl::string_view hex);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TOKEN_TOKEN_DIGEST_H_
