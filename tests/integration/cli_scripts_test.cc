// What the streampair command makes for shells, for man and for a terminal.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/child_process.h"
#include "tests/harness/cli.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class CliScripts : public ::testing::Test {
 protected:
  // Writes what the command prints to a file; its path.
  std::string Made(const std::vector<std::string>& command) {
    const CliResult run = RunCli(command);
    EXPECT_EQ(run.code, 0) << run.errors;
    const std::string name = absl::StrJoin(command, ".");
    scratch_.Write(name, run.output);
    return scratch_.File(name);
  }

  // The output of a program that has to end well.
  std::string Run(std::vector<std::string> command) {
    ScratchDir home;
    ChildProcess process({.command = std::move(command),
                          .environment = {{"HOME", home.path()}, {"TERM", "dumb"}},
                          .output = home.File("output")});
    EXPECT_EQ(process.Wait(), 0) << process.Output();
    return process.Output();
  }

  ScratchDir scratch_;
};

TEST_F(CliScripts, BashCompletes) {
  const std::string script = Made({"completion", "bash"});
  EXPECT_EQ(Run({"bash", "-n", script}), "");
  scratch_.Write("some-file", "");
  const auto completed = [&](std::vector<std::string> words) {
    std::vector<std::string> command = {
        "bash", "--norc", "-c",
        absl::StrCat("source ", script, " && cd ", scratch_.path(),
                     " && COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) && _streampair && "
                     "printf '<%s>' \"${COMPREPLY[@]}\""),
        "bash"};
    command.insert(command.end(), words.begin(), words.end());
    return Run(std::move(command));
  };
  EXPECT_EQ(completed({"streampair", "con"}), "<connect>");
  EXPECT_EQ(completed({"streampair", "--server", "x:1", "connect", "--allow-a"}),
            "<--allow-any-root>");
  EXPECT_EQ(completed({"streampair", "--server", "=", "x:1", "connect", "--starttls", "=", ""}),
            "<smtp><imap><postgres><ldap>");
  EXPECT_EQ(completed({"streampair", "connect", "--starttls", "="}),
            "<smtp><imap><postgres><ldap>");
  EXPECT_EQ(completed({"streampair", "connect", "--family", "ipv"}), "<ipv4><ipv6>");
  EXPECT_EQ(completed({"streampair", "connect", "--ca", "some-f"}), "<some-file>");
  EXPECT_EQ(completed({"streampair", "connect", "--tls", "--serv"}),
            "<--server=><--server-ca=><--server-cert=><--server-key=><--server-name=>");
  EXPECT_EQ(completed({"streampair", "list", "--starttls"}), "<>") << "of another command";
  EXPECT_EQ(completed({"streampair", "completion", "b"}), "<bash>");
}

TEST_F(CliScripts, FishCompletes) {
  const std::string script = Made({"completion", "fish"});
  EXPECT_EQ(Run({"fish", "--no-execute", script}), "");
  const auto completed = [&](const std::string& line) {
    return Run({"fish", "--no-config", "-c",
                absl::StrCat("source ", script, "; complete -C '", line, "'")});
  };
  EXPECT_EQ(completed("streampair con"),
            "connect\tOpens a pair and joins it to standard input and output\n");
  EXPECT_EQ(completed("streampair connect --allow-any"),
            "--allow-any-root\tLet chains to unknown roots pass.\n");
  EXPECT_THAT(completed("streampair connect --family ipv"),
              AllOf(HasSubstr("ipv4"), HasSubstr("ipv6"), Not(HasSubstr("any"))));
  EXPECT_EQ(completed("streampair list --starttl"), "");
}

TEST_F(CliScripts, ZshTakesTheScript) {
  const std::string script = Made({"completion", "zsh"});
  EXPECT_EQ(Run({"zsh", "-n", script}), "");
  // What the function hands to zsh's own, which need a terminal to be tried.
  const std::string handed = Run(
      {"zsh", "-f", "-c",
       absl::StrCat("compdef() { }; _describe() { print -rl -- ${(P)2} }; _arguments() { "
                    "[[ $1 == -C ]] && { state=$STATE; return 1 }; print -rl -- \"$@\" }; source ",
                    script,
                    "; STATE=command; words=(streampair con); _streampair; "
                    "STATE=argument; words=(connect --fam); _streampair")});
  EXPECT_THAT(
      handed,
      AllOf(HasSubstr("connect:Opens a pair and joins it to standard input and output\n"),
            HasSubstr("\n--family=[Which addresses of names to use]:FAMILY:(ipv4 ipv6 any)\n"),
            HasSubstr("\n*--ca=[Trust these roots (PEM or DER) instead of the server's.]:"
                      "FILE:_files\n")));
}

TEST_F(CliScripts, TheManualIsWithoutFault) {
  const std::string page = Made({"manual"});
  EXPECT_EQ(Run({"mandoc", "-T", "lint", "-W", "warning", page}), "");
  // As on a terminal, without the letters that are struck over to make them bold.
  std::string text;
  for (const char byte : Run({"mandoc", "-T", "ascii", "-O", "width=100", page})) {
    if (byte == '\b') {
      text.pop_back();
    } else {
      text.push_back(byte);
    }
  }
  for (const char* part :
       {"streampair - opens TCP stream pairs", "--allow-any-root", "--starttls=PROTOCOL",
        "config.yaml", "EXIT CODES", "connect HOST PORT"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST_F(CliScripts, UsageOfScripts) {
  EXPECT_EQ(RunCli({"completion"}).code, 2);
  EXPECT_EQ(RunCli({"completion", "csh"}).code, 2);
  EXPECT_EQ(RunCli({"manual", "x"}).code, 2);
}

TEST_F(CliScripts, ATerminalSeesHowFarATransferIs) {
  ServerProcess server;
  absl::Notification seen;
  TcpTarget target([&](TargetConnection& connection) {
    connection.Write(std::string(2048, 'x'));
    seen.WaitForNotificationWithTimeout(kPatience);
  });
  ChildProcess script(
      {.command = {"script", "-qec",
                   absl::StrCat(ProgramPath("clients/cli/streampair"),
                                " --server=", server.address(), " connect 127.0.0.1 ",
                                target.port(), " </dev/null >", scratch_.File("output")),
                   scratch_.File("typescript")},
       .environment = {{"TERM", "xterm"}, {"HOME", scratch_.path()}},
       .output = scratch_.File("screen")});
  EXPECT_TRUE(WaitUntil([&] {
    return absl::StrContains(script.Output(), "\r2.0 KiB received, 0 B sent, ");
  })) << script.Output();
  seen.Notify();
  EXPECT_EQ(script.Wait(), 0) << script.Output();
  EXPECT_THAT(script.Output(), ::testing::EndsWith("\r\033[K"));
  EXPECT_EQ(ReadFile(scratch_.File("output")), std::string(2048, 'x'));
}

}  // namespace
}  // namespace streampair::testing
