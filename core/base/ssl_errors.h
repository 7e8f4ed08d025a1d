#ifndef STREAMPAIR_CORE_BASE_SSL_ERRORS_H_
#define STREAMPAIR_CORE_BASE_SSL_ERRORS_H_

#include <cstdint>
#include <string>

#include "core/base/error.h"

namespace streampair {

// The codes of the SSL domain: the contract's, which are SecureTransport's. Symbol, meaning, reason
// and retryability of each stand in ssl_table.cc and, for callers, in docs/errors.md.
enum class SslCode : int32_t {
  kProtocol = -9800,
  kNegotiation = -9801,
  kFatalAlert = -9802,
  kWouldBlock = -9803,
  kSessionNotFound = -9804,
  kClosedGraceful = -9805,
  kClosedAbort = -9806,
  kXCertChainInvalid = -9807,
  kBadCert = -9808,
  kCrypto = -9809,
  kInternal = -9810,
  kModuleAttach = -9811,
  kUnknownRootCert = -9812,
  kNoRootCert = -9813,
  kCertExpired = -9814,
  kCertNotYetValid = -9815,
  kClosedNoNotify = -9816,
  kBufferOverflow = -9817,
  kBadCipherSuite = -9818,
  kPeerUnexpectedMsg = -9819,
  kPeerBadRecordMac = -9820,
  kPeerDecryptionFail = -9821,
  kPeerRecordOverflow = -9822,
  kPeerDecompressFail = -9823,
  kPeerHandshakeFail = -9824,
  kPeerBadCert = -9825,
  kPeerUnsupportedCert = -9826,
  kPeerCertRevoked = -9827,
  kPeerCertExpired = -9828,
  kPeerCertUnknown = -9829,
  kIllegalParam = -9830,
  kPeerUnknownCa = -9831,
  kPeerAccessDenied = -9832,
  kPeerDecodeError = -9833,
  kPeerDecryptError = -9834,
  kPeerExportRestriction = -9835,
  kPeerProtocolVersion = -9836,
  kPeerInsufficientSecurity = -9837,
  kPeerInternalError = -9838,
  kPeerUserCancelled = -9839,
  kPeerNoRenegotiation = -9840,
  kPeerAuthCompleted = -9841,
  kClientCertRequested = -9842,
  kHostNameMismatch = -9843,
  kConnectionRefused = -9844,
  kDecryptionFail = -9845,
  kBadRecordMac = -9846,
  kRecordOverflow = -9847,
  kBadConfiguration = -9848,
  kUnexpectedRecord = -9849,
  kWeakPeerEphemeralDhKey = -9850,
  kClientHelloReceived = -9851,
  kTransportReset = -9852,
  kNetworkTimeout = -9853,
  kConfigurationFailed = -9854,
  kUnsupportedExtension = -9855,
  kUnexpectedMessage = -9856,
  kDecompressFail = -9857,
  kHandshakeFail = -9858,
  kDecodeError = -9859,
  kInappropriateFallback = -9860,
  kMissingExtension = -9861,
  kBadCertificateStatusResponse = -9862,
  kCertificateRequired = -9863,
  kUnknownPskIdentity = -9864,
  kUnrecognizedName = -9865,
  kAtsViolation = -9880,
  kAtsMinimumVersionViolation = -9881,
  kAtsCiphersuiteViolation = -9882,
  kAtsMinimumKeySizeViolation = -9883,
  kAtsLeafCertificateHashAlgorithmViolation = -9884,
  kAtsCertificateHashAlgorithmViolation = -9885,
  kAtsCertificateTrustViolation = -9886,
  kEarlyDataRejected = -9890,
};

// (SSL, 0, code) in `stage`: tls for a handshake, stream for an open pair. Never retryable in
// stage stream, because nobody knows which bytes had been acted upon.
Error SslError(Stage stage, SslCode code, std::string detail);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_SSL_ERRORS_H_
