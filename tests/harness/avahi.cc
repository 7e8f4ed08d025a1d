#include "tests/harness/avahi.h"

#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

constexpr char kSocket[] = "/run/dbus/system_bus_socket";

}  // namespace

SystemBus::SystemBus() {
  std::filesystem::create_directories("/run/dbus");
  std::filesystem::remove(kSocket);
  scratch_.Write("bus.conf", absl::StrCat("<busconfig><listen>unix:path=", kSocket,
                                          "</listen><auth>EXTERNAL</auth>"
                                          "<policy context=\"default\">"
                                          "<allow send_destination=\"*\" eavesdrop=\"true\"/>"
                                          "<allow eavesdrop=\"true\"/><allow own=\"*\"/>"
                                          "<allow user=\"*\"/></policy></busconfig>\n"));
  process_ = std::make_unique<ChildProcess>(
      ChildOptions{.command = {"dbus-daemon", "--nofork", "--nopidfile",
                               "--config-file=" + scratch_.File("bus.conf")},
                   .output = scratch_.File("bus.log")});
  EXPECT_TRUE(WaitUntil([&] { return std::filesystem::exists(kSocket); })) << process_->Output();
}

AvahiDaemon::AvahiDaemon() {
  scratch_.Write("avahi.conf", "[server]\nhost-name=tester\nenable-dbus=yes\n");
  process_ = std::make_unique<ChildProcess>(
      ChildOptions{.command = {"avahi-daemon", "--file=" + scratch_.File("avahi.conf"),
                               "--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title"},
                   .output = scratch_.File("avahi.log")});
  EXPECT_TRUE(WaitUntil([&] {
    return absl::StrContains(process_->Output(), "Server startup complete") || !process_->Running();
  })) << process_->Output();
}

std::unique_ptr<ChildProcess> AvahiDaemon::Publish(const std::string& name, const std::string& type,
                                                   int port, const std::vector<std::string>& txt) {
  std::vector<std::string> command = {"avahi-publish", "-s", name, type, absl::StrCat(port)};
  command.insert(command.end(), txt.begin(), txt.end());
  auto process = std::make_unique<ChildProcess>(
      ChildOptions{.command = std::move(command), .output = scratch_.File("publish.log")});
  EXPECT_TRUE(WaitUntil(
      [&] { return absl::StrContains(process->Output(), "Established") || !process->Running(); }));
  EXPECT_TRUE(process->Running()) << process->Output();
  return process;
}

}  // namespace streampair::testing
