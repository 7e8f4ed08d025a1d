#ifndef STREAMPAIR_SERVER_CONVERT_TLS_CONTEXT_H_
#define STREAMPAIR_SERVER_CONVERT_TLS_CONTEXT_H_

#include "absl/strings/string_view.h"
#include "core/pair/pair_options.h"
#include "server/convert/request_check.h"
#include "streampair/v1/tls.pb.h"

namespace streampair {

// ssl_context, as ApplySslSettings.
void ApplySslContext(const v1::SslContext& proto, absl::string_view field, RequestCheck& check,
                     PairOptions& options);

// Without the private key.
v1::SslContext SslContextToProto(const TlsConfig& config);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_TLS_CONTEXT_H_
