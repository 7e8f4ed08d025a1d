#include "server/convert/tls_facts.h"

#include "core/base/ssl_errors.h"
#include "server/convert/time.h"
#include "server/error_proto.h"

namespace streampair {

v1::TlsVersion TlsVersionToProto(TlsVersion version) {
  switch (version) {
    case TlsVersion::k1_0:
      return v1::TLS_VERSION_1_0;
    case TlsVersion::k1_1:
      return v1::TLS_VERSION_1_1;
    case TlsVersion::k1_2:
      return v1::TLS_VERSION_1_2;
    case TlsVersion::k1_3:
      return v1::TLS_VERSION_1_3;
  }
  return v1::TLS_VERSION_UNSPECIFIED;
}

v1::TlsHandshakeReport TlsReportToProto(const TlsReport& report) {
  v1::TlsHandshakeReport proto;
  proto.set_version(TlsVersionToProto(report.version));
  proto.set_cipher_suite(report.cipher_suite);
  proto.set_group(report.group);
  proto.set_signature_algorithm(report.signature_algorithm);
  proto.set_alpn_protocol(report.alpn_protocol);
  proto.set_resumed(report.resumed);
  proto.set_ocsp_response(report.ocsp_response);
  proto.set_signed_certificate_timestamps(report.signed_certificate_timestamps);
  *proto.mutable_complete_time() = TimeToProto(report.complete_time);
  *proto.mutable_duration() = DurationToProto(report.duration);
  for (const std::string& line : report.key_log) proto.add_key_log(line);
  return proto;
}

v1::SslPeerCertificates PeerCertificatesToProto(const PeerTrust& trust) {
  v1::SslPeerCertificates proto;
  for (const std::string& der : trust.sent) proto.add_certificates(der);
  return proto;
}

v1::SslPeerTrust PeerTrustToProto(const PeerTrust& trust) {
  v1::SslPeerTrust proto;
  proto.set_trusted(trust.trusted());
  for (const PeerFault& fault : trust.faults)
    *proto.add_errors() = ErrorToProto(SslError(Stage::kTls, fault.code, fault.text));
  for (const std::string& der : trust.verified) proto.add_verified_chain(der);
  proto.set_verified_name(trust.verified_name);
  return proto;
}

}  // namespace streampair
