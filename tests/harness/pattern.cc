#include "tests/harness/pattern.h"

#include <algorithm>

#include "absl/strings/escaping.h"

namespace streampair::testing {
namespace {

// A prime length, so that no power of two is a period.
constexpr uint64_t kLength = 2097143;

const std::string& Text() {
  static const std::string& text = *[] {
    auto* made = new std::string(kLength, '\0');
    uint64_t state = 0x9e3779b97f4a7c15;
    for (char& byte : *made) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      byte = static_cast<char>(state >> 32);
    }
    return made;
  }();
  return text;
}

}  // namespace

absl::string_view Pattern(uint64_t offset, uint64_t size) {
  const uint64_t start = offset % kLength;
  return absl::string_view(Text()).substr(start, std::min(size, kLength - start));
}

std::string PatternText(uint64_t offset, uint64_t size) {
  std::string text;
  text.reserve(size);
  while (text.size() < size) {
    const absl::string_view piece = Pattern(offset + text.size(), size - text.size());
    text.append(piece.data(), piece.size());
  }
  return text;
}

void Digest::Add(absl::string_view bytes) { SHA256_Update(&state_, bytes.data(), bytes.size()); }

std::string Digest::Hex() const {
  SHA256_CTX state = state_;
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256_Final(reinterpret_cast<uint8_t*>(digest.data()), &state);
  return absl::BytesToHexString(digest);
}

std::string PatternDigest(uint64_t size) {
  Digest digest;
  for (uint64_t done = 0; done < size;) {
    const absl::string_view piece = Pattern(done, size - done);
    digest.Add(piece);
    done += piece.size();
  }
  return digest.Hex();
}

}  // namespace streampair::testing
