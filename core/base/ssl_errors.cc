#include "core/base/ssl_errors.h"

#include <utility>

#include "core/base/check.h"
#include "core/base/ssl_table.h"

namespace streampair {

Error SslError(Stage stage, SslCode code, std::string detail) {
  for (const SslRow& row : SslTable()) {
    if (row.name.code != static_cast<int32_t>(code)) continue;
    return Error(stage, {ErrorDomain::kSsl, 0, row.name.code}, row.reason, std::move(detail))
        .WithRetryable(row.retryable && stage != Stage::kStream);
  }
  CheckFailed(__FILE__, __LINE__, "every SslCode has a row");
}

}  // namespace streampair
