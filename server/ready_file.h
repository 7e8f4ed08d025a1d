#ifndef STREAMPAIR_SERVER_READY_FILE_H_
#define STREAMPAIR_SERVER_READY_FILE_H_

#include <string>
#include <vector>

#include "core/base/result.h"

namespace streampair {

// {"pid":42,"listen":["127.0.0.1:43211","unix:/run/x"],"admin":["127.0.0.1:43212"],
// "metrics":["127.0.0.1:43213"]}; the last two only if there are such.
std::string ReadyText(int pid, const std::vector<std::string>& listen,
                      const std::vector<std::string>& admin = {}, const std::string& metrics = "");

// Writes `text` and a line end to `path` at once: a reader sees all of it or no file. Fails with
// (POSIX, errno), stage internal.
Result<void> WriteReadyFile(const std::string& path, const std::string& text);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_READY_FILE_H_
