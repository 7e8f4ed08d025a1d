#include "server/handlers/explain.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/error_catalog.h"
#include "core/base/error_id.h"
#include "server/convert/error_numbering.h"
#include "server/convert/request_check.h"

namespace streampair {
namespace {

// As the contract spells it; ours is not in the contract and is named as in the proto.
std::string ContractName(ErrorDomain domain) {
  if (domain == ErrorDomain::kStreampair) return "ERROR_DOMAIN_STREAMPAIR";
  const absl::string_view name = DomainName(domain);
  return name.empty() ? "" : absl::StrCat("kCFStreamErrorDomain", name);
}

}  // namespace

std::optional<Failure> ExplainError(const v1::ExplainErrorRequest& request,
                                    v1::ExplainErrorResponse& response) {
  const auto domain = static_cast<ErrorDomain>(request.domain());
  const bool has_subdomains = domain == ErrorDomain::kSocks;
  RequestCheck check;
  if (request.subdomain() > (has_subdomains ? 0xffffu : 0u)) {
    check.Refuse("subdomain", has_subdomains ? "must be 0 to 65535" : "must be 0 outside SOCKS");
    return check.Verdict();
  }

  ErrorNumbering numbering = ErrorNumbering::kLinux;
  ErrorNumberingFromProto(request.numbering(), "numbering", check, numbering);
  if (!check.ok()) return check.Verdict();

  ErrorId id{domain, static_cast<uint16_t>(request.subdomain()), request.code()};
  if (has_subdomains && id.subdomain == 0) {  // Maybe packed.
    const auto packed = static_cast<uint32_t>(request.code());
    id.subdomain = static_cast<uint16_t>(packed >> 16);
    id.code = static_cast<int32_t>(packed & 0xffff);
  }
  response.set_domain_name(ContractName(domain));
  response.set_subdomain(id.subdomain);
  response.set_code(id.code);
  if (id.code == 0 && id.subdomain == 0) {
    response.set_known(true);
    response.set_meaning("No error.");
  } else if (const auto name = LookUp(id, numbering)) {
    response.set_known(true);
    response.set_symbol(std::string(name->symbol));
    response.set_meaning(std::string(name->meaning));
  } else if (response.domain_name().empty()) {
    response.set_meaning("There is no such domain.");
  } else {
    response.set_meaning("This server has no name for that number.");
  }
  return std::nullopt;
}

}  // namespace streampair
