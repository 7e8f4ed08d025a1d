#ifndef STREAMPAIR_TESTS_HARNESS_PATTERN_H_
#define STREAMPAIR_TESTS_HARNESS_PATTERN_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "openssl/sha.h"

namespace streampair::testing {

// Up to `size` bytes, at least one, of an endless text without short periods, from `offset` on.
// Lasting.
absl::string_view Pattern(uint64_t offset, uint64_t size);

// Exactly `size` bytes of it.
std::string PatternText(uint64_t offset, uint64_t size);

// The SHA-256 of what is added, in hex.
class Digest {
 public:
  Digest() { SHA256_Init(&state_); }
  void Add(absl::string_view bytes);
  std::string Hex() const;

 private:
  SHA256_CTX state_;
};

// The digest of the first `size` bytes of Pattern.
std::string PatternDigest(uint64_t size);

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_PATTERN_H_
