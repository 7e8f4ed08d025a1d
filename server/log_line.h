#ifndef STREAMPAIR_SERVER_LOG_LINE_H_
#define STREAMPAIR_SERVER_LOG_LINE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/error.h"

namespace streampair {

// One event for the log: its name and what is known about it, in the order of adding. Programs read
// it, so keys are stable; it never holds a byte of a stream or a secret.
class LogLine {
 public:
  explicit LogLine(std::string event) : event_(std::move(event)) {}

  LogLine& Add(std::string key, absl::string_view value);
  LogLine& Add(std::string key, const char* value) {
    return Add(std::move(key), absl::string_view(value));
  }
  LogLine& Add(std::string key, int64_t value);
  LogLine& AddSwitch(std::string key, bool value);  // true or false, in JSON too.
  LogLine& AddUnlessEmpty(std::string key, absl::string_view value);

  // error_domain, error_subdomain (if any), error_code, error_symbol, error_stage, error_reason,
  // error_address and error_text.
  LogLine& AddError(const Error& error);

  // `pair_closed pair=streamPairs/x bytes_read=5 error_text="two words"`.
  std::string ToText() const;

  // The members of a JSON object, without the braces: `"event":"pair_closed","bytes_read":5`.
  std::string ToJsonMembers() const;

 private:
  struct Item {
    std::string key;
    std::string text;
    bool is_bare;  // Without quotes in JSON: a number or a switch.
  };
  std::string event_;
  std::vector<Item> items_;
};

// `text` as a JSON string with its quotes. What is not UTF-8 becomes '?'.
std::string JsonString(absl::string_view text);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_LOG_LINE_H_
