#include "core/pair/pair_name.h"

#include <openssl/hmac.h>
#include <openssl/mem.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/check.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

constexpr absl::string_view kPrefix = "streamPairs/";
constexpr absl::string_view kTokenPrefix = "sockets/";
constexpr size_t kRandomBytes = 16;
constexpr size_t kMacBytes = 8;
constexpr size_t kMostInstanceBytes = 32;
constexpr size_t kLeastKeyBytes = 16;

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  SP_CHECK(RAND_bytes(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()) == 1);
  return bytes;
}

bool IsInstance(absl::string_view text) {
  if (text.empty() || text.size() > kMostInstanceBytes) return false;
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return true;
}

}  // namespace

Result<PairNamer> PairNamer::Make(std::string instance, std::string key) {
  if (!IsInstance(instance))
    return InvalidRequest("an instance is named by 1 to 32 of a-z, 0-9 and '-'");
  if (key.size() < kLeastKeyBytes) return InvalidRequest("a name key has at least 16 bytes");
  return PairNamer(std::move(instance), std::move(key));
}

std::string PairNamer::RandomKey() { return RandomBytes(32); }

std::string PairNamer::RandomInstance() { return absl::BytesToHexString(RandomBytes(4)); }

PairNamer::PairNamer(std::string instance, std::string key)
    : instance_(std::move(instance)), key_(std::move(key)) {}

std::string PairNamer::Mac(absl::string_view instance_and_random) const {
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  SP_CHECK(HMAC(EVP_sha256(), key_.data(), key_.size(),
                reinterpret_cast<const uint8_t*>(instance_and_random.data()),
                instance_and_random.size(), mac.data(), &size) != nullptr);
  SP_CHECK(size >= kMacBytes);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(mac.data()), kMacBytes));
}

std::string PairNamer::NewName() const {
  const std::string id =
      absl::StrCat(instance_, ".", absl::BytesToHexString(RandomBytes(kRandomBytes)));
  return absl::StrCat(kPrefix, id, Mac(id));
}

PairNamer::Origin PairNamer::Judge(absl::string_view name) const {
  return absl::ConsumePrefix(&name, kPrefix) ? JudgeId(name) : Origin::kForged;
}

std::string PairNamer::TokenOf(absl::string_view name) {
  return absl::StrCat(kTokenPrefix, absl::StripPrefix(name, kPrefix));
}

PairNamer::Origin PairNamer::JudgeToken(absl::string_view token) const {
  return absl::ConsumePrefix(&token, kTokenPrefix) ? JudgeId(token) : Origin::kForged;
}

PairNamer::Origin PairNamer::JudgeId(absl::string_view name) const {
  const size_t dot = name.find('.');
  if (dot == absl::string_view::npos || !IsInstance(name.substr(0, dot))) return Origin::kForged;
  if (name.size() != dot + 1 + 2 * (kRandomBytes + kMacBytes)) return Origin::kForged;
  const absl::string_view id = name.substr(0, name.size() - 2 * kMacBytes);
  const absl::string_view given = name.substr(id.size());
  const std::string expected = Mac(id);
  // In constant time, so that a caller cannot find a MAC byte by byte.
  if (CRYPTO_memcmp(given.data(), expected.data(), expected.size()) != 0) return Origin::kForged;
  return name.substr(0, dot) == instance_ ? Origin::kOurs : Origin::kOtherInstance;
}

}  // namespace streampair
