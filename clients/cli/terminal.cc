#include "clients/cli/terminal.h"

#include <stdlib.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"

namespace streampair::cli {

bool ColorWanted(int descriptor) {
  const char* const no_color = getenv("NO_COLOR");
  const char* const term = getenv("TERM");
  return isatty(descriptor) && (no_color == nullptr || *no_color == '\0') && term != nullptr &&
         absl::string_view(term) != "dumb";
}

std::string Bold(absl::string_view text) { return absl::StrCat("\033[1m", text, "\033[0m"); }

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for messages that the API does not have (Any of unknown type).
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

}  // namespace streampair::cli
