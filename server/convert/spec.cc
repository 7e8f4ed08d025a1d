#include "server/convert/spec.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/convert/half.h"
#include "server/convert/property.h"
#include "server/convert/request_check.h"
#include "server/convert/socks_proxy.h"
#include "server/convert/target.h"
#include "server/convert/time.h"

namespace streampair {
namespace {

constexpr size_t kMaxLabels = 32;
constexpr size_t kMaxLabelKeyBytes = 63;
constexpr size_t kMaxLabelValueBytes = 255;

bool IsLabelKey(absl::string_view key) {
  if (key.empty() || key.size() > kMaxLabelKeyBytes) return false;
  return std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '.' || c == '-';
  });
}

void LabelsFromProto(const v1::StreamPairSpec& proto, const std::string& field, RequestCheck& check,
                     PairSpec& spec) {
  if (proto.labels().size() > kMaxLabels) {
    check.Refuse(field,
                 absl::StrCat("must be at most ", kMaxLabels, ", are ", proto.labels().size()));
    return;
  }
  for (const auto& [key, value] : proto.labels()) {
    if (!IsLabelKey(key)) {
      check.Refuse(field, absl::StrCat("key \"", key, "\" must be 1 to ", kMaxLabelKeyBytes,
                                       " bytes of [a-z0-9_.-]"));
    } else if (value.size() > kMaxLabelValueBytes) {
      check.Refuse(
          absl::StrCat(field, "[", key, "]"),
          absl::StrCat("must be at most ", kMaxLabelValueBytes, " bytes, is ", value.size()));
    } else {
      spec.labels.emplace(key, value);
    }
  }
}

void PropertiesFromProto(const v1::StreamPairSpec& proto, const std::string& field,
                         const PairOptions& defaults, RequestCheck& check, PairSpec& spec) {
  std::set<v1::PropertyKey> seen;
  for (int i = 0; i < proto.properties_size(); ++i) {
    const v1::Property& property = proto.properties(i);
    const bool has_value = property.value_case() != v1::Property::VALUE_NOT_SET;
    if (has_value && !seen.insert(KeyOf(property)).second) {
      check.Refuse(Element(field, i),
                   absl::StrCat("property ", PropertyName(KeyOf(property)), " is given twice"));
      continue;
    }
    ApplyProperty(property, Element(field, i), defaults, check, spec.options);
  }
}

void HoldFromProto(const v1::StreamPairSpec& proto, const std::string& field,
                   const SpecRules& rules, MadeBy made_by, RequestCheck& check, PairSpec& spec) {
  const bool by_call = made_by == MadeBy::kCreateCall;
  spec.hold_timeout = by_call ? rules.default_hold : absl::ZeroDuration();
  if (proto.has_hold_timeout()) {
    // Nobody is attached to a pair that was just created, so it could not outlive the call with no
    // time at all.
    const absl::Duration least = by_call ? absl::Milliseconds(1) : absl::ZeroDuration();
    const auto hold =
        DurationFromProto(proto.hold_timeout(), field, least, absl::InfiniteDuration(), check);
    if (hold) spec.hold_timeout = *hold;
  }
  spec.hold_timeout = std::min(spec.hold_timeout, rules.max_hold);
}

}  // namespace

std::optional<Failure> SpecFromProto(const v1::StreamPairSpec& proto, absl::string_view field,
                                     const SpecRules& rules, MadeBy made_by, PairSpec& spec) {
  RequestCheck check;
  spec = PairSpec();
  spec.options = rules.option_defaults;
  if (proto.has_target()) {
    TargetFromProto(proto.target(), Member(field, "target"), rules.short_forms, check, spec);
  } else {
    check.Refuse(Member(field, "target"), "must be given");
  }
  const auto halves =
      HalvesFromProto(proto.halves(), Member(field, "halves"), Halves::kBoth, check);
  if (halves) spec.halves = *halves;
  PropertiesFromProto(proto, Member(field, "properties"), rules.option_defaults, check, spec);
  if (check.ok()) CheckProxies(spec, spec.options, Member(field, "properties"), check);
  LabelsFromProto(proto, Member(field, "labels"), check, spec);
  HoldFromProto(proto, Member(field, "hold_timeout"), rules, made_by, check, spec);
  return check.Verdict();
}

}  // namespace streampair
