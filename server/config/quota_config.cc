#include "server/config/quota_config.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/policy/principal_pattern.h"

namespace streampair {
namespace {

namespace pb = config::v1;

struct Entry {
  PrincipalPattern pattern;
  QuotaLimits limits;
};

void ReadPeriod(const pb::QuotaLimits& proto, const std::string& path, ConfigComplaints& complaints,
                QuotaLimits& limits) {
  if (proto.total_bytes_period().empty()) return;
  absl::Duration& period = limits.total_bytes_period;
  if (!absl::ParseDuration(proto.total_bytes_period(), &period) || period < absl::Seconds(1) ||
      period > absl::Hours(24 * 366)) {
    complaints.Add(path + ".total_bytes_period",
                   absl::StrCat("\"", proto.total_bytes_period(),
                                "\" must be a duration of 1s to 8784h, such as 24h or 90m"));
  }
  if (!proto.has_total_bytes()) complaints.Add(path + ".total_bytes_period", "needs total_bytes");
}

QuotaLimits LimitsFrom(const pb::QuotaLimits& proto, const std::string& path,
                       ConfigComplaints& complaints) {
  QuotaLimits limits;
  if (proto.has_pairs()) limits.pairs = proto.pairs();
  if (proto.has_opens_per_second()) limits.opens_per_second = proto.opens_per_second();
  if (proto.has_open_burst()) {
    limits.open_burst = proto.open_burst();
    if (proto.open_burst() == 0) complaints.Add(path + ".open_burst", "must be at least 1");
    if (!proto.has_opens_per_second()) {
      complaints.Add(path + ".open_burst", "needs opens_per_second");
    }
  }
  if (proto.has_pending_dials()) limits.pending_dials = proto.pending_dials();
  if (proto.has_bytes_per_second()) {
    limits.bytes_per_second = proto.bytes_per_second();
    if (proto.bytes_per_second() == 0) {
      complaints.Add(path + ".bytes_per_second", "must be at least 1");
    }
  }
  if (proto.has_total_bytes()) limits.total_bytes = proto.total_bytes();
  ReadPeriod(proto, path, complaints, limits);
  if (proto.has_parked_sockets()) limits.parked_sockets = proto.parked_sockets();
  return limits;
}

void AddEntries(const pb::PrincipalQuota& proto, const std::string& path,
                ConfigComplaints& complaints, std::set<std::string>& seen,
                std::vector<Entry>& entries) {
  const QuotaLimits limits = LimitsFrom(proto.limits(), path + ".limits", complaints);
  if (proto.principals().empty()) complaints.Add(path, "principals is missing");
  for (int i = 0; i < proto.principals_size(); ++i) {
    const std::string& text = proto.principals(i);
    const std::string place = absl::StrCat(path, ".principals[", i, "]");
    auto pattern = PrincipalPattern::Parse(text);
    if (!pattern.ok()) {
      complaints.Add(place, pattern.error().detail());
    } else if (!seen.insert(text).second) {
      complaints.Add(place, absl::StrCat("\"", text, "\" has a quota already"));
    } else {
      entries.push_back({*std::move(pattern), limits});
    }
  }
}

}  // namespace

QuotaRules QuotasFromConfig(const pb::Config& config, ConfigComplaints& complaints) {
  QuotaRules rules;
  rules.global = LimitsFrom(config.quotas().global(), "quotas.global", complaints);
  auto entries = std::make_shared<std::vector<Entry>>();
  std::set<std::string> seen;
  for (int i = 0; i < config.quotas().principals_size(); ++i) {
    AddEntries(config.quotas().principals(i), absl::StrCat("quotas.principals[", i, "]"),
               complaints, seen, *entries);
  }
  // The narrowest first; no two that match one principal are equally narrow.
  std::stable_sort(entries->begin(), entries->end(), [](const Entry& a, const Entry& b) {
    return a.pattern.specificity() > b.pattern.specificity();
  });
  rules.of_principal = [entries](const std::string& principal) {
    const auto entry = std::find_if(entries->begin(), entries->end(), [&](const Entry& each) {
      return each.pattern.Matches(principal);
    });
    return entry == entries->end() ? QuotaLimits() : entry->limits;
  };
  return rules;
}

}  // namespace streampair
