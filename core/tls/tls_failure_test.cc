#include "core/tls/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <map>
#include <utility>

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(TlsFailure, EveryAlertHasTheContractsNumber) {
  const std::pair<int, int> expected[] = {
      {10, -9819},  {20, -9820},  {21, -9821},  {22, -9822},  {30, -9823},  {40, -9824},
      {41, -9802},  {42, -9825},  {43, -9826},  {44, -9827},  {45, -9828},  {46, -9829},
      {47, -9830},  {48, -9831},  {49, -9832},  {50, -9833},  {51, -9834},  {60, -9835},
      {70, -9836},  {71, -9837},  {80, -9838},  {86, -9860},  {90, -9839},  {100, -9840},
      {109, -9861}, {110, -9855}, {111, -9802}, {112, -9865}, {113, -9862}, {114, -9802},
      {115, -9864}, {116, -9863}, {120, -9802}, {121, -9802}, {255, -9802}};
  for (const auto& [alert, code] : expected) {
    EXPECT_EQ(static_cast<int>(CodeForAlert(static_cast<uint8_t>(alert))), code) << alert;
  }
}

// Section 3.5 of the contract, whole; what no row names is the chain's.
TEST(TlsFailure, EveryFaultOfAChainHasTheContractsNumber) {
  std::map<int, int> expected = {
      {X509_V_ERR_CERT_HAS_EXPIRED, -9814},
      {X509_V_ERR_CERT_NOT_YET_VALID, -9815},
      {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, -9812},
      {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, -9812},
      {X509_V_ERR_CERT_UNTRUSTED, -9812},
      {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, -9813},
      {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, -9813},
      {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, -9813},
      {X509_V_ERR_HOSTNAME_MISMATCH, -9843},
      {X509_V_ERR_IP_ADDRESS_MISMATCH, -9843},
      {X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, -9808},
      {X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, -9808},
  };
  for (int error = 1; error < 100; ++error) {
    const auto row = expected.find(error);
    EXPECT_EQ(static_cast<int>(CodeForVerifyError(error)),
              row == expected.end() ? -9807 : row->second)
        << error << " " << X509_verify_cert_error_string(error);
  }
}

TEST(TlsFailure, ThePeerIsToldWhatIsWrongWithItsCertificate) {
  const std::pair<SslCode, int> rows[] = {
      {SslCode::kCertExpired, 45},       {SslCode::kCertNotYetValid, 45},
      {SslCode::kUnknownRootCert, 48},   {SslCode::kNoRootCert, 48},
      {SslCode::kHostNameMismatch, 46},  {SslCode::kBadCert, 42},
      {SslCode::kXCertChainInvalid, 42},
  };
  for (const auto& [code, alert] : rows)
    EXPECT_EQ(AlertForCertificate(code), alert) << static_cast<int>(code);
}

// Every row of the table in docs/tls.md.
TEST(TlsFailure, EveryReasonHasTheContractsNumber) {
  const std::pair<int, int> rows[] = {
      {SSL_R_NO_SHARED_CIPHER, -9801},
      {SSL_R_NO_SHARED_GROUP, -9801},
      {SSL_R_NO_COMMON_SIGNATURE_ALGORITHMS, -9801},
      {SSL_R_UNSUPPORTED_PROTOCOL, -9801},
      {SSL_R_NO_SUPPORTED_VERSIONS_ENABLED, -9801},
      {SSL_R_NO_APPLICATION_PROTOCOL, -9801},
      {SSL_R_NO_CIPHERS_AVAILABLE, -9801},
      {SSL_R_WRONG_VERSION_NUMBER, -9800},
      {SSL_R_HTTP_REQUEST, -9800},
      {SSL_R_HTTPS_PROXY_REQUEST, -9800},
      {SSL_R_BAD_PACKET_LENGTH, -9800},
      {SSL_R_NO_RENEGOTIATION, -9800},
      {SSL_R_WRONG_CIPHER_RETURNED, -9818},
      {SSL_R_UNKNOWN_CIPHER_RETURNED, -9818},
      {SSL_R_DECRYPTION_FAILED, -9845},
      {SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, -9846},
      {SSL_R_DATA_LENGTH_TOO_LONG, -9847},
      {SSL_R_ENCRYPTED_LENGTH_TOO_LONG, -9847},
      {SSL_R_BAD_SIGNATURE, -9809},
      {SSL_R_DIGEST_CHECK_FAILED, -9809},
      {SSL_R_UNEXPECTED_MESSAGE, -9856},
      {SSL_R_DECODE_ERROR, -9859},
      {SSL_R_PARSE_TLSEXT, -9859},
      {SSL_R_ERROR_PARSING_EXTENSION, -9859},
      {SSL_R_UNEXPECTED_EXTENSION, -9855},
      {SSL_R_MISSING_EXTENSION, -9861},
      {SSL_R_INAPPROPRIATE_FALLBACK, -9860},
      {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, -9863},
      {SSL_R_NO_CERTIFICATE_SET, -9848},
      {SSL_R_NO_CERTIFICATE_ASSIGNED, -9848},
      {SSL_R_NO_PRIVATE_KEY_ASSIGNED, -9848},
      {SSL_R_CERTIFICATE_AND_PRIVATE_KEY_MISMATCH, -9848},
      {SSL_R_CERTIFICATE_VERIFY_FAILED, -9807},
      {SSL_R_CANNOT_PARSE_LEAF_CERT, -9808},
      {SSL_R_KEY_USAGE_BIT_INCORRECT, -9808},
      {SSL_R_CERT_LENGTH_MISMATCH, -9808},
      {SSL_R_UNKNOWN_CERTIFICATE_TYPE, -9808},
      {SSL_R_WRONG_CERTIFICATE_TYPE, -9808},
      {SSL_R_BAD_ECC_CERT, -9808},
      {SSL_R_ECC_CERT_NOT_FOR_SIGNING, -9808},
      {SSL_R_HANDSHAKE_FAILURE_ON_CLIENT_HELLO, -9824},
      {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, -9824},
      {SSL_R_SSLV3_ALERT_NO_CERTIFICATE, -9802},
      {SSL_R_TLSV1_ALERT_UNKNOWN_CA, -9831},
      {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, -9836},
      {SSL_R_TLSV1_ALERT_CERTIFICATE_REQUIRED, -9863},
      {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, -9802},
      {ERR_R_MALLOC_FAILURE, -9810},
      {ERR_R_INTERNAL_ERROR, -9810},
  };
  for (const auto& [reason, code] : rows)
    EXPECT_EQ(static_cast<int>(CodeForReason(reason)), code) << reason;
}

TEST(TlsFailure, TakesTheCauseAndEmptiesTheQueue) {
  ERR_clear_error();
  OPENSSL_PUT_ERROR(SSL, SSL_R_WRONG_VERSION_NUMBER);
  const Error error = TakeTlsFailure(Stage::kTls);
  EXPECT_EQ(error.id(), (ErrorId{ErrorDomain::kSsl, 0, -9800}));
  EXPECT_EQ(error.detail(), "TLS: wrong version number");
  EXPECT_EQ(ERR_peek_error(), 0u);

  OPENSSL_PUT_ERROR(SSL, SSL_R_TLSV1_ALERT_UNKNOWN_CA);
  const Error alert = TakeTlsFailure(Stage::kStream);
  EXPECT_EQ(alert.id().code, -9831);
  EXPECT_EQ(alert.stage(), Stage::kStream);
  EXPECT_EQ(alert.reason(), Reason::kTlsAlertReceived);
}

TEST(TlsFailure, AFailureWithoutACauseIsInternal) {
  ERR_clear_error();
  EXPECT_EQ(TakeTlsFailure(Stage::kTls).id().code, -9810);
}

}  // namespace
}  // namespace streampair
