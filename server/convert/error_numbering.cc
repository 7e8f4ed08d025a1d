#include "server/convert/error_numbering.h"

#include "absl/strings/str_cat.h"

namespace streampair {

void ErrorNumberingFromProto(v1::ErrorNumbering proto, const std::string& field,
                             RequestCheck& check, ErrorNumbering& numbering) {
  switch (proto) {
    case v1::ERROR_NUMBERING_UNSPECIFIED:
    case v1::ERROR_NUMBERING_LINUX:
      numbering = ErrorNumbering::kLinux;
      return;
    case v1::ERROR_NUMBERING_DARWIN:
      numbering = ErrorNumbering::kDarwin;
      return;
    case v1::ERROR_NUMBERING_WINDOWS:
      numbering = ErrorNumbering::kWindows;
      return;
    default:
      check.Refuse(field, absl::StrCat("unknown value ", static_cast<int>(proto)));
  }
}

v1::ErrorNumbering ErrorNumberingToProto(ErrorNumbering numbering) {
  switch (numbering) {
    case ErrorNumbering::kLinux:
      return v1::ERROR_NUMBERING_LINUX;
    case ErrorNumbering::kDarwin:
      return v1::ERROR_NUMBERING_DARWIN;
    case ErrorNumbering::kWindows:
      return v1::ERROR_NUMBERING_WINDOWS;
  }
  return v1::ERROR_NUMBERING_UNSPECIFIED;  // Not reached: the switch is complete.
}

}  // namespace streampair
