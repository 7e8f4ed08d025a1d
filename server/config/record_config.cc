#include "server/config/record_config.h"

namespace streampair {
namespace {

constexpr uint64_t kLeastBytes = 4096;  // A line, with all answers of a name, fits.
constexpr uint32_t kMostFiles = 1000;

}  // namespace

std::optional<RecordSettings> RecordFromConfig(const config::v1::Config& config,
                                               ConfigComplaints& complaints) {
  if (!config.has_record()) return std::nullopt;
  const config::v1::Record& proto = config.record();
  RecordSettings settings;
  bool good = true;
  const auto complain = [&](absl::string_view path, absl::string_view message) {
    complaints.Add(path, message);
    good = false;
  };
  settings.file = proto.file();
  if (settings.file.empty() && (proto.max_bytes() != 0 || proto.max_files() != 0)) {
    complain("record", "max_bytes and max_files need a file");
  }
  if (proto.max_bytes() != 0) settings.max_bytes = proto.max_bytes();
  if (settings.max_bytes < kLeastBytes) complain("record.max_bytes", "must be at least 4096");
  if (proto.max_files() != 0) settings.max_files = proto.max_files();
  if (settings.max_files > kMostFiles) complain("record.max_files", "must be at most 1000");
  settings.refuses_on_loss = proto.on_loss() == config::v1::Record::ON_LOSS_REFUSE;
  if (!good) return std::nullopt;
  return settings;
}

}  // namespace streampair
