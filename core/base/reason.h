#ifndef STREAMPAIR_CORE_BASE_REASON_H_
#define STREAMPAIR_CORE_BASE_REASON_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace streampair {

// Why, in the vocabulary that proxies share: the error types of RFC 9209 section 2.3.
// Coarser than the error triple and the same across operating systems and resolvers.
// Append-only, since the words are metric labels.
enum class Reason : uint8_t {
  kNone,  // Nothing in the vocabulary says it better than the triple does.
  kDnsTimeout,
  kDnsError,
  kDestinationNotFound,
  kDestinationUnavailable,
  kDestinationIpProhibited,
  kDestinationIpUnroutable,
  kConnectionRefused,
  kConnectionTerminated,
  kConnectionTimeout,
  kConnectionReadTimeout,
  kConnectionWriteTimeout,
  kConnectionLimitReached,
  kTlsProtocolError,
  kTlsCertificateError,
  kTlsAlertReceived,
  kHttpRequestError,
  kHttpRequestDenied,
  kProxyInternalResponse,
  kProxyInternalError,
  kProxyConfigurationError,
  kProxyLoopDetected,
};

// The registered word, such as "connection_refused"; empty for kNone.
absl::string_view ReasonName(Reason reason);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_REASON_H_
