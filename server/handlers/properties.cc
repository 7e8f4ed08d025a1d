#include "server/handlers/properties.h"

#include <memory>
#include <utility>

#include "core/base/socks_errors.h"
#include "core/base/streampair_errors.h"
#include "server/convert/property.h"
#include "server/convert/request_check.h"
#include "server/convert/socks_proxy.h"
#include "server/convert/tls_settings.h"
#include "server/error_proto.h"
#include "server/handlers/find_pair.h"

namespace streampair {

std::optional<Failure> SetPropertyOf(const ServiceState& state, StreamPair& pair,
                                     const v1::Property& property, absl::string_view field,
                                     std::optional<uint64_t> read_offset) {
  const PairOptions& defaults = state.rules.option_defaults;
  // Once without the pair: what can never be set is refused as such, whatever state the pair is in.
  RequestCheck check;
  PairOptions scratch = defaults;
  ApplyProperty(property, field, defaults, check, scratch);
  if (auto failure = check.Verdict()) return failure;
  if (SetsParking(property)) {
    PairOptions changed = pair.options();
    changed.closes_socket = scratch.closes_socket;
    if (auto refused = state.judge.JudgeChange(pair, changed)) return Failure(*std::move(refused));
    if (auto error = pair.SetClosesSocket(scratch.closes_socket)) return Failure(*std::move(error));
    return std::nullopt;
  }
  if (SetsTls(property)) {
    PairOptions changed = pair.options();
    changed.tls = scratch.tls;
    if (auto refused = state.judge.JudgeChange(pair, changed)) return Failure(*std::move(refused));
    auto error = pair.SetTls(std::move(scratch.tls), scratch.tls_set_by, read_offset);
    if (error) return Failure(*std::move(error));
    return std::nullopt;
  }

  std::optional<Failure> refused;
  auto error = pair.UpdateOptions([&](PairOptions& options) -> std::optional<Error> {
    RequestCheck again;
    ApplyProperty(property, field, defaults, again, options);
    CheckProxies(pair.spec(), options, field, again);
    refused = again.Verdict();
    if (!refused) return std::nullopt;
    return refused->error;
  });
  if (refused) return refused;
  // The contract has a number of its own for that.
  if (error && error->id() == WrongState("").id() && SetsSocksProxy(property)) {
    return Failure(SocksSetTooLate());
  }
  if (error) return Failure(*std::move(error));
  return std::nullopt;
}

std::optional<Failure> SetProperty(const ServiceState& state, const Caller& caller,
                                   const v1::SetPropertyRequest& request,
                                   v1::SetPropertyResponse&) {
  std::shared_ptr<StreamPair> pair;
  if (auto failure = FindPair(state, caller, request.name(), pair)) return failure;
  return SetPropertyOf(state, *pair, request.property(), "property", std::nullopt);
}

std::optional<Failure> GetProperty(const ServiceState& state, const Caller& caller,
                                   const v1::GetPropertyRequest& request,
                                   v1::GetPropertyResponse& response) {
  std::shared_ptr<StreamPair> pair;
  if (auto failure = FindPair(state, caller, request.name(), pair)) return failure;
  RequestCheck check;
  auto property =
      ReadProperty(request.key(), "key", pair->spec(), pair->options(), pair->Snapshot(), check);
  if (auto failure = check.Verdict()) return failure;
  if (property) *response.mutable_property() = *std::move(property);
  return std::nullopt;
}

std::optional<Failure> SetSecurityProtocol(const ServiceState& state, const Caller& caller,
                                           const v1::SetSecurityProtocolRequest& request,
                                           v1::SetSecurityProtocolResponse& response) {
  std::shared_ptr<StreamPair> pair;
  if (auto failure = FindPair(state, caller, request.name(), pair)) return failure;
  RequestCheck check;
  if (request.protocol() == v1::SECURITY_PROTOCOL_UNSPECIFIED) {
    check.Refuse("protocol", "must be given");
    return check.Verdict();
  }
  v1::Property property;
  property.set_socket_security_level(LevelOfProtocol(request.protocol(), "protocol", check));
  std::optional<Failure> refused = check.Verdict();
  if (!refused && pair->Snapshot().opened != absl::InfiniteFuture()) {
    refused = Failure(WrongState("the function is for pairs that were not opened yet"));
  }
  if (!refused) refused = SetPropertyOf(state, *pair, property, "protocol", std::nullopt);
  response.set_accepted(!refused);
  if (refused) *response.mutable_error() = ErrorToProto(refused->error);
  return std::nullopt;
}

}  // namespace streampair
