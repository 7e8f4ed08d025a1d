#ifndef STREAMPAIR_TESTS_HARNESS_SCRATCH_DIR_H_
#define STREAMPAIR_TESTS_HARNESS_SCRATCH_DIR_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/base/unique_fd.h"

namespace streampair::testing {

// A new directory below the test's own temporary directory; gone with the object.
class ScratchDir {
 public:
  ScratchDir();
  ~ScratchDir();
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(absl::string_view name) const;

  // The same file under a path short enough for a Unix socket's address (107 bytes, which Bazel's
  // directories exceed); good within this process and while the object lives.
  std::string ShortPath(absl::string_view name) const;

  void Write(absl::string_view name, absl::string_view text) const;

 private:
  std::string path_;
  UniqueFd descriptor_;
};

// A file's whole content; nothing if it cannot be read.
std::optional<std::string> ReadFile(const std::string& path);

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_SCRATCH_DIR_H_
