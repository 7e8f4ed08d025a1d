#ifndef STREAMPAIR_CLIENTS_CPP_STREAM_ERROR_H_
#define STREAMPAIR_CLIENTS_CPP_STREAM_ERROR_H_

#include <grpcpp/support/status.h>

#include <cstdint>
#include <optional>
#include <string>

#include "streampair/v1/error.pb.h"

namespace streampair::client {

// One failure as a value: the triple (domain, subdomain, code) says what happened, the stage where,
// and so who has to act. Programs branch on the triple or the stage, never on the text. Copyable.
// Thread-compatible.
//
// Every failure of the library is one of these, also those that the server never saw. `origin`
// tells them apart:
//   kServer     the server said so: a refused target, a bad request, a quota.
//   kTransport  the RPC to the server failed and carried no StreamError: no such server, a cut
//   connection, a deadline.
//               The triple is then (STREAMPAIR, 0, 18), or one close to the status; status_code()
//               has gRPC's own word.
//   kClient     this library or its user did it: a reset, a write after the finish.
class [[nodiscard]] StreamError {
 public:
  enum class Origin : uint8_t { kServer, kTransport, kClient };

  // What the server sent.
  explicit StreamError(v1::StreamError error) : StreamError(std::move(error), Origin::kServer) {}
  StreamError(v1::StreamError error, Origin origin,
              grpc::StatusCode status_code = grpc::StatusCode::OK);

  // From the end of an RPC: the StreamError in its details if there is one, else what the status
  // amounts to. Requires: !status.ok().
  static StreamError FromStatus(const grpc::Status& status);

  int32_t domain() const { return error_.domain(); }  // A v1::ErrorDomain, or one added later.
  uint32_t subdomain() const { return error_.subdomain(); }
  int32_t code() const { return error_.code(); }
  const std::string& symbol() const { return error_.symbol(); }  // "ECONNREFUSED", or empty.
  const std::string& message() const { return error_.message(); }
  v1::ErrorStage stage() const { return error_.stage(); }
  v1::ErrorReason reason() const { return error_.reason(); }
  const std::string& address() const { return error_.address(); }
  bool retryable() const { return error_.retryable(); }
  Origin origin() const { return origin_; }
  const v1::StreamError& proto() const { return error_; }

  // Of the RPC that failed; OK if the error came otherwise, for instance in a Transfer's end frame.
  grpc::StatusCode status_code() const { return status_code_; }

  // Whether this is that triple; without a subdomain: with subdomain 0.
  bool Is(v1::ErrorDomain domain, int32_t code) const { return Is(domain, 0, code); }
  bool Is(v1::ErrorDomain domain, uint32_t subdomain, int32_t code) const {
    return error_.domain() == domain && error_.subdomain() == subdomain && error_.code() == code;
  }

  // "(POSIX, 0, 111)".
  std::string Triple() const;

  // On one line, for logs: "ECONNREFUSED (POSIX, 0, 111) at stage connect, connection_refused,
  // 127.0.0.1:9: the text".
  std::string ToString() const;

 private:
  v1::StreamError error_;
  Origin origin_;
  grpc::StatusCode status_code_;
};

// The names as people write them: "POSIX", "connect", "connection_refused". A number that has none
// is written as such; an unspecified one is empty.
std::string DomainText(int32_t domain);
std::string StageText(v1::ErrorStage stage);
std::string ReasonText(v1::ErrorReason reason);

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_STREAM_ERROR_H_
