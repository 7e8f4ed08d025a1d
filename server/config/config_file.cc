#include "server/config/config_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "server/config/yaml_config.h"

namespace streampair {
namespace {

class TextFormatErrors : public google::protobuf::io::ErrorCollector {
 public:
  explicit TextFormatErrors(ConfigComplaints& complaints) : complaints_(complaints) {}
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    complaints_.AddAt(line + 1, column + 1, "", message);
  }

 private:
  ConfigComplaints& complaints_;
};

bool EndsWithAny(const std::string& path, std::initializer_list<const char*> ends) {
  for (const char* end : ends) {
    if (absl::EndsWithIgnoreCase(path, end)) return true;
  }
  return false;
}

}  // namespace

void ReadConfigFile(const std::string& path, ConfigComplaints& complaints,
                    config::v1::Config& config) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostConfigBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return complaints.Add("", absl::StrCat("cannot be read: ", std::strerror(errno)));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMostConfigBytes) {
    return complaints.Add("", absl::StrCat("is larger than ", kMostConfigBytes, " bytes"));
  }
  if (EndsWithAny(path, {".yaml", ".yml", ".json"})) return ReadYaml(text, complaints, config);
  if (EndsWithAny(path, {".textproto", ".txtpb", ".pbtxt"})) {
    google::protobuf::TextFormat::Parser parser;
    TextFormatErrors errors(complaints);
    parser.RecordErrorsTo(&errors);
    if (!parser.ParseFromString(text, &config) && complaints.empty()) {
      complaints.Add("", "is no text-format Protobuf");
    }
    return;
  }
  complaints.Add("", "the name must end in .yaml, .yml, .json, .textproto, .txtpb or .pbtxt");
}

}  // namespace streampair
