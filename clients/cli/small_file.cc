#include "clients/cli/small_file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace streampair::cli {
namespace {

constexpr size_t kLimit = size_t{1} << 20;

}  // namespace

std::optional<std::string> ReadSmallFile(const std::string& path, std::string* complaint) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text(kLimit + 1, '\0');
  size_t size = 0;
  ssize_t got = file < 0 ? -1 : 1;
  while (got > 0 && size < text.size()) {
    got = read(file, &text[size], text.size() - size);
    if (got > 0) size += static_cast<size_t>(got);
  }
  const int error = errno;
  if (file >= 0) close(file);
  if (got < 0) {
    *complaint = absl::StrCat(path, " cannot be read: ", strerror(error));
    return std::nullopt;
  }
  if (size > kLimit) {
    *complaint = absl::StrCat(path, " is larger than 1 MiB");
    return std::nullopt;
  }
  text.resize(size);
  return text;
}

}  // namespace streampair::cli
