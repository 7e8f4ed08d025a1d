#include "server/config/callers_config.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/config/config_file.h"

namespace streampair {
namespace {

// Of a file that the field `field` names.
std::optional<std::string> TextOf(const std::string& path, const std::string& field,
                                  ConfigComplaints& complaints) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostConfigBytes + 1, '\0');
  errno = 0;
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    complaints.Add(field, absl::StrCat(path, " cannot be read: ", std::strerror(errno)));
    return std::nullopt;
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMostConfigBytes) {
    complaints.Add(field, absl::StrCat(path, " is larger than ", kMostConfigBytes, " bytes"));
    return std::nullopt;
  }
  return text;
}

TokenTable TokensOf(const std::string& path, ConfigComplaints& complaints) {
  constexpr char kField[] = "callers.tokens_file";
  const std::optional<std::string> text = TextOf(path, kField, complaints);
  if (!text) return {};
  std::vector<TokenTable::Fault> faults;
  TokenTable table = TokenTable::Parse(*text, faults);
  for (const TokenTable::Fault& fault : faults) {
    complaints.Add(kField, absl::StrCat(path, ":", fault.line, ": ", fault.message));
  }
  return table;
}

}  // namespace

std::shared_ptr<const KnownCallers> CallersFromConfig(const config::v1::Config& config,
                                                      ConfigComplaints& complaints) {
  if (!config.has_callers()) return nullptr;
  const config::v1::Callers& proto = config.callers();
  TokenTable tokens;
  if (proto.tokens_file().empty()) {
    complaints.Add("callers", "tokens_file is missing");
  } else {
    tokens = TokensOf(proto.tokens_file(), complaints);
  }
  if (!complaints.empty()) return nullptr;
  return std::make_shared<const KnownCallers>(std::move(tokens));
}

}  // namespace streampair
