#include "server/flags.h"

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "server/byte_size.h"

namespace streampair {
namespace {

using Action = CommandLine::Action;

// Each test puts the flags back.
class FlagsTest : public ::testing::Test {
 protected:
  CommandLine Read(std::vector<std::string> arguments) {
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    return ReadCommandLine(pointers);
  }
  absl::FlagSaver saver_;
};

TEST_F(FlagsTest, WithoutFlagsTheDefaultsHold) {
  const CommandLine line = Read({});
  ASSERT_EQ(line.action, Action::kServe) << line.complaint;
  const ServerOptions defaults;
  EXPECT_EQ(line.options.listen, std::vector<std::string>{"127.0.0.1:7450"});
  EXPECT_EQ(line.options.max_pairs, defaults.max_pairs);
  EXPECT_EQ(line.options.window, defaults.window);
  EXPECT_EQ(line.options.memory_quota, defaults.memory_quota);
  EXPECT_EQ(line.options.target_receive_buffer, defaults.target_receive_buffer);
  EXPECT_EQ(line.options.grace, defaults.grace);
  EXPECT_EQ(line.options.log_level, defaults.log_level);
}

TEST_F(FlagsTest, TakesEveryWayOfWriting) {
  const CommandLine line =
      Read({"--listen=127.0.0.1:0,unix:/tmp/x", "--max-pairs", "7", "--max_hold=90s",
            "--window=1MiB", "--insecure-listen-beyond-loopback", "--log-level=debug",
            "--log-format=json", "--dns-servers=127.0.0.1:5353"});
  ASSERT_EQ(line.action, Action::kServe) << line.complaint;
  EXPECT_EQ(line.options.listen.size(), 2u);
  EXPECT_EQ(line.options.max_pairs, 7u);
  EXPECT_EQ(line.options.max_hold, absl::Seconds(90));
  EXPECT_EQ(line.options.window, 1u << 20);
  EXPECT_TRUE(line.options.insecure_listen_beyond_loopback);
  EXPECT_EQ(line.options.log_level, LogLevel::kDebug);
  EXPECT_EQ(line.options.log_format, LogFormat::kJson);
  EXPECT_EQ(line.options.dns_servers, "127.0.0.1:5353");
  EXPECT_FALSE(
      Read({"--noinsecure-listen-beyond-loopback"}).options.insecure_listen_beyond_loopback);
}

TEST_F(FlagsTest, RefusesWithAClearText) {
  const struct {
    std::vector<std::string> arguments;
    std::string says;
  } kRows[] = {
      {{"serve"}, "unexpected argument serve"},
      {{"--"}, "unexpected argument --"},
      {{"--no-such"}, "unknown flag --no-such"},
      {{"--flagfile=x"}, "unknown flag --flagfile=x"},
      {{"--nolisten"}, "unknown flag --nolisten"},
      {{"--max-pairs"}, "--max-pairs needs a value"},
      {{"--max-pairs=many"}, "--max-pairs=many"},
      {{"--max-pairs=0"}, "--max-pairs must be at least 1"},
      {{"--max-pairs=-1"}, "--max-pairs=-1"},
      {{"--window=64K"}, "must be a number of bytes"},
      {{"--window=1KiB"}, "--window must be 65536 to 67108864"},
      {{"--window=4GiB"}, "--window must be 65536 to 67108864"},
      {{"--memory-quota=1"}, "--memory-quota must be at least"},
      {{"--target-receive-buffer=4GiB"}, "--target-receive-buffer"},
      {{"--metrics=localhost"}, "--metrics localhost: must be an IPv4 address with a port"},
      {{"--metrics=[::1]:0"}, "--metrics [::1]:0: must be an IPv4 address with a port"},
      {{"--metrics=0.0.0.0:0"}, "say --insecure-metrics-beyond-loopback"},
      {{"--grace=-1s"}, "--grace must be 0 to 24h"},
      {{"--connect-timeout=0"}, "--connect-timeout must be 1ms to 1h"},
      {{"--dns-tries=0"}, "--dns-tries must be 1 to 10"},
      {{"--dns-servers=localhost"}, "--dns-servers"},
      {{"--log-level=loud"}, "must be debug, info"},
      {{"--log-format=xml"}, "must be text or json"},
      {{"--listen="}, "--listen must name an address"},
      {{"--listen=example.com:80"}, "must be an address with a port"},
      {{"--listen=127.0.0.1"}, "must be an address with a port"},
      {{"--listen=127.0.0.1:65536"}, "must be an address with a port"},
      {{"--listen=unix:"}, "must follow unix:"},
      {{"--listen=0.0.0.0:80"}, "--insecure-listen-beyond-loopback"},
      {{"--listen=[::]:80"}, "--insecure-listen-beyond-loopback"},
      {{"--listen=192.0.2.1:80"}, "--insecure-listen-beyond-loopback"},
  };
  for (const auto& row : kRows) {
    absl::FlagSaver saver;
    const CommandLine line = Read(row.arguments);
    EXPECT_EQ(line.action, Action::kRefuse) << row.arguments[0];
    EXPECT_TRUE(absl::StrContains(line.complaint, row.says)) << line.complaint;
  }
}

TEST_F(FlagsTest, ListensOnEveryLoopbackForm) {
  EXPECT_EQ(*ListenAddress("127.0.0.9:0", false), "127.0.0.9:0");
  EXPECT_EQ(*ListenAddress("[::1]:7450", false), "[::1]:7450");
  EXPECT_EQ(*ListenAddress("localhost:7450", false), "127.0.0.1:7450");
  EXPECT_EQ(*ListenAddress("unix:/run/x", false), "unix:/run/x");
  EXPECT_EQ(*ListenAddress("0.0.0.0:7450", true), "0.0.0.0:7450");
}

TEST_F(FlagsTest, AsksForHelpAndVersion) {
  EXPECT_EQ(Read({"--help"}).action, Action::kShowHelp);
  EXPECT_EQ(Read({"-h"}).action, Action::kShowHelp);
  EXPECT_EQ(Read({"--version"}).action, Action::kShowVersion);
  EXPECT_TRUE(absl::StartsWith(VersionText(), "streampaird "));
}

TEST_F(FlagsTest, HelpNamesEveryFlagWithItsDefault) {
  const std::string help = HelpText();
  int ours = 0;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (!absl::EndsWith(flag->Filename(), "server/flags.cc")) continue;
    ++ours;
    const std::string fallback = flag->DefaultValue();
    const std::string line =
        absl::StrCat("--", absl::StrReplaceAll(name, {{"_", "-"}}),
                     " (default: ", fallback.empty() ? "none" : fallback, ")\n");
    EXPECT_TRUE(absl::StrContains(help, line)) << line << help;
  }
  EXPECT_EQ(ours, 37);
  for (const char* text : {"Exit codes: 0", "SIGTERM", "--version"}) {
    EXPECT_TRUE(absl::StrContains(help, text)) << text;
  }
}

TEST(ByteSize, ReadsAndWritesUnits) {
  for (const auto& [text, bytes] :
       {std::pair{"0", uint64_t{0}}, std::pair{"1", uint64_t{1}}, std::pair{"1025", uint64_t{1025}},
        std::pair{"256KiB", uint64_t{262144}}, std::pair{"64MiB", uint64_t{64} << 20},
        std::pair{"3GiB", uint64_t{3} << 30}}) {
    ByteSize size;
    std::string error;
    ASSERT_TRUE(AbslParseFlag(text, &size, &error)) << error;
    EXPECT_EQ(size.bytes, bytes);
    EXPECT_EQ(AbslUnparseFlag(size), text);
  }
  for (const char* text : {"", "-1", "1 KiB", " 1", "1K", "KiB", "0x10", "1.5MiB",
                           "99999999999999999999", "9999999999999GiB"}) {
    ByteSize size;
    std::string error;
    EXPECT_FALSE(AbslParseFlag(text, &size, &error)) << text;
  }
}

}  // namespace
}  // namespace streampair
