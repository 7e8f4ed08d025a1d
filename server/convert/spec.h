#ifndef STREAMPAIR_SERVER_CONVERT_SPEC_H_
#define STREAMPAIR_SERVER_CONVERT_SPEC_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/addr/host_spec.h"
#include "core/pair/pair_options.h"
#include "core/pair/pair_spec.h"
#include "server/failure.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair {

// What the operator lays down for new pairs.
struct SpecRules {
  PairOptions option_defaults;  // Where the client says nothing; buffers always.
  absl::Duration max_hold = absl::Minutes(10);
  absl::Duration default_hold = absl::Seconds(60);  // For pairs made by CreateStreamPair.
  ShortForms short_forms = ShortForms::kRefused;    // In the names of targets.
};

// How a pair comes about: decides how long it is held when the client does not say.
enum class MadeBy : uint8_t { kCreateCall, kAttachFrame };

// Turns what a client asked for into a valid `spec`. On failure, which names every field at fault,
// `spec` is of no use. `field` is the path of the StreamPairSpec in its message: "spec" or
// "frames[0].attach.create".
std::optional<Failure> SpecFromProto(const v1::StreamPairSpec& proto, absl::string_view field,
                                     const SpecRules& rules, MadeBy made_by, PairSpec& spec);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_SPEC_H_
