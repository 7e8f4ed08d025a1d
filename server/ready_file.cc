#include "server/ready_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/posix_errors.h"
#include "server/log_line.h"

namespace streampair {

std::string ReadyText(int pid, const std::vector<std::string>& listen,
                      const std::vector<std::string>& admin, const std::string& metrics) {
  const auto quote = [](std::string* out, const std::string& address) {
    out->append(JsonString(address));
  };
  const auto list = [&](const char* key, const std::vector<std::string>& addresses) {
    return absl::StrCat(",\"", key, "\":[", absl::StrJoin(addresses, ",", quote), "]");
  };
  return absl::StrCat("{\"pid\":", pid, list("listen", listen),
                      admin.empty() ? "" : list("admin", admin),
                      metrics.empty() ? "" : list("metrics", {metrics}), "}");
}

Result<void> WriteReadyFile(const std::string& path, const std::string& text) {
  const std::string unfinished = absl::StrCat(path, ".", getpid(), ".tmp");
  {
    std::ofstream file(unfinished, std::ios::trunc);
    file << text << "\n";
    file.close();
    if (!file) {
      const Error error = PosixError(Stage::kInternal, errno == 0 ? EIO : errno,
                                     absl::StrCat("write ", unfinished));
      unlink(unfinished.c_str());
      return error;
    }
  }
  if (rename(unfinished.c_str(), path.c_str()) != 0) {
    const Error error = PosixError(Stage::kInternal, errno, absl::StrCat("make ", path));
    unlink(unfinished.c_str());
    return error;
  }
  return {};
}

}  // namespace streampair
