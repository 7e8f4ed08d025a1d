#include "core/base/reason.h"

#include "core/base/check.h"

namespace streampair {

absl::string_view ReasonName(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "";
    case Reason::kDnsTimeout:
      return "dns_timeout";
    case Reason::kDnsError:
      return "dns_error";
    case Reason::kDestinationNotFound:
      return "destination_not_found";
    case Reason::kDestinationUnavailable:
      return "destination_unavailable";
    case Reason::kDestinationIpProhibited:
      return "destination_ip_prohibited";
    case Reason::kDestinationIpUnroutable:
      return "destination_ip_unroutable";
    case Reason::kConnectionRefused:
      return "connection_refused";
    case Reason::kConnectionTerminated:
      return "connection_terminated";
    case Reason::kConnectionTimeout:
      return "connection_timeout";
    case Reason::kConnectionReadTimeout:
      return "connection_read_timeout";
    case Reason::kConnectionWriteTimeout:
      return "connection_write_timeout";
    case Reason::kConnectionLimitReached:
      return "connection_limit_reached";
    case Reason::kTlsProtocolError:
      return "tls_protocol_error";
    case Reason::kTlsCertificateError:
      return "tls_certificate_error";
    case Reason::kTlsAlertReceived:
      return "tls_alert_received";
    case Reason::kHttpRequestError:
      return "http_request_error";
    case Reason::kHttpRequestDenied:
      return "http_request_denied";
    case Reason::kProxyInternalResponse:
      return "proxy_internal_response";
    case Reason::kProxyInternalError:
      return "proxy_internal_error";
    case Reason::kProxyConfigurationError:
      return "proxy_configuration_error";
    case Reason::kProxyLoopDetected:
      return "proxy_loop_detected";
  }
  SP_CHECK(false && "not a reason");
  return "";
}

}  // namespace streampair
