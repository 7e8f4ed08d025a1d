#include "core/dial/attempts_text.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "core/base/error_catalog.h"

namespace streampair {
namespace {

constexpr size_t kMaxShown = 8;  // A message has 512 bytes.

std::string Cause(const Attempt& attempt) {
  if (!attempt.error.has_value()) return "connected";
  const auto name = LookUp(attempt.error->id());
  return name.has_value() ? std::string(name->symbol) : attempt.error->id().ToString();
}

}  // namespace

std::string DescribeAttempts(const std::vector<Attempt>& attempts) {
  std::string text =
      absl::StrCat("tried ", attempts.size(), attempts.size() == 1 ? " address:" : " addresses:");
  const size_t shown = std::min(attempts.size(), kMaxShown);
  for (size_t i = 0; i < shown; ++i) {
    absl::StrAppend(&text, i == 0 ? " " : ", ", attempts[i].endpoint.ToString(), " ",
                    Cause(attempts[i]));
  }
  if (attempts.size() > shown) absl::StrAppend(&text, " and ", attempts.size() - shown, " more");
  return text;
}

}  // namespace streampair
