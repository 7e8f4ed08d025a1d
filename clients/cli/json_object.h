#ifndef STREAMPAIR_CLIENTS_CLI_JSON_OBJECT_H_
#define STREAMPAIR_CLIENTS_CLI_JSON_OBJECT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace streampair::cli {

// A JSON object on one line, its members in the order in which they are added (RFC 8259). Bytes
// that are not UTF-8 become U+FFFD. A value.
class JsonObject {
 public:
  JsonObject& Add(absl::string_view name, absl::string_view text);
  JsonObject& Add(absl::string_view name, const char* text) {
    return Add(name, absl::string_view(text));
  }
  JsonObject& Add(absl::string_view name, int64_t number);
  JsonObject& Add(absl::string_view name, bool value);
  JsonObject& Add(absl::string_view name, double number);  // Finite.
  JsonObject& Add(absl::string_view name, const JsonObject& object);
  JsonObject& AddNull(absl::string_view name);

  std::string ToString() const { return "{" + members_ + "}"; }

 private:
  void AddName(absl::string_view name);

  std::string members_;
};

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_JSON_OBJECT_H_
