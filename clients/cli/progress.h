#ifndef STREAMPAIR_CLIENTS_CLI_PROGRESS_H_
#define STREAMPAIR_CLIENTS_CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace streampair::cli {

// How far a transfer is, as one line of a terminal that is written over again and again. Without a
// clock or a terminal.
class Progress {
 public:
  // Short transfers show nothing.
  static constexpr absl::Duration kSilence = absl::Seconds(1);
  static constexpr absl::Duration kInterval = absl::Milliseconds(500);

  explicit Progress(absl::Time begin) : begin_(begin), last_(begin) {}

  // What to write now; empty: nothing yet.
  std::string Show(absl::Time now, uint64_t received, uint64_t sent);
  // What takes the line away; empty if there is none.
  std::string Clear() const { return shown_ ? "\r\033[K" : ""; }

 private:
  const absl::Time begin_;
  absl::Time last_;
  uint64_t bytes_ = 0;
  bool shown_ = false;
};

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_PROGRESS_H_
