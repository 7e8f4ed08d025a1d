#include "core/policy/principal_pattern.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/streampair_errors.h"

namespace streampair {

Result<PrincipalPattern> PrincipalPattern::Parse(absl::string_view text) {
  if (text.empty() || text.size() > kMaxBytes) {
    return InvalidRequest(absl::StrCat("a principal must be 1 to ", kMaxBytes, " bytes"));
  }
  const bool is_prefix = absl::ConsumeSuffix(&text, "*");
  if (absl::StrContains(text, '*')) {
    return InvalidRequest(absl::StrCat("\"", text, "\": a '*' may stand at the end only"));
  }
  return PrincipalPattern(std::string(text), is_prefix);
}

bool PrincipalPattern::Matches(absl::string_view principal) const {
  return is_prefix_ ? absl::StartsWith(principal, text_) : principal == text_;
}

uint32_t PrincipalPattern::specificity() const {
  return is_prefix_ ? static_cast<uint32_t>(text_.size()) : 0x2000;
}

}  // namespace streampair
