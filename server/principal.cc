#include "server/principal.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc/grpc_security_constants.h"

namespace streampair {
namespace {

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

bool IsZero(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

}  // namespace

std::string TraceIdOf(absl::string_view traceparent) {
  // version "-" trace-id "-" parent-id "-" flags; later versions may add more after another "-".
  constexpr size_t kLength = 2 + 1 + 32 + 1 + 16 + 1 + 2;
  if (traceparent.size() < kLength) return "";
  if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return "";
  const absl::string_view version = traceparent.substr(0, 2);
  const absl::string_view trace = traceparent.substr(3, 32);
  const absl::string_view parent = traceparent.substr(36, 16);
  const absl::string_view flags = traceparent.substr(53, 2);
  for (absl::string_view part : {version, trace, parent, flags}) {
    if (!IsLowerHex(part)) return "";
  }
  if (version == "ff" || IsZero(trace) || IsZero(parent)) return "";
  if (traceparent.size() > kLength && (version == "00" || traceparent[kLength] != '-')) return "";
  return std::string(trace);
}

std::string PrincipalOf(const grpc::AuthContext& auth) {
  const auto first = [&](const char* property) -> std::string {
    const std::vector<grpc::string_ref> values = auth.FindPropertyValues(property);
    return values.empty() ? "" : std::string(values[0].data(), values[0].size());
  };
  // gRPC sets it for a valid id that is the certificate's only URI.
  const std::string spiffe = first(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME);
  if (absl::StartsWith(spiffe, "spiffe://")) return spiffe;
  if (const std::string dns = first(GRPC_PEER_DNS_PROPERTY_NAME); !dns.empty()) {
    return absl::StrCat("dns:", absl::AsciiStrToLower(dns));
  }
  if (const std::string name = first(GRPC_X509_CN_PROPERTY_NAME); !name.empty()) {
    return absl::StrCat("cn:", name);
  }
  return kAnonymous;
}

Caller CallerOf(const grpc::ServerContextBase& context) {
  Caller caller;
  caller.peer = context.peer();
  caller.principal =
      absl::StartsWith(context.peer(), "unix:") ? "unix" : PrincipalOf(*context.auth_context());
  const auto& metadata = context.client_metadata();
  const auto traceparent = metadata.find("traceparent");
  if (traceparent != metadata.end()) {
    caller.trace_id = TraceIdOf({traceparent->second.data(), traceparent->second.size()});
  }
  return caller;
}

}  // namespace streampair
