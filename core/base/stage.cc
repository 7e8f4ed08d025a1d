#include "core/base/stage.h"

#include "core/base/check.h"

namespace streampair {

absl::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kRequest:
      return "request";
    case Stage::kPolicy:
      return "policy";
    case Stage::kCapacity:
      return "capacity";
    case Stage::kResolve:
      return "resolve";
    case Stage::kConnect:
      return "connect";
    case Stage::kProxy:
      return "proxy";
    case Stage::kTls:
      return "tls";
    case Stage::kStream:
      return "stream";
    case Stage::kInternal:
      return "internal";
  }
  SP_CHECK(false && "not a stage");
  return "";
}

}  // namespace streampair
