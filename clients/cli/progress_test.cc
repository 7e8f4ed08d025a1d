#include "clients/cli/progress.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace streampair::cli {
namespace {

TEST(Progress, IsSilentAtFirst) {
  const absl::Time begin = absl::FromUnixSeconds(1000);
  Progress progress(begin);
  EXPECT_EQ(progress.Show(begin + absl::Milliseconds(999), 5, 5), "");
  EXPECT_EQ(progress.Clear(), "");
  EXPECT_EQ(progress.Show(begin + absl::Seconds(1), 2 << 20, 1024),
            "\r2.0 MiB received, 1.0 KiB sent, 2.0 MiB/s\033[K");
  EXPECT_EQ(progress.Show(begin + absl::Milliseconds(1500), 3 << 20, 1024),
            "\r3.0 MiB received, 1.0 KiB sent, 2.0 MiB/s\033[K");
  EXPECT_EQ(progress.Clear(), "\r\033[K");
}

}  // namespace
}  // namespace streampair::cli
