#ifndef STREAMPAIR_SERVER_CONVERT_TLS_SETTINGS_H_
#define STREAMPAIR_SERVER_CONVERT_TLS_SETTINGS_H_

#include "absl/strings/string_view.h"
#include "core/pair/pair_options.h"
#include "core/pair/pair_snapshot.h"
#include "core/tls/tls_config.h"
#include "server/convert/request_check.h"
#include "streampair/v1/tls.pb.h"

namespace streampair {

// socket_security_level and ssl_settings: into a configuration that was built whole, so that
// `options` gets one that works or stays as it was.
void ApplySecurityLevel(v1::SecurityLevel level, absl::string_view field, RequestCheck& check,
                        PairOptions& options);
void ApplySslSettings(const v1::SslSettings& proto, absl::string_view field, RequestCheck& check,
                      PairOptions& options);

// The settings alone, for a context.
TlsSettings SslSettingsFromProto(const v1::SslSettings& proto, absl::string_view field,
                                 RequestCheck& check);

// Builds `config` and puts it in force in `options`.
void ApplyTlsConfig(TlsConfig config, TlsSetBy set_by, absl::string_view field, RequestCheck& check,
                    PairOptions& options);

// Without the private key.
v1::SslSettings SslSettingsToProto(const TlsSettings& settings);

// The level in force: the version agreed upon, once there is one.
v1::SecurityLevel SecurityLevelOf(const PairOptions& options, const PairSnapshot& snapshot);

// That of the deprecated function. Refuses what is no protocol.
v1::SecurityLevel LevelOfProtocol(v1::SecurityProtocol protocol, absl::string_view field,
                                  RequestCheck& check);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_TLS_SETTINGS_H_
