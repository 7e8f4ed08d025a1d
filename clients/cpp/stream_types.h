#ifndef STREAMPAIR_CLIENTS_CPP_STREAM_TYPES_H_
#define STREAMPAIR_CLIENTS_CPP_STREAM_TYPES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "clients/cpp/stream_error.h"
#include "streampair/v1/frame.pb.h"
#include "streampair/v1/tls.pb.h"

namespace streampair::client {

// What came of a read.
struct ReadResult {
  enum class Outcome : uint8_t {
    kBytes,   // `bytes` of them, at least one.
    kEnd,     // The target finished, and everything before was read. Repeats itself.
    kNotYet,  // Nothing came before the deadline. The stream is as it was.
    kError,   // The stream failed, and everything before was read. Repeats itself.
  };
  Outcome outcome = Outcome::kNotYet;
  size_t bytes = 0;
  std::optional<StreamError> error = {};
};

// What came of a write.
struct WriteResult {
  enum class Outcome : uint8_t {
    kDone,    // All was taken over, which does not mean that the target has it.
    kNotYet,  // Only `bytes` found room before the deadline; go on from there.
    kError,   // The stream failed or was finished. Repeats itself.
  };
  Outcome outcome = Outcome::kNotYet;
  size_t bytes = 0;  // Taken over by this call.
  std::optional<StreamError> error = {};
};

// How far a pair has come, and where it leads.
struct OpenInfo {
  bool connected = false;  // The TCP connection stands (to the first proxy, if there is one).
  bool ready = false;      // All handshakes are done.
  std::string remote_address = {};
  std::string local_address = {};
  std::optional<v1::TlsHandshakeReport> tls = {};  // Once TLS to the target stands.
};

// The server's last word on a stream. What it has not said is 0.
struct EndInfo {
  uint64_t bytes_read = 0;     // Sent to this client on this channel.
  uint64_t bytes_written = 0;  // Written to the target on this channel.
  bool held = false;           // The pair still exists and may be attached to again.
  v1::FinishKind finish_kind = v1::FINISH_KIND_UNSPECIFIED;  // How the target finished, if it did.
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_STREAM_TYPES_H_
