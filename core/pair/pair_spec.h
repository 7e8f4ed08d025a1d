#ifndef STREAMPAIR_CORE_PAIR_PAIR_SPEC_H_
#define STREAMPAIR_CORE_PAIR_PAIR_SPEC_H_

#include <map>
#include <string>

#include "absl/time/time.h"
#include "core/dial/dial_target.h"
#include "core/pair/half.h"
#include "core/pair/pair_options.h"

namespace streampair {

// What it takes to make a pair; valid by construction (server/convert checks what a client sends).
struct PairSpec {
  DialTarget target;

  // How the target was asked for, to be shown again. The host's name in the caller's letters; an
  // address literal is a name too. Empty if only addresses were given.
  std::string host_name;
  bool is_socket_address = false;  // One address and port that stand for no host.
  std::string parked_token = "";   // A parked socket to take up; `target` is empty then.

  Halves halves = Halves::kBoth;
  PairOptions options;
  std::map<std::string, std::string> labels;

  // How long the pair is kept while nobody is attached. Zero: it lives as long as its first
  // attachment.
  absl::Duration hold_timeout = absl::ZeroDuration();
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_SPEC_H_
