#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"
#include "server/ready_file.h"
#include "server/signal_waiter.h"

namespace streampair {
namespace {

TEST(ReadyText, IsJson) {
  EXPECT_EQ(ReadyText(42, {"127.0.0.1:43211", "unix:/tmp/a \"b\""}),
            "{\"pid\":42,\"listen\":[\"127.0.0.1:43211\",\"unix:/tmp/a \\\"b\\\"\"]}");
  EXPECT_EQ(ReadyText(1, {"127.0.0.1:2"}, {"127.0.0.1:3"}),
            "{\"pid\":1,\"listen\":[\"127.0.0.1:2\"],\"admin\":[\"127.0.0.1:3\"]}");
  EXPECT_EQ(ReadyText(1, {"x"}, {}, "127.0.0.1:9"),
            "{\"pid\":1,\"listen\":[\"x\"],\"metrics\":[\"127.0.0.1:9\"]}");
}

TEST(WriteReadyFile, ReplacesTheFile) {
  const std::string path = std::string(getenv("TEST_TMPDIR")) + "/ready.json";
  ASSERT_TRUE(WriteReadyFile(path, "first").ok());
  ASSERT_TRUE(WriteReadyFile(path, "second").ok());
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "second\n");
}

TEST(WriteReadyFile, SaysWhyItCannot) {
  const auto written = WriteReadyFile("/no/such/folder/ready.json", "x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().id(), (ErrorId{ErrorDomain::kPosix, 0, ENOENT}));
}

TEST(SignalWaiter, CountsSignals) {
  using Request = SignalWaiter::Request;
  auto waiter = SignalWaiter::Make();
  ASSERT_TRUE(waiter.ok());
  EXPECT_EQ(waiter->Wait(absl::ZeroDuration()), Request::kNone);
  kill(getpid(), SIGTERM);
  EXPECT_EQ(waiter->Wait(absl::InfiniteDuration()), Request::kStop);
  kill(getpid(), SIGHUP);
  EXPECT_EQ(waiter->Wait(absl::InfiniteDuration()), Request::kReload);
  kill(getpid(), SIGINT);
  EXPECT_EQ(waiter->Wait(absl::ZeroDuration()), Request::kStop);
  EXPECT_EQ(waiter->Wait(absl::Milliseconds(1)), Request::kNone);
}

}  // namespace
}  // namespace streampair
