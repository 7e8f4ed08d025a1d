#ifndef STREAMPAIR_SERVER_CONVERT_TLS_FACTS_H_
#define STREAMPAIR_SERVER_CONVERT_TLS_FACTS_H_

#include "core/tls/tls_report.h"
#include "streampair/v1/tls.pb.h"

namespace streampair {

// What a TLS connection showed, as the read-only properties and the event have it.
v1::TlsVersion TlsVersionToProto(TlsVersion version);
v1::TlsHandshakeReport TlsReportToProto(const TlsReport& report);
v1::SslPeerCertificates PeerCertificatesToProto(const PeerTrust& trust);
v1::SslPeerTrust PeerTrustToProto(const PeerTrust& trust);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_TLS_FACTS_H_
