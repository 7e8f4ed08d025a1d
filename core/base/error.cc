#include "core/base/error.h"

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace streampair {

Error::Error(Stage stage, ErrorId id, Reason reason, std::string detail)
    : stage_(stage), reason_(reason), id_(id), detail_(std::move(detail)) {
  SP_CHECK(id_.code != 0 || id_.subdomain != 0);
}

Error Error::WithAddress(std::string address) && {
  address_ = std::move(address);
  return std::move(*this);
}

Error Error::WithRetryable(bool retryable) && {
  retryable_ = retryable;
  return std::move(*this);
}

Error Error::WithRetryAfter(absl::Duration duration) && {
  retry_after_ = duration;
  return std::move(*this);
}

Error Error::WithNumbering(ErrorNumbering numbering) && {
  numbering_ = numbering;
  return std::move(*this);
}

Error Error::WithNote(absl::string_view note) && {
  absl::StrAppend(&detail_, "; ", note);
  return std::move(*this);
}

std::string Error::ToString() const {
  std::string text = absl::StrCat(StageName(stage_), ": ", id_.ToString());
  if (reason_ != Reason::kNone) absl::StrAppend(&text, " ", ReasonName(reason_));
  if (!address_.empty()) absl::StrAppend(&text, " [", address_, "]");
  absl::StrAppend(&text, ": ", detail_);
  return text;
}

}  // namespace streampair
