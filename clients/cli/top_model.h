#ifndef STREAMPAIR_CLIENTS_CLI_TOP_MODEL_H_
#define STREAMPAIR_CLIENTS_CLI_TOP_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "clients/cli/json_object.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair::cli {

// What 'top' shows, without a clock, a terminal or a server: rates from one snapshot to the next,
// and errors by domain. Memory is that of the pairs that live. Thread-compatible.
class TopModel {
 public:
  // The pairs of now. Their errors count, once each.
  void Take(absl::Time now, std::vector<v1::StreamPair> pairs);
  // A pair that failed, as a watch told; once each. `name` must be one of the last snapshot's.
  void CountError(const std::string& name, const v1::StreamError& error);

  // For a person: lines of a screen of that size, the busiest pairs first.
  std::vector<std::string> Screen(size_t width, size_t height) const;
  // For a log: one line.
  std::string Line() const;
  JsonObject Json() const;

  size_t pairs() const { return pairs_.size(); }

 private:
  struct Pair {
    v1::StreamPair state;
    double read_rate = 0;  // Bytes a second.
    double write_rate = 0;
    bool failed = false;
  };
  void Count(Pair& pair, const v1::StreamError& error);
  std::string ErrorsText() const;

  absl::flat_hash_map<std::string, Pair> pairs_;
  absl::Time taken_ = absl::InfinitePast();
  size_t opening_ = 0;
  double read_rate_ = 0;
  double write_rate_ = 0;
  std::map<std::string, int64_t> errors_;  // By the domain's name.
};

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_TOP_MODEL_H_
