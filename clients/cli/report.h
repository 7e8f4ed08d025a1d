#ifndef STREAMPAIR_CLIENTS_CLI_REPORT_H_
#define STREAMPAIR_CLIENTS_CLI_REPORT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "clients/cli/json_object.h"
#include "clients/cpp/stream_error.h"
#include "streampair/v1/tls.pb.h"

namespace streampair::cli {

// How the program ends; documented in its help.
enum ExitCode {
  kOk = 0,
  kFailed = 1,               // The pair, or the server's answer.
  kUsage = 2,                // The command line.
  kNoServer = 3,             // The server cannot be reached, or the connection to it was lost.
  kLocal = 4,                // Standard input or output.
  kInterrupted = 128,        // Plus the signal's number.
  kOutputClosed = 128 + 13,  // As if by SIGPIPE.
};

// Which of the codes an error means.
ExitCode CodeFor(const client::StreamError& error);

// The error on one line: what failed, the triple, the text, and what to do next. `what` names the
// thing: "example.com port 80", "pairs". Control characters of the server's text are left out.
std::string Explanation(const client::StreamError& error, absl::string_view what,
                        absl::string_view server);

// The error for scripts.
JsonObject ErrorJson(const client::StreamError& error);

// What a handshake agreed on, for scripts.
JsonObject TlsJson(const v1::TlsHandshakeReport& report);

// "TLS 1.3"; empty if it was not told.
std::string VersionText(v1::TlsVersion version);

// Text without what a terminal would obey.
std::string Printable(absl::string_view text);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_REPORT_H_
