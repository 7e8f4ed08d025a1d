#include "clients/cli/pair_text.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/cli/report.h"

namespace streampair::cli {

std::string TargetText(const v1::Target& target) {
  switch (target.destination_case()) {
    case v1::Target::kHost: {
      const v1::HostTarget& host = target.host();
      const std::string name =
          host.name().empty() && host.addresses_size() > 0 ? host.addresses(0) : host.name();
      return absl::StrCat(name, " ", host.port());
    }
    case v1::Target::kNetService:
      return absl::StrCat(target.net_service().name(), ".", target.net_service().type());
    case v1::Target::kAddress:
      return absl::StrCat(target.address().address(), " ", target.address().port());
    case v1::Target::kParkedSocket:
      return "parked socket";
    case v1::Target::DESTINATION_NOT_SET:
      break;
  }
  return "-";
}

std::string StatusText(v1::StreamStatus status) {
  if (status == v1::STREAM_STATUS_UNSPECIFIED) return "-";
  const std::string& name = v1::StreamStatus_Name(status);
  return name.empty() ? absl::StrCat(static_cast<int>(status))
                      : absl::AsciiStrToLower(absl::StripPrefix(name, "STREAM_STATUS_"));
}

std::string LabelsText(const v1::StreamPair& pair) {
  const std::map<std::string, std::string> sorted(pair.labels().begin(), pair.labels().end());
  return absl::StrJoin(sorted, ",", absl::PairFormatter("="));
}

std::string AgeText(const v1::StreamPair& pair) {
  const absl::Duration age = absl::Now() - absl::FromUnixSeconds(pair.create_time().seconds());
  return age < absl::Seconds(1) ? "0s"
                                : absl::FormatDuration(absl::Trunc(
                                      std::max(age, absl::ZeroDuration()), absl::Seconds(1)));
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::string ClockText(absl::Time time) {
  return absl::FormatTime("%H:%M:%E3S", time, absl::LocalTimeZone());
}

std::string BytesText(double bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit) bytes /= 1024;
  return absl::StrFormat("%.*f %s", unit == 0 ? 0 : 1, bytes, units[unit]);
}

std::string LatencyText(absl::Duration duration) {
  const double ms = absl::ToDoubleMilliseconds(duration);
  return ms < 1000 ? absl::StrFormat("%.2f ms", ms) : absl::StrFormat("%.2f s", ms / 1000);
}

std::vector<std::string> TableLines(std::vector<std::vector<std::string>> rows) {
  std::vector<size_t> widths(rows.empty() ? 0 : rows[0].size(), 0);
  for (std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = Printable(row[i]);
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::vector<std::string> lines;
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&line, row[i], std::string(widths[i] - row[i].size() + 2, ' '));
    }
    absl::StripTrailingAsciiWhitespace(&line);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace streampair::cli
