#include "core/addr/port.h"

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"

namespace streampair {

Result<Port> Port::Make(int64_t number) {
  if (number < 1 || number > 65535) {
    return InvalidRequest(absl::StrCat("port ", number, " is out of range: 1 to 65535"));
  }
  return Port(static_cast<uint16_t>(number));
}

}  // namespace streampair
