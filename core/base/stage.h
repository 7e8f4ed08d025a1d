#ifndef STREAMPAIR_CORE_BASE_STAGE_H_
#define STREAMPAIR_CORE_BASE_STAGE_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace streampair {

// Where in a pair's life something failed, hence who has to act. A closed set: switch
// over it without a default, so that a new stage is noticed everywhere.
enum class Stage : uint8_t {
  kRequest,   // The caller asked for something that cannot be: change the request.
  kPolicy,    // The operator forbids it: change the rules, or go elsewhere.
  kCapacity,  // The server has no room for it: wait, or use another instance.
  kResolve,   // The name could not be turned into addresses.
  kConnect,   // No TCP connection to the target, or to the first proxy.
  kProxy,     // A proxy on the way refused or broke off.
  kTls,       // A TLS handshake or record failed.
  kStream,    // An open pair ended before its time.
  kInternal,  // A fault of this server.
};

// "request", "policy", ...: stable words for clients, logs and metric labels.
absl::string_view StageName(Stage stage);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_STAGE_H_
