#ifndef STREAMPAIR_CORE_TLS_TLS_FAILURE_H_
#define STREAMPAIR_CORE_TLS_TLS_FAILURE_H_

#include <cstdint>

#include "core/base/error.h"
#include "core/base/ssl_errors.h"

namespace streampair {

// The one place where the contract's numbers meet BoringSSL's; docs/tls.md has the tables.

// The number for an alert of the peer, by its number in RFC 8446 section 6; kFatalAlert for one
// that has no row. Close_notify (0) is an end and not an error: never asked for here.
SslCode CodeForAlert(uint8_t alert);

// The number for what is wrong with a chain (X509_V_ERR_...).
SslCode CodeForVerifyError(int error);

// What the peer is told about its certificate: the alert for a number of the one above.
uint8_t AlertForCertificate(SslCode code);

// The number for a reason (SSL_R_...) of BoringSSL, alerts of the peer among them.
SslCode CodeForReason(int reason);

// The error for what BoringSSL has in this thread's error queue, which is emptied.
Error TakeTlsFailure(Stage stage);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_FAILURE_H_
