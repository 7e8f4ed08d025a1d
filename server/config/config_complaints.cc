#include "server/config/config_complaints.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace streampair {

void ConfigComplaints::Add(absl::string_view path, absl::string_view message) {
  for (absl::string_view around = path; !around.empty();) {
    if (const auto place = places_.find(around); place != places_.end()) {
      return AddAt(place->second.line, place->second.column, path, message);
    }
    const size_t end = around.find_last_of(".[");
    around = end == absl::string_view::npos ? "" : around.substr(0, end);
  }
  AddAt(0, 0, path, message);
}

void ConfigComplaints::AddAt(int line, int column, absl::string_view path,
                             absl::string_view message) {
  if (++count_ > kMost) return;
  lines_.push_back(absl::StrCat(file_, line > 0 ? absl::StrCat(":", line, ":", column) : "", ": ",
                                path, path.empty() ? "" : ": ", message));
}

std::vector<std::string> ConfigComplaints::Lines() const {
  std::vector<std::string> lines = lines_;
  if (count_ > kMost) lines.push_back(absl::StrCat(file_, ": and ", count_ - kMost, " more"));
  return lines;
}

std::string ConfigComplaints::ToString() const { return absl::StrJoin(Lines(), "\n"); }

}  // namespace streampair
