#include "core/resolve/cares_answer.h"

#include <ares.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/addr/endpoint.h"
#include "core/base/check.h"
#include "core/base/netdb_errors.h"

namespace streampair {

CaresAnswer MakeCaresAnswer(int status, const ares_addrinfo* info) {
  CaresAnswer answer{status, {}, {}};
  if (status != ARES_SUCCESS) return answer;
  if (info == nullptr) return CaresAnswer{ARES_ENODATA, {}, {}};
  int ttl = std::numeric_limits<int>::max();
  for (const ares_addrinfo_node* node = info->nodes; node != nullptr; node = node->ai_next) {
    if (answer.addresses.size() == kMaxAddressesPerFamily) break;
    std::optional<Endpoint> endpoint =
        Endpoint::FromSockaddr(node->ai_addr, static_cast<socklen_t>(node->ai_addrlen));
    if (!endpoint.has_value()) continue;
    answer.addresses.push_back(endpoint->address);
    ttl = std::min(ttl, node->ai_ttl);
  }
  // Each entry leads on from the one before; an entry without an alias repeats the name itself.
  for (const ares_addrinfo_cname* cname = info->cnames; cname != nullptr; cname = cname->next) {
    if (cname->alias == nullptr || cname->name == nullptr) continue;
    answer.canonical_name = absl::AsciiStrToLower(cname->name);
    ttl = std::min(ttl, cname->ttl);
  }
  if (answer.addresses.empty()) {
    answer.status = ARES_ENODATA;
  } else {
    answer.ttl = absl::Seconds(std::max(ttl, 0));
  }
  return answer;
}

Error CaresError(int status, absl::string_view name) {
  SP_CHECK(status != ARES_SUCCESS);
  auto text = [&](absl::string_view what) { return absl::StrCat("\"", name, "\": ", what); };
  switch (status) {
    case ARES_ENOTFOUND:
      return NameUnknown(text("the name does not exist (NXDOMAIN)"));
    case ARES_EBADNAME:
      return NameUnknown(text("the name cannot stand in a query"));
    case ARES_ENODATA:
      return NoAddress(text("the name exists but has no address of a wanted family"));
    case ARES_ETIMEOUT:
      return ResolverTimeout(text("no name server answered in time"));
    case ARES_ECONNREFUSED:
      return ResolverTemporaryFailure(text("no name server could be reached"));
    case ARES_ESERVFAIL:
      return ResolverTemporaryFailure(text("the name server failed (SERVFAIL)"));
    case ARES_ENOMEM:
      return ResolverOutOfMemory(text("no memory for the lookup"));
    case ARES_EREFUSED:
      return ResolverFailed(text("the name server refused to answer (REFUSED)"));
    case ARES_ENOTIMP:
      return ResolverFailed(text("the name server does not know how to answer (NOTIMP)"));
    case ARES_EFORMERR:
      return ResolverFailed(text("the name server could not read the query (FORMERR)"));
    case ARES_EBADRESP:
      return ResolverFailed(text("the answer is malformed"));
    default:
      return ResolverFailed(text(ares_strerror(status)));
  }
}

bool IsRefusal(int status) {
  return status == ARES_ESERVFAIL || status == ARES_EREFUSED || status == ARES_ENOTIMP;
}

}  // namespace streampair
