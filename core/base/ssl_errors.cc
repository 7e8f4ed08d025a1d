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

SslCode CodeForAlert(uint8_t alert) {
  switch (alert) {
    case 10:
      return SslCode::kPeerUnexpectedMsg;
    case 20:
      return SslCode::kPeerBadRecordMac;
    case 21:
      return SslCode::kPeerDecryptionFail;
    case 22:
      return SslCode::kPeerRecordOverflow;
    case 30:
      return SslCode::kPeerDecompressFail;
    case 40:
      return SslCode::kPeerHandshakeFail;
    case 42:
      return SslCode::kPeerBadCert;
    case 43:
      return SslCode::kPeerUnsupportedCert;
    case 44:
      return SslCode::kPeerCertRevoked;
    case 45:
      return SslCode::kPeerCertExpired;
    case 46:
      return SslCode::kPeerCertUnknown;
    case 47:
      return SslCode::kIllegalParam;
    case 48:
      return SslCode::kPeerUnknownCa;
    case 49:
      return SslCode::kPeerAccessDenied;
    case 50:
      return SslCode::kPeerDecodeError;
    case 51:
      return SslCode::kPeerDecryptError;
    case 60:
      return SslCode::kPeerExportRestriction;
    case 70:
      return SslCode::kPeerProtocolVersion;
    case 71:
      return SslCode::kPeerInsufficientSecurity;
    case 80:
      return SslCode::kPeerInternalError;
    case 86:
      return SslCode::kInappropriateFallback;
    case 90:
      return SslCode::kPeerUserCancelled;
    case 100:
      return SslCode::kPeerNoRenegotiation;
    case 109:
      return SslCode::kMissingExtension;
    case 110:
      return SslCode::kUnsupportedExtension;
    case 112:
      return SslCode::kUnrecognizedName;
    case 113:
      return SslCode::kBadCertificateStatusResponse;
    case 115:
      return SslCode::kUnknownPskIdentity;
    case 116:
      return SslCode::kCertificateRequired;
    default:
      return SslCode::kFatalAlert;
  }
}

}  // namespace streampair
