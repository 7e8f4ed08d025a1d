#include "server/callers/known_callers.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "core/base/streampair_errors.h"

namespace streampair {

Result<KnownCallers::Known> KnownCallers::Identify(absl::string_view token, absl::Time now) const {
  if (token.size() > kMostTokenBytes) return Unauthenticated("the token is too long");
  const TokenTable::Entry* const entry = tokens_.Find(token);
  if (entry == nullptr) return Unauthenticated("the token is not known");
  if (now >= entry->until) return Unauthenticated("the token has expired");
  return Known{entry->principal, entry->until};
}

Result<absl::string_view> BearerTokenOf(absl::string_view authorization) {
  constexpr absl::string_view kScheme = "bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) {
    return Unauthenticated("authorization must be a bearer token");
  }
  const absl::string_view token =
      absl::StripLeadingAsciiWhitespace(authorization.substr(kScheme.size()));
  if (token.empty() || !std::all_of(token.begin(), token.end(), absl::ascii_isgraph)) {
    return Unauthenticated("authorization holds no bearer token");
  }
  return token;
}

}  // namespace streampair
