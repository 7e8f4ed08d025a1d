#include "clients/cli/json_object.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace streampair::cli {
namespace {

// The length of the UTF-8 sequence that `text` begins with (RFC 3629); 0 if it begins with none.
size_t SequenceLength(absl::string_view text) {
  const auto byte = [&text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto follows = [&text, &byte](size_t i, uint8_t low = 0x80, uint8_t high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const uint8_t low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const uint8_t low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void AppendQuoted(absl::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    const char first = text[0];
    if (length == 0) {
      out->append("\xEF\xBF\xBD");
    } else if (first == '"' || first == '\\') {
      absl::StrAppend(out, "\\", text.substr(0, 1));
    } else if (static_cast<uint8_t>(first) < 0x20 || first == 0x7F) {
      absl::StrAppendFormat(out, "\\u%04x", static_cast<unsigned>(first));
    } else {
      out->append(text.data(), length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out->push_back('"');
}

}  // namespace

void JsonObject::AddName(absl::string_view name) {
  if (!members_.empty()) members_.push_back(',');
  AppendQuoted(name, &members_);
  members_.push_back(':');
}

JsonObject& JsonObject::Add(absl::string_view name, absl::string_view text) {
  AddName(name);
  AppendQuoted(text, &members_);
  return *this;
}

JsonObject& JsonObject::Add(absl::string_view name, int64_t number) {
  AddName(name);
  absl::StrAppend(&members_, number);
  return *this;
}

JsonObject& JsonObject::Add(absl::string_view name, double number) {
  AddName(name);
  absl::StrAppend(&members_, number);
  return *this;
}

JsonObject& JsonObject::Add(absl::string_view name, bool value) {
  AddName(name);
  members_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::Add(absl::string_view name, const JsonObject& object) {
  AddName(name);
  members_ += object.ToString();
  return *this;
}

JsonObject& JsonObject::AddNull(absl::string_view name) {
  AddName(name);
  members_ += "null";
  return *this;
}

}  // namespace streampair::cli
