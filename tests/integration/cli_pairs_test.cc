// The streampair command and pairs that live: list, show, watch, close, ping, top.
#include <openssl/ssl.h>

#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "tests/harness/child_process.h"
#include "tests/harness/cli.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/tls_peer.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

using ::google::protobuf::Struct;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CliPairs : public ::testing::Test {
 protected:
  std::vector<std::string> Command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), absl::StrCat("--server=", server_.address()));
    return arguments;
  }
  CliResult Run(std::vector<std::string> arguments) { return RunCli(Command(arguments)); }

  static Struct Json(const std::string& text) {
    Struct json;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &json).ok()) << text;
    return json;
  }

  // The name of the only pair.
  std::string OnlyName() {
    const Struct json = Json(Run({"list", "--json"}).output);
    const auto& pairs = json.fields().at("stream_pairs").list_value();
    EXPECT_EQ(pairs.values_size(), 1);
    if (pairs.values_size() != 1) return "";
    return pairs.values(0).struct_value().fields().at("name").string_value();
  }

  ServerProcess server_;
};

TEST_F(CliPairs, ShowWatchAndClose) {
  TcpTarget target(Echo);
  Cli connect(Command({"connect", "127.0.0.1", absl::StrCat(target.port()), "--label=job=x"}));
  connect.Say("hello");
  ASSERT_TRUE(connect.AwaitOutput("hello")) << connect.Errors();
  const std::string name = OnlyName();

  const CliResult shown = Run({"show", name});
  EXPECT_EQ(shown.code, 0) << shown.errors;
  EXPECT_THAT(shown.output,
              AllOf(HasSubstr(absl::StrCat("name          ", name, "\n")),
                    HasSubstr(absl::StrCat("target        127.0.0.1 ", target.port(), "\n")),
                    HasSubstr(", 5 bytes, attached\n"), HasSubstr("labels        job=x\n"),
                    HasSubstr(absl::StrCat("attempt       ", target.address(), ", ")),
                    HasSubstr(", connected\n"), HasSubstr("ready         ")));
  const Struct json = Json(Run({"show", name, "--json"}).output);
  EXPECT_EQ(json.fields().at("stream_pair").struct_value().fields().at("name").string_value(),
            name);
  EXPECT_EQ(json.fields().count("tls_handshake_report"), 0u);

  Cli watch(Command({"watch", name}));
  Cli watch_json(Command({"watch", name, "--json"}));
  ASSERT_TRUE(watch.AwaitOutput(absl::StrCat("open_completed ", target.address(), "\n")))
      << watch.Errors();
  ASSERT_TRUE(watch_json.AwaitOutput("STREAM_EVENT_TYPE_OPEN_COMPLETED")) << watch_json.Errors();

  const CliResult closed = Run({"close", name, "--release"});
  EXPECT_EQ(closed.code, 0) << closed.errors;
  EXPECT_EQ(watch.Wait(), 0) << watch.Errors();
  EXPECT_THAT(watch.Output(), HasSubstr(" released"));
  EXPECT_EQ(watch_json.Wait(), 0);
  connect.EndInput();
  EXPECT_TRUE(connect.Wait().has_value());

  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"show", name}, {"watch", name}, {"close", name}}) {
    const CliResult gone = Run(command);
    EXPECT_EQ(gone.code, 1);
    EXPECT_THAT(gone.errors,
                AllOf(StartsWith(absl::StrCat("streampair: ", name)), HasSubstr("PAIR_NOT_FOUND")));
  }
}

TEST_F(CliPairs, CloseOfOneHalfLeavesTheOther) {
  TcpTarget target(Echo);
  Cli connect(Command({"connect", "127.0.0.1", absl::StrCat(target.port())}));
  connect.Say("hello");
  ASSERT_TRUE(connect.AwaitOutput("hello")) << connect.Errors();
  const std::string name = OnlyName();
  EXPECT_EQ(Run({"close", name, "--half=write"}).code, 0);
  EXPECT_THAT(Run({"show", name}).output, HasSubstr("write         closed"));
  EXPECT_EQ(Run({"close", name}).code, 0);
  connect.EndInput();
  EXPECT_TRUE(connect.Wait().has_value());

  EXPECT_EQ(Run({"close", name, "--half=x"}).code, 2);
  EXPECT_EQ(Run({"close", name, "--half=read", "--release"}).code, 2);
  EXPECT_EQ(Run({"close"}).code, 2);
  EXPECT_EQ(Run({"show"}).code, 2);
  EXPECT_EQ(Run({"watch", name, name}).code, 2);
}

TEST_F(CliPairs, ShowTellsWhatTlsFound) {
  const TlsNames names;
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer tls(connection, names.leaf);
    tls.Write("hello");
    tls.ReadSome();
  });
  Cli connect(Command({"connect", "localhost", absl::StrCat(target.port()), "--tls",
                       "--allow-any-root", "--family=ipv4"}));
  ASSERT_TRUE(connect.AwaitOutput("hello")) << connect.Errors();
  const std::string name = OnlyName();
  EXPECT_THAT(
      Run({"show", name}).output,
      AllOf(HasSubstr("tls           TLS 1.3, TLS_"), HasSubstr("trust         not verified"),
            HasSubstr("fault         "), HasSubstr("(SSL, 0, -98")));
  const Struct json = Json(Run({"show", name, "--json"}).output);
  EXPECT_EQ(json.fields().count("tls_handshake_report"), 1u);
  EXPECT_FALSE(
      json.fields().at("ssl_peer_trust").struct_value().fields().at("trusted").bool_value());
  connect.Signal(SIGTERM);
  EXPECT_EQ(connect.Wait(), 128 + SIGTERM);
}

TEST_F(CliPairs, PingsTheServerAndTargets) {
  const CliResult server = Run({"ping", "--count=2", "--interval=0"});
  EXPECT_EQ(server.code, 0) << server.errors;
  EXPECT_THAT(server.output,
              AllOf(StartsWith(absl::StrCat("server ", server_.address(), ": answered in ")),
                    HasSubstr("\n2 of 2 answered; least ")));

  TcpTarget target(Echo);
  const CliResult there =
      Run({"ping", "127.0.0.1", absl::StrCat(target.port()), "--count=1", "--json"});
  EXPECT_EQ(there.code, 0) << there.errors;
  const size_t line_end = there.output.find('\n');
  const Struct first = Json(there.output.substr(0, line_end));
  EXPECT_EQ(first.fields().at("remote_address").string_value(), target.address());
  EXPECT_GT(first.fields().at("seconds").number_value(), 0);
  EXPECT_EQ(Json(there.output.substr(line_end)).fields().at("answered").number_value(), 1);

  const ClosedPort closed;
  const CliResult refused = Run({"ping", "127.0.0.1", absl::StrCat(closed.port()), "--count=1"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("ECONNREFUSED"), HasSubstr("0 of 1 answered\n")));

  const CliResult nobody =
      RunCli({absl::StrCat("--server=", closed.address()), "ping", "--count=1", "--interval=0"});
  EXPECT_EQ(nobody.code, 3);
  EXPECT_EQ(Run({"ping", "host"}).code, 2);
  EXPECT_EQ(Run({"ping", "--count=0"}).code, 2);
  EXPECT_EQ(Run({"ping", "--interval=x"}).code, 2);
}

TEST_F(CliPairs, TopShowsPairsAndCountsErrors) {
  EXPECT_THAT(Run({"top", "--count=1"}).output,
              HasSubstr(" pairs 0, opening 0, read 0 B/s, written 0 B/s, errors: none\n"));
  TcpTarget target([](TargetConnection& connection) {
    connection.Write("hello");
    connection.ReadExactly(1);
    connection.Reset();
  });
  Cli connect(Command({"connect", "127.0.0.1", absl::StrCat(target.port()), "--label=a=b"}));
  ASSERT_TRUE(connect.AwaitOutput("hello")) << connect.Errors();
  Cli top(Command({"top", "--interval=50ms", "--label=a=b"}));
  Cli json(Command({"top", "--interval=50ms", "--json"}));
  // A few rounds later the server has got their watches too, which were asked for in the first.
  const auto rounds = [](const Cli& cli, absl::string_view text) {
    return std::vector<std::string>(absl::StrSplit(cli.Output(), text)).size() - 1;
  };
  ASSERT_TRUE(WaitUntil([&] { return rounds(top, "pairs 1, ") >= 5; })) << top.Errors();
  ASSERT_TRUE(WaitUntil([&] { return rounds(json, "{\"pairs\":1,") >= 5; })) << json.Errors();
  connect.Say("x");
  EXPECT_EQ(connect.Wait(), 1);
  EXPECT_TRUE(top.AwaitOutput("pairs 0, opening 0, read 0 B/s, written 0 B/s, errors: POSIX 1\n"))
      << top.Output();
  EXPECT_TRUE(json.AwaitOutput("\"errors\":{\"POSIX\":1}")) << json.Output();
  top.Signal(SIGINT);
  EXPECT_EQ(top.Wait(), 128 + SIGINT);
  EXPECT_EQ(Run({"top", "--interval=1ms"}).code, 2);
  EXPECT_EQ(Run({"top", "x"}).code, 2);
}

TEST_F(CliPairs, TopFillsTheScreenOfATerminal) {
  TcpTarget target(Echo);
  Cli connect(Command({"connect", "127.0.0.1", absl::StrCat(target.port()), "--label=a=b"}));
  connect.Say("hello");
  ASSERT_TRUE(connect.AwaitOutput("hello")) << connect.Errors();
  const auto on_terminal = [&](const std::string& no_color) {
    ScratchDir scratch;
    ChildProcess script(
        {.command = {"script", "-qec",
                     absl::StrCat(ProgramPath("clients/cli/streampair"),
                                  " --server=", server_.address(), " top --count=1"),
                     scratch.File("typescript")},
         .environment = {{"TERM", "xterm"}, {"NO_COLOR", no_color}},
         .output = scratch.File("output")});
    EXPECT_EQ(script.Wait(), 0) << script.Output();
    return script.Output();
  };
  const std::string colored = on_terminal("");
  EXPECT_THAT(colored, AllOf(HasSubstr("\033[H"), HasSubstr("pairs 1, opening 0"),
                             HasSubstr("\033[1mTARGET"), HasSubstr("a=b")));
  EXPECT_FALSE(absl::StrContains(on_terminal("1"), "\033[1m"));
}

}  // namespace
}  // namespace streampair::testing
