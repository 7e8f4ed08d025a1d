// How a pair leaves its socket behind, and how another one takes it up.
#include <utility>

#include "core/base/streampair_errors.h"
#include "core/pair/pair_name.h"
#include "core/pair/stream_pair.h"

namespace streampair {

std::optional<Error> StreamPair::JudgeReached(const DialPolicy& judge, const SocketOrigin& origin) {
  const Result<Endpoint> endpoint = Endpoint::Parse(origin.reached);
  return endpoint.ok() ? judge.JudgeAddress(origin.target, *endpoint)
                       : judge.JudgeUnresolved(origin.target);
}

std::string StreamPair::socket_token() const {
  if (!spec_.parked_token.empty()) return spec_.parked_token;
  return PairNamer::TokenOf(name_);
}

bool StreamPair::ParksLocked() const {
  return !options_.closes_socket.value_or(spec_.parked_token.empty());
}

std::optional<Error> StreamPair::SetClosesSocket(std::optional<bool> closes) {
  std::unique_ptr<ParkedSockets::Place> place;  // Given back without the lock.
  absl::MutexLock lock(&mu_);
  if (phase_ == Phase::kReleased) return PairReleased("the pair was released");
  const std::optional<bool> before = std::exchange(options_.closes_socket, closes);
  // A socket that is to be taken up comes with its place.
  const bool comes_with_place = phase_ == Phase::kLazy && !spec_.parked_token.empty();
  if (!ParksLocked()) {
    place = std::move(place_);
  } else if (place_ == nullptr && !comes_with_place) {
    if (environment_.parked == nullptr) {
      options_.closes_socket = before;
      return Unimplemented("sockets cannot be parked here");
    }
    Result<std::unique_ptr<ParkedSockets::Place>> reserved =
        environment_.parked->Reserve(principal_);
    if (!reserved.ok()) {
      options_.closes_socket = before;
      return reserved.error();
    }
    place_ = *std::move(reserved);
  }
  return std::nullopt;
}

SocketOrigin StreamPair::OriginLocked() const {
  if (record_.adopted) return *record_.adopted;
  if (!record_.hops.empty()) return {spec_.target, record_.hops.back().target};
  SocketOrigin origin{spec_.target, record_.remote->ToString()};
  if (record_.service) {
    const ServiceHost& host = record_.service->hosts[record_.service_host];
    origin.target = DialTarget::ToHost(host.name, host.port);
  }
  return origin;
}

void StreamPair::ParkLocked() {
  environment_.parked->Park(std::move(place_), socket_token(),
                            {.fd = std::move(socket_),
                             .remote = *record_.remote,
                             .local = *record_.local,
                             .unread = std::move(leftover_),
                             .origin = OriginLocked()});
}

void StreamPair::Adopt(const PairOptions& options, const PairPolicy::Judges& judges) {
  DialOutcome outcome{UniqueFd(), {}, {}, {}, {}, {}, {}, 0};
  const auto fail = [&](Error error) {
    outcome.socket = std::move(error);
    OnDialed(std::move(outcome));
  };
  if (environment_.parked == nullptr) {
    return fail(Unimplemented("sockets cannot be parked here"));
  }
  auto taken = environment_.parked->Take(principal_, spec_.parked_token);
  if (!taken.ok()) return fail(taken.error());
  std::optional<Error> refused = judges.target->JudgeTarget(taken->socket.origin.target);
  if (!refused) refused = JudgeReached(*judges.target, taken->socket.origin);
  if (!refused && options.tls != nullptr && options.tls->secures() &&
      !taken->socket.unread.empty()) {
    refused = WrongState("the parked socket has clear text that was not read before TLS");
  }
  if (refused) {  // It stays where it was, as long as it would have.
    environment_.parked->Park(std::move(taken->place), spec_.parked_token,
                              std::move(taken->socket));
    return fail(*std::move(refused));
  }
  outcome.socket = std::move(taken->socket.fd);
  outcome.remote = taken->socket.remote;
  outcome.local = taken->socket.local;
  unread_ = std::move(taken->socket.unread);
  {
    absl::MutexLock lock(&mu_);
    record_.adopted = std::move(taken->socket.origin);
    if (ParksLocked()) place_ = std::move(taken->place);
  }
  OnDialed(std::move(outcome));
}

}  // namespace streampair
