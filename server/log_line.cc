#include "server/log_line.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/error_catalog.h"
#include "server/text.h"

namespace streampair {
namespace {

constexpr size_t kMaxValueBytes = 1024;

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

bool NeedsQuotes(absl::string_view text) {
  return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
           return c == ' ' || c == '"' || c == '=' || c == '\\';
         });
}

}  // namespace

std::string JsonString(absl::string_view text) {
  return Quoted(PresentableText(text, kMaxValueBytes));
}

LogLine& LogLine::Add(std::string key, absl::string_view value) {
  items_.push_back({std::move(key), PresentableText(value, kMaxValueBytes), false});
  return *this;
}

LogLine& LogLine::Add(std::string key, int64_t value) {
  items_.push_back({std::move(key), absl::StrCat(value), true});
  return *this;
}

LogLine& LogLine::AddSwitch(std::string key, bool value) {
  items_.push_back({std::move(key), value ? "true" : "false", true});
  return *this;
}

LogLine& LogLine::AddUnlessEmpty(std::string key, absl::string_view value) {
  return value.empty() ? *this : Add(std::move(key), value);
}

LogLine& LogLine::AddError(const Error& error) {
  const ErrorId& id = error.id();
  const absl::string_view domain = DomainName(id.domain);
  Add("error_domain", domain.empty() ? absl::StrCat(static_cast<int>(id.domain)) : domain);
  if (id.subdomain != 0) Add("error_subdomain", int64_t{id.subdomain});
  Add("error_code", int64_t{id.code});
  if (const std::optional<ErrorName> name = LookUp(id)) Add("error_symbol", name->symbol);
  Add("error_stage", StageName(error.stage()));
  AddUnlessEmpty("error_reason", ReasonName(error.reason()));
  AddUnlessEmpty("error_address", error.address());
  return Add("error_text", error.detail());
}

std::string LogLine::ToText() const {
  std::string text = event_;
  for (const Item& item : items_) {
    absl::StrAppend(&text, " ", item.key, "=",
                    NeedsQuotes(item.text) ? Quoted(item.text) : item.text);
  }
  return text;
}

std::string LogLine::ToJsonMembers() const {
  std::string json = absl::StrCat("\"event\":", JsonString(event_));
  for (const Item& item : items_) {
    absl::StrAppend(&json, ",", JsonString(item.key), ":",
                    item.is_bare ? item.text : JsonString(item.text));
  }
  return json;
}

}  // namespace streampair
