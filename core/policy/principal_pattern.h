#ifndef STREAMPAIR_CORE_POLICY_PRINCIPAL_PATTERN_H_
#define STREAMPAIR_CORE_POLICY_PRINCIPAL_PATTERN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "core/base/result.h"

namespace streampair {

// Which callers a rule is about: "spiffe://example.org/ci" alone, "spiffe://example.org/ci/*" for
// all that begin so, "*" for all.
class PrincipalPattern {
 public:
  static constexpr size_t kMaxBytes = 1024;

  // InvalidRequest for an empty or too long text, and for a '*' elsewhere than at the end.
  static Result<PrincipalPattern> Parse(absl::string_view text);

  bool Matches(absl::string_view principal) const;

  bool is_prefix() const { return is_prefix_; }
  const std::string& text() const { return text_; }  // Without the '*'.

  // More for what matches less: exact over prefixes, and longer over shorter.
  uint32_t specificity() const;

 private:
  PrincipalPattern(std::string text, bool is_prefix)
      : text_(std::move(text)), is_prefix_(is_prefix) {}

  std::string text_;
  bool is_prefix_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_POLICY_PRINCIPAL_PATTERN_H_
