#ifndef STREAMPAIR_CORE_BASE_ERROR_H_
#define STREAMPAIR_CORE_BASE_ERROR_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/error_id.h"
#include "core/base/error_numbering.h"
#include "core/base/reason.h"
#include "core/base/stage.h"

namespace streampair {

// One failure as a value. Programs branch on the id or the stage, never on the text.
// Made by the functions of the *_errors.h headers, one per row of docs/errors.md, so that
// a triple is written in one place only. The text is for people: it holds no secret and
// no bytes of a stream. Copyable. Thread-compatible.
class [[nodiscard]] Error {
 public:
  // Requires: the id says that there is an error (a code or a subdomain that is not zero).
  Error(Stage stage, ErrorId id, Reason reason, std::string detail);

  Stage stage() const { return stage_; }
  const ErrorId& id() const { return id_; }  // In the numbers of Linux, whatever numbering() says.
  Reason reason() const { return reason_; }

  // What happened, in words, without a full stop at the end.
  absl::string_view detail() const { return detail_; }

  // The address that was being dealt with, as text ("192.0.2.1:443"); "" if none was.
  absl::string_view address() const { return address_; }

  // Whether the same request, made again later, may succeed. False for an open pair that
  // broke: nobody knows which of its bytes had been acted upon.
  bool retryable() const { return retryable_; }

  // How long to wait before that, where it is known; else 0.
  absl::Duration retry_after() const { return retry_after_; }
  // In whose numbers it is to be shown to its receiver (renumbered.h).
  ErrorNumbering numbering() const { return numbering_; }

  // Builders, for use on a temporary: `PosixError(...).WithAddress("192.0.2.1:443")`.
  Error WithAddress(std::string address) &&;
  Error WithRetryable(bool retryable) &&;
  Error WithRetryAfter(absl::Duration duration) &&;
  Error WithNumbering(ErrorNumbering numbering) &&;
  Error WithNote(absl::string_view note) &&;  // Goes behind the text, after a semicolon.

  // One line for logs: stage, id, reason, address, text.
  std::string ToString() const;

  friend bool operator==(const Error&, const Error&) = default;

 private:
  Stage stage_;
  Reason reason_;
  bool retryable_ = false;
  absl::Duration retry_after_;
  ErrorNumbering numbering_ = ErrorNumbering::kLinux;
  ErrorId id_;
  std::string detail_;
  std::string address_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_ERROR_H_
