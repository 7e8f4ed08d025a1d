#ifndef STREAMPAIR_CORE_TLS_TLS_FAILURE_H_
#define STREAMPAIR_CORE_TLS_TLS_FAILURE_H_

#include "core/base/error.h"
#include "core/base/ssl_errors.h"

namespace streampair {

// The contract's number for a reason (SSL_R_...) of BoringSSL; docs/tls.md has the table.
SslCode CodeForReason(int reason);

// The error for what BoringSSL has in this thread's error queue, which is emptied.
Error TakeTlsFailure(Stage stage);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_FAILURE_H_
