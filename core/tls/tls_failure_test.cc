#include "core/tls/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "gtest/gtest.h"

namespace streampair {
namespace {

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
