#include "core/policy/host_pattern.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/streampair_errors.h"

namespace streampair {

Result<HostPattern> HostPattern::Parse(absl::string_view text) {
  if (text == "*") return HostPattern(Kind::kAny, "");
  if (auto address = IpAddress::Parse(text); address.ok()) {
    return HostPattern(Kind::kAddress, address->Unmapped().ToString());
  }
  absl::string_view name = text;
  Kind kind = Kind::kExact;
  if (absl::ConsumePrefix(&name, "*.")) {
    kind = Kind::kOneLabel;
  } else if (absl::ConsumePrefix(&name, ".")) {
    kind = Kind::kSuffix;
  }
  auto host = HostName::Parse(name);
  if (!host.ok()) {
    return InvalidRequest(absl::StrCat("\"", text,
                                       "\" is no host: must be example.com, *.example.com (one "
                                       "label more), .example.com (everything below), an address, "
                                       "or *: ",
                                       host.error().detail()));
  }
  return HostPattern(kind, host->str());
}

bool HostPattern::Matches(const std::optional<HostName>& host,
                          const std::optional<IpAddress>& address) const {
  if (kind_ == Kind::kAny) return true;
  if (!host.has_value()) {
    return kind_ == Kind::kAddress && address.has_value() &&
           address->Unmapped().ToString() == name_;
  }
  absl::string_view label = host->str();
  if (kind_ == Kind::kExact) return label == name_;
  if (!absl::ConsumeSuffix(&label, name_) || !absl::ConsumeSuffix(&label, ".")) return false;
  return kind_ == Kind::kSuffix || (kind_ == Kind::kOneLabel && !absl::StrContains(label, '.'));
}

uint32_t HostPattern::specificity() const {
  switch (kind_) {
    case Kind::kAny:
      return 0;
    case Kind::kSuffix:
      return static_cast<uint32_t>(name_.size());  // At most 253.
    case Kind::kOneLabel:
      return static_cast<uint32_t>(0x1000 + name_.size());
    case Kind::kExact:
    case Kind::kAddress:
      return 0x2000;
  }
  return 0;
}

}  // namespace streampair
