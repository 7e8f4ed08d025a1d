#include "core/addr/service_name.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/addr/utf8.h"
#include "core/base/net_services_errors.h"

namespace streampair {
namespace {

constexpr size_t kMaxInstance = 63;
constexpr size_t kMaxTypeName = 15;
constexpr size_t kMaxWireName = 255;

std::optional<Error> JudgeInstance(absl::string_view instance) {
  if (instance.empty() || instance.size() > kMaxInstance) {
    return ServiceBadArgument(
        absl::StrCat("service name must be 1 to ", kMaxInstance, " bytes, is ", instance.size()));
  }
  if (!IsUtf8(instance)) return ServiceBadArgument("service name is not UTF-8");
  if (std::any_of(instance.begin(), instance.end(), absl::ascii_iscntrl)) {
    return ServiceBadArgument("service name has a control character");
  }
  return std::nullopt;
}

// RFC 6335 section 5.1.
bool IsTypeName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxTypeName) return false;
  if (name.front() == '-' || name.back() == '-' || absl::StrContains(name, "--")) return false;
  const auto allowed = [](char c) { return absl::ascii_isalnum(c) || c == '-'; };
  return std::all_of(name.begin(), name.end(), allowed) &&
         std::any_of(name.begin(), name.end(), absl::ascii_isalpha);
}

std::optional<Error> JudgeType(absl::string_view type) {
  std::vector<absl::string_view> labels = absl::StrSplit(type, '.');
  if (labels.size() != 2 || !absl::StartsWith(labels[0], "_") ||
      !absl::StartsWith(labels[1], "_")) {
    return ServiceBadArgument(
        "service type must be two labels that begin with an underscore, as in \"_http._tcp\"");
  }
  if (!IsTypeName(labels[0].substr(1))) {
    return ServiceBadArgument(
        absl::StrCat("service type must be named by 1 to ", kMaxTypeName,
                     " letters, digits and single inner hyphens, with a letter among them"));
  }
  if (labels[1] != "_tcp") return ServiceBadArgument("service type must end in \"._tcp\"");
  return std::nullopt;
}

}  // namespace

Result<ServiceName> ServiceName::Make(absl::string_view instance, absl::string_view type,
                                      absl::string_view domain) {
  if (std::optional<Error> error = JudgeInstance(instance)) return *std::move(error);
  const std::string lower_type = absl::AsciiStrToLower(absl::StripSuffix(type, "."));
  if (std::optional<Error> error = JudgeType(lower_type)) return *std::move(error);
  Result<HostName> host = HostName::Parse(domain.empty() ? "local" : domain);
  if (!host.ok()) {
    return ServiceBadArgument(absl::StrCat("service domain: ", host.error().detail()));
  }
  // A length before each label, and the root.
  const size_t wire = 1 + instance.size() + 1 + lower_type.size() + 1 + host->str().size() + 1;
  if (wire > kMaxWireName) {
    return ServiceBadArgument(absl::StrCat("service name, type and domain together have ", wire,
                                           " bytes; the limit is ", kMaxWireName));
  }
  return ServiceName(std::string(instance), lower_type, host->str());
}

bool ServiceName::is_local() const {
  return domain_ == "local" || absl::EndsWith(domain_, ".local");
}

std::string ServiceName::ToDnsName() const {
  std::string name;
  for (const char c : instance_) {
    if (c == '.' || c == '\\') name += '\\';
    name += c;
  }
  return absl::StrCat(name, ".", type_, ".", domain_);
}

std::string ServiceName::ToString() const {
  return absl::StrCat(instance_, ".", type_, ".", domain_);
}

}  // namespace streampair
