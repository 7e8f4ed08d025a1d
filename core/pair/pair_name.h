#ifndef STREAMPAIR_CORE_PAIR_PAIR_NAME_H_
#define STREAMPAIR_CORE_PAIR_PAIR_NAME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/base/result.h"

namespace streampair {

// Makes and checks pair names: `streamPairs/{instance}.{random}{mac}`, where random is 128 bits as
// 32 hex digits and mac the first 64 bits of HMAC-SHA256(key, "instance.random") as 16. The
// instance lets a router find the owner; the MAC keeps callers from aiming at instances of their
// choice. Instances that share the key know each other's names. Thread-safe.
class PairNamer {
 public:
  // `instance`: 1 to 32 of [a-z0-9-], else kInvalidRequest. `key`: at least 16 bytes, else
  // kInvalidRequest.
  static Result<PairNamer> Make(std::string instance, std::string key);

  // A key and an instance for a server that shares neither.
  static std::string RandomKey();
  static std::string RandomInstance();

  // A name that was never given before.
  std::string NewName() const;

  enum class Origin { kOurs, kOtherInstance, kForged };
  Origin Judge(absl::string_view name) const;

  // What names a pair's socket: `sockets/` and what follows `streamPairs/` in the pair's name.
  static std::string TokenOf(absl::string_view name);
  Origin JudgeToken(absl::string_view token) const;

  const std::string& instance() const { return instance_; }

 private:
  PairNamer(std::string instance, std::string key);
  Origin JudgeId(absl::string_view name) const;
  std::string Mac(absl::string_view instance_and_random) const;

  std::string instance_;
  std::string key_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_NAME_H_
