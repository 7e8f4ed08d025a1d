#include "core/base/http_errors.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/http_table.h"

namespace streampair {
namespace {

// For statuses without a row: by their hundreds.
HttpClass KindOf(int status) {
  if (status >= 400 && status < 500) return {Reason::kHttpRequestError, false};
  if (status >= 500 && status < 600) return {Reason::kProxyInternalError, false};
  return {Reason::kProxyInternalResponse, false};
}

}  // namespace

Error HttpUnreadable(std::string detail, absl::string_view proxy) {
  const HttpRow* row = FindHttpRow(-1);
  return Error(Stage::kProxy, {ErrorDomain::kHttp, 0, -1}, row->kind.reason,
               absl::StrCat("the HTTP proxy's answer cannot be understood: ", detail))
      .WithRetryable(row->kind.retryable)
      .WithAddress(std::string(proxy));
}

Error HttpStatus(int status, absl::string_view proxy) {
  SP_CHECK(status >= 100 && status <= 999 && status / 100 != 2);
  const HttpRow* row = FindHttpRow(status);
  const HttpClass kind = row != nullptr ? row->kind : KindOf(status);
  // The proxy's own words are not repeated: they may hold anything.
  std::string text = absl::StrCat("the HTTP proxy answered CONNECT with status ", status);
  if (row != nullptr) {
    absl::string_view meaning = row->name.meaning;
    meaning.remove_suffix(1);
    absl::StrAppend(&text, ": ", meaning);
  }
  return Error(Stage::kProxy, {ErrorDomain::kHttp, 0, status}, kind.reason, std::move(text))
      .WithRetryable(kind.retryable)
      .WithAddress(std::string(proxy));
}

}  // namespace streampair
