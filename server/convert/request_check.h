#ifndef STREAMPAIR_SERVER_CONVERT_REQUEST_CHECK_H_
#define STREAMPAIR_SERVER_CONVERT_REQUEST_CHECK_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/error.h"
#include "server/failure.h"

namespace streampair {

// Collects what is wrong with one request, so that its sender learns of all of it at once.
// Thread-compatible.
class RequestCheck {
 public:
  // `field` (a path from the request message) is not as it must be: InvalidRequest.
  void Refuse(absl::string_view field, absl::string_view description);

  // Likewise, with the error that core gave when it looked at the value; its text is the
  // description.
  void Refuse(absl::string_view field, const Error& error);

  // `field` is right, but asks for what this server does not offer yet: Unimplemented.
  void NotOffered(absl::string_view field, absl::string_view feature);

  // Adds what another check found after what this one has.
  void Absorb(RequestCheck other);

  bool ok() const { return !first_fault_ && !first_gap_; }

  // Nothing if all is well. Otherwise the first field at fault, with all the others; only if there
  // is none, the first feature that is not offered.
  std::optional<Failure> Verdict() const;

 private:
  std::optional<Error> first_fault_;
  std::optional<Error> first_gap_;
  std::vector<FieldViolation> faults_;
  std::vector<FieldViolation> gaps_;
};

// The path of a member: "spec" and "target" give "spec.target"; "" and "name" give "name".
std::string Member(absl::string_view message, absl::string_view field);
std::string Element(absl::string_view list, int index);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_REQUEST_CHECK_H_
