#include "core/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "gtest/gtest.h"

namespace streampair {
namespace {

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) != -1; }

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(UniqueFd, ClosesWhatItOwns) {
  const int fd = OpenNull();
  { const UniqueFd owner(fd); }
  EXPECT_FALSE(IsOpen(fd));
}

TEST(UniqueFd, IsEmptyByDefaultAndAfterAMove) {
  UniqueFd empty;
  EXPECT_FALSE(empty.valid());
  UniqueFd from(OpenNull());
  const int fd = from.get();
  UniqueFd to(std::move(from));
  EXPECT_FALSE(from.valid());  // NOLINT(bugprone-use-after-move): the promise under test.
  EXPECT_EQ(to.get(), fd);
  EXPECT_TRUE(IsOpen(fd));
}

TEST(UniqueFd, ClosesTheOldOneWhenAssignedTo) {
  UniqueFd a(OpenNull());
  UniqueFd b(OpenNull());
  const int old = a.get();
  const int kept = b.get();
  a = std::move(b);
  EXPECT_FALSE(IsOpen(old));
  EXPECT_EQ(a.get(), kept);
  EXPECT_TRUE(IsOpen(kept));
}

TEST(UniqueFd, SurvivesAssignmentToItself) {
  UniqueFd a(OpenNull());
  UniqueFd& alias = a;
  const int fd = a.get();
  a = std::move(alias);
  EXPECT_EQ(a.get(), fd);
  EXPECT_TRUE(IsOpen(fd));
}

TEST(UniqueFd, GivesAwayWithoutClosing) {
  UniqueFd a(OpenNull());
  const int fd = a.Take();
  EXPECT_FALSE(a.valid());
  EXPECT_TRUE(IsOpen(fd));
  a.Reset(fd);
  a.Reset();
  EXPECT_FALSE(IsOpen(fd));
}

TEST(UniqueFd, LeavesErrnoAlone) {
  UniqueFd bad(1 << 20);  // Not open, so closing it fails.
  errno = EPIPE;
  bad.Reset();
  EXPECT_EQ(errno, EPIPE);
}

}  // namespace
}  // namespace streampair
