#ifndef STREAMPAIR_CLIENTS_CLI_STARTTLS_RUN_H_
#define STREAMPAIR_CLIENTS_CLI_STARTTLS_RUN_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "clients/cpp/stream.h"
#include "clients/cpp/stream_error.h"
#include "clients/cpp/tls_options.h"

namespace streampair::cli {

// Waits for the pair, talks the target into TLS and waits for the handshake. `patience` is for the
// talk alone; opening and handshake have the server's limits. `protocol` is one of
// StartTlsDialogue's.
std::optional<client::StreamError> RunStartTls(client::Stream& stream, const std::string& protocol,
                                               const client::TlsOptions& tls,
                                               absl::Duration patience);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_STARTTLS_RUN_H_
