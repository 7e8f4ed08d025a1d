#include "clients/cli/progress.h"

#include "absl/strings/str_cat.h"
#include "clients/cli/pair_text.h"

namespace streampair::cli {

std::string Progress::Show(absl::Time now, uint64_t received, uint64_t sent) {
  if (now - begin_ < kSilence) return "";
  const double seconds = absl::ToDoubleSeconds(now - last_);
  const uint64_t bytes = received + sent;
  const double rate = seconds > 0 ? static_cast<double>(bytes - bytes_) / seconds : 0;
  last_ = now;
  bytes_ = bytes;
  shown_ = true;
  return absl::StrCat("\r", BytesText(static_cast<double>(received)), " received, ",
                      BytesText(static_cast<double>(sent)), " sent, ", BytesText(rate), "/s\033[K");
}

}  // namespace streampair::cli
