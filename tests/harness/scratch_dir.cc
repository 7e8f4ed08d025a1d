#include "tests/harness/scratch_dir.h"

#include <fcntl.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "gtest/gtest.h"

namespace streampair::testing {

ScratchDir::ScratchDir() {
  std::string pattern = absl::StrCat(::testing::TempDir(), "/scratch-XXXXXX");
  SP_CHECK(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
  descriptor_ = UniqueFd(open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  SP_CHECK(descriptor_.valid());
}

ScratchDir::~ScratchDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchDir::File(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

std::string ScratchDir::ShortPath(absl::string_view name) const {
  return absl::StrCat("/proc/self/fd/", descriptor_.get(), "/", name);
}

void ScratchDir::Write(absl::string_view name, absl::string_view text) const {
  std::ofstream out(File(name), std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  SP_CHECK(out.good());
}

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace streampair::testing
