#ifndef STREAMPAIR_SERVER_CONFIG_CONFIG_COMPLAINTS_H_
#define STREAMPAIR_SERVER_CONFIG_CONFIG_COMPLAINTS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace streampair {

// What is wrong with a configuration file: every fault with its line and its field, since people
// mend them all at once.
class ConfigComplaints {
 public:
  static constexpr size_t kMost = 20;  // More are only counted.

  explicit ConfigComplaints(std::string file) : file_(std::move(file)) {}

  // Where the field `path` ("policy.rules[3].hosts[0]") stands; lines and columns from 1.
  void Note(const std::string& path, int line, int column) { places_[path] = {line, column}; }

  // A fault of the field `path`, at its own place or at that of what it is in.
  void Add(absl::string_view path, absl::string_view message);

  // A fault at a place, of text that has no field yet.
  void AddAt(int line, int column, absl::string_view path, absl::string_view message);

  // One fault each, the last only a count if there are too many.
  std::vector<std::string> Lines() const;

  bool empty() const { return count_ == 0; }

  // "egress.yaml:12:5: policy.rules[3].hosts[0]: ...", one a line, in the order of finding.
  std::string ToString() const;

 private:
  struct Place {
    int line;
    int column;
  };

  const std::string file_;
  absl::flat_hash_map<std::string, Place> places_;
  std::vector<std::string> lines_;
  size_t count_ = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_CONFIG_COMPLAINTS_H_
