#include "core/tls/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace streampair {

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

SslCode CodeForVerifyError(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return SslCode::kCertExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return SslCode::kCertNotYetValid;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return SslCode::kUnknownRootCert;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return SslCode::kNoRootCert;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return SslCode::kHostNameMismatch;
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
      return SslCode::kBadCert;
    default:
      return SslCode::kXCertChainInvalid;
  }
}

uint8_t AlertForCertificate(SslCode code) {
  switch (code) {
    case SslCode::kCertExpired:
    case SslCode::kCertNotYetValid:
      return SSL_AD_CERTIFICATE_EXPIRED;  // "Or is not currently valid."
    case SslCode::kUnknownRootCert:
    case SslCode::kNoRootCert:
      return SSL_AD_UNKNOWN_CA;
    case SslCode::kHostNameMismatch:
      return SSL_AD_CERTIFICATE_UNKNOWN;
    default:
      return SSL_AD_BAD_CERTIFICATE;
  }
}

SslCode CodeForReason(int reason) {
  // Close_notify sent as if it were fatal: the peer gives up. At its own level it is an end.
  if (reason == SSL_AD_REASON_OFFSET + SSL_AD_CLOSE_NOTIFY) return SslCode::kClosedAbort;
  // Alerts of the peer have a range of their own.
  if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255)
    return CodeForAlert(static_cast<uint8_t>(reason - SSL_AD_REASON_OFFSET));
  switch (reason) {
    case SSL_R_HANDSHAKE_FAILURE_ON_CLIENT_HELLO:
      return SslCode::kPeerHandshakeFail;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUP:
    case SSL_R_NO_COMMON_SIGNATURE_ALGORITHMS:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_SUPPORTED_VERSIONS_ENABLED:
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_NO_CIPHERS_AVAILABLE:
      return SslCode::kNegotiation;
    case SSL_R_WRONG_CIPHER_RETURNED:
    case SSL_R_UNKNOWN_CIPHER_RETURNED:
      return SslCode::kBadCipherSuite;
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
      return SslCode::kBadRecordMac;
    case SSL_R_DECRYPTION_FAILED:
      return SslCode::kDecryptionFail;
    case SSL_R_DATA_LENGTH_TOO_LONG:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
      return SslCode::kRecordOverflow;
    case SSL_R_BAD_SIGNATURE:
    case SSL_R_DIGEST_CHECK_FAILED:
      return SslCode::kCrypto;
    case SSL_R_UNEXPECTED_MESSAGE:
      return SslCode::kUnexpectedMessage;
    case SSL_R_DECODE_ERROR:
    case SSL_R_PARSE_TLSEXT:
    case SSL_R_ERROR_PARSING_EXTENSION:
      return SslCode::kDecodeError;
    case SSL_R_UNEXPECTED_EXTENSION:
      return SslCode::kUnsupportedExtension;
    case SSL_R_MISSING_EXTENSION:
      return SslCode::kMissingExtension;
    case SSL_R_INAPPROPRIATE_FALLBACK:
      return SslCode::kInappropriateFallback;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return SslCode::kCertificateRequired;
    case SSL_R_NO_CERTIFICATE_SET:
    case SSL_R_NO_CERTIFICATE_ASSIGNED:
    case SSL_R_NO_PRIVATE_KEY_ASSIGNED:
    case SSL_R_CERTIFICATE_AND_PRIVATE_KEY_MISMATCH:
      return SslCode::kBadConfiguration;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return SslCode::kXCertChainInvalid;
    case SSL_R_CANNOT_PARSE_LEAF_CERT:
    case SSL_R_CERT_LENGTH_MISMATCH:
    case SSL_R_UNKNOWN_CERTIFICATE_TYPE:
    case SSL_R_WRONG_CERTIFICATE_TYPE:
    case SSL_R_KEY_USAGE_BIT_INCORRECT:
    case SSL_R_BAD_ECC_CERT:
    case SSL_R_ECC_CERT_NOT_FOR_SIGNING:
      return SslCode::kBadCert;
    case ERR_R_MALLOC_FAILURE:
    case ERR_R_INTERNAL_ERROR:
      return SslCode::kInternal;
    // The peer does not speak TLS: WRONG_VERSION_NUMBER, HTTP_REQUEST, HTTPS_PROXY_REQUEST,
    // BAD_PACKET_LENGTH; and all that has no number of its own.
    default:
      return SslCode::kProtocol;
  }
}

Error TakeTlsFailure(Stage stage) {
  // The oldest entry is the cause, unless it comes from below (a key, an encoding); then the first
  // of the TLS library says more.
  const uint32_t oldest = ERR_peek_error();
  uint32_t cause = oldest;
  for (uint32_t each = ERR_get_error(); each != 0; each = ERR_get_error()) {
    if (ERR_GET_LIB(each) == ERR_LIB_SSL) {
      cause = each;
      break;
    }
  }
  ERR_clear_error();
  if (cause == 0) return SslError(stage, SslCode::kInternal, "TLS failed without saying why");
  const char* text = ERR_reason_error_string(cause);
  std::string words = text == nullptr ? std::string("unknown reason") : absl::AsciiStrToLower(text);
  words = absl::StrReplaceAll(words, {{"_", " "}});
  const int reason = ERR_GET_REASON(cause);
  if (ERR_GET_LIB(cause) != ERR_LIB_SSL)
    return SslError(stage, SslCode::kCrypto, absl::StrCat("TLS: ", words));
  const bool by_peer = reason > SSL_AD_REASON_OFFSET;
  return SslError(
      stage, CodeForReason(reason),
      by_peer ? absl::StrCat("the peer sent alert ", reason - SSL_AD_REASON_OFFSET, ": ", words)
              : absl::StrCat("TLS: ", words));
}

}  // namespace streampair
