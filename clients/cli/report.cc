#include "clients/cli/report.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "streampair/v1/error.pb.h"

namespace streampair::cli {
namespace {

using client::StreamError;

// What to do about a failure of the way to the server.
std::string TransportAdvice(const StreamError& error, absl::string_view server) {
  switch (error.status_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return absl::StrCat("Is a server there? Start one with 'streampaird', or name another with ",
                          "--server=ADDRESS or STREAMPAIR_SERVER.");
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::StrCat("What answers at ", server, " is no Streampair server.");
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "The server did not answer in time: try again, or look at its load.";
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return "The server does not let this caller in: ask its operator.";
    default:
      return "The connection to the server was lost: try again.";
  }
}

std::string ConnectAdvice(v1::ErrorReason reason) {
  switch (reason) {
    case v1::ERROR_REASON_CONNECTION_REFUSED:
      return "Nothing listens there: check host and port.";
    case v1::ERROR_REASON_CONNECTION_TIMEOUT:
      return "It does not answer: check the host, or allow more time with --connect-timeout.";
    case v1::ERROR_REASON_DESTINATION_IP_UNROUTABLE:
      return "The server has no route to it: check the host, or the server's network.";
    default:
      return "Check host and port, and the network of the server.";
  }
}

std::string Advice(const StreamError& error) {
  switch (error.stage()) {
    case v1::ERROR_STAGE_REQUEST:
      return "Correct the request.";
    case v1::ERROR_STAGE_POLICY:
      return "The server's policy forbids it: ask its operator.";
    case v1::ERROR_STAGE_CAPACITY:
      return "The server is at a limit: try again later.";
    case v1::ERROR_STAGE_RESOLVE:
      return error.retryable() ? "The look-up failed for now: try again, or check the server's DNS."
                               : "Check the host's name.";
    case v1::ERROR_STAGE_CONNECT:
      return ConnectAdvice(error.reason());
    case v1::ERROR_STAGE_PROXY:
      return "Check the proxy's settings.";
    case v1::ERROR_STAGE_TLS:
      return "Check the TLS settings and the target's certificate.";
    case v1::ERROR_STAGE_STREAM:
      return "What had come before was delivered; try again if the target allows it.";
    case v1::ERROR_STAGE_INTERNAL:
      return "The server's log has more.";
    default:
      return "";
  }
}

}  // namespace

ExitCode CodeFor(const StreamError& error) {
  return error.origin() == StreamError::Origin::kTransport ? kNoServer : kFailed;
}

std::string Printable(absl::string_view text) {
  std::string printable;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) printable.push_back(c);
  }
  return printable;
}

std::string Explanation(const StreamError& error, absl::string_view what,
                        absl::string_view server) {
  const bool transport = error.origin() == StreamError::Origin::kTransport;
  std::string text = transport ? absl::StrCat("server ", server) : std::string(what);
  absl::StrAppend(&text, ": ", error.ToString());
  if (!absl::EndsWith(text, ".")) absl::StrAppend(&text, ".");
  const std::string advice = transport ? TransportAdvice(error, server) : Advice(error);
  if (!advice.empty()) absl::StrAppend(&text, " ", advice);
  return Printable(text);
}

JsonObject ErrorJson(const StreamError& error) {
  constexpr const char* kOrigins[] = {"server", "transport", "client"};
  JsonObject json;
  json.Add("domain", int64_t{error.domain()})
      .Add("domain_name", client::DomainText(error.domain()))
      .Add("subdomain", int64_t{error.subdomain()})
      .Add("code", int64_t{error.code()})
      .Add("packed_error", int64_t{error.proto().packed_error()})
      .Add("symbol", error.symbol())
      .Add("message", error.message())
      .Add("stage", client::StageText(error.stage()))
      .Add("reason", client::ReasonText(error.reason()))
      .Add("address", error.address())
      .Add("retryable", error.retryable())
      .Add("origin", kOrigins[static_cast<int>(error.origin())])
      .Add("grpc_status", int64_t{error.status_code()});
  return json;
}

std::string VersionText(v1::TlsVersion version) {
  switch (version) {
    case v1::TLS_VERSION_1_0:
      return "TLS 1.0";
    case v1::TLS_VERSION_1_1:
      return "TLS 1.1";
    case v1::TLS_VERSION_1_2:
      return "TLS 1.2";
    case v1::TLS_VERSION_1_3:
      return "TLS 1.3";
    default:
      return "";
  }
}

JsonObject TlsJson(const v1::TlsHandshakeReport& report) {
  JsonObject json;
  json.Add("version", VersionText(report.version()))
      .Add("cipher_suite", report.cipher_suite())
      .Add("group", report.group())
      .Add("alpn_protocol", report.alpn_protocol())
      .Add("resumed", report.resumed());
  return json;
}

}  // namespace streampair::cli
