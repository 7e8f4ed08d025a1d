// streampair: the command-line client.
#include <grpc/support/log.h>
#include <malloc.h>
#include <stdlib.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "clients/cli/command_line.h"
#include "clients/cli/commands.h"
#include "clients/cli/option_values.h"
#include "clients/cli/report.h"
#include "clients/cli/settings.h"
#include "clients/cli/signals.h"
#include "clients/cli/small_file.h"
#include "clients/cpp/client.h"
#include "clients/cpp/version.h"

namespace streampair::cli {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:7450";

struct Command {
  CommandSpec (*spec)();
  int (*run)(const Invocation&);
  bool takes_signals = false;  // Others leave nothing behind when they are interrupted.
};
constexpr Command kCommands[] = {
    {ConnectSpec, Connect, true},
    {SocksSpec, Socks, true},
    {ForwardSpec, Forward, true},
    {ListSpec, List},
    {ShowSpec, Show},
    {WatchSpec, Watch},
    {CloseSpec, Close},
    {TopSpec, Top},
    {PingSpec, Ping},
    {ExplainSpec, Explain},
    {PolicySpec, Policy},
};

// Those that only print what the program knows of itself.
struct Script {
  CommandSpec (*spec)();
  int (*run)(const ProgramSpec&, const CommandLine&);
};
constexpr Script kScripts[] = {{CompletionSpec, Completion}, {ManualSpec, Manual}};

ProgramSpec Program() {
  std::vector<CommandSpec> commands;
  for (const Command& command : kCommands) commands.push_back(command.spec());
  for (const Script& script : kScripts) commands.push_back(script.spec());
  return {
      .name = "streampair",
      .summary = "Opens TCP stream pairs through a Streampair server.",
      .options =
          {
              {"server", "ADDRESS",
               absl::StrCat("The server: HOST:PORT, [IPV6]:PORT or unix:/PATH. Default: ",
                            kDefaultServer, ".")},
              {"server-ca", "FILE",
               "Speak TLS to the server, and trust these roots (PEM). Empty: the system's.", false,
               "file"},
              {"server-cert", "FILE", "A certificate to show to the server, with its chain (PEM).",
               false, "file"},
              {"server-key", "FILE", "Its private key (PEM).", false, "file"},
              {"server-name", "NAME",
               "The name that the server's certificate has to have. Default: that of --server."},
              {"json", "",
               "For scripts: results as JSON on standard output; the outcome of connect, the "
               "events of socks and forward, and every failure, as one JSON object each on "
               "standard error."},
              {"config", "FILE", "Settings to read instead of the usual file.", false, "file"},
          },
      .commands = std::move(commands),
      .sections =
          {
              {"Environment",
               {{"STREAMPAIR_OPTION",
                 "What --option would say: STREAMPAIR_SERVER_CA is --server-ca of every command, "
                 "STREAMPAIR_CONNECT_LABEL --label of connect. The command line comes first."},
                {"NO_COLOR", "No colours, also at a terminal."}}},
              {"Files",
               {{"~/.config/streampair/config.yaml",
                 "What neither the command line nor the environment say: 'server: HOST:PORT' and "
                 "the other options of every command, and 'connect: {label: [a=b]}' for those of "
                 "one. Another file is --config=FILE. XDG_CONFIG_HOME counts."}}},
              {"Exit codes",
               {{"0", "All went well."},
                {"1", "The pair failed, or the server refused."},
                {"2", "The command line is wrong, or what stands in for it."},
                {"3", "The server cannot be reached, or the connection to it was lost."},
                {"4", "Standard input or output failed, or a local address cannot be listened on."},
                {"128 + N", "Ended by signal N; 141 if the reader of standard output has gone."}}},
          },
  };
}

// Data passes in slices of 64 KiB and more. By default malloc maps and unmaps each of them, which
// costs more than moving their bytes: with these settings gRPC carries about three times as much.
// One arena, because slices are freed by other threads than those that allocate them. Debian's
// Abseil looks for deadlocks at every lock, gRPC's included; optimised builds do without.
void TuneProcess() {
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, 4 << 20);
  mallopt(M_ARENA_MAX, 1);
#ifdef NDEBUG
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
}

// gRPC's own messages would stand beside the one line that says it all. Whoever asks for them gets
// them.
void SilenceGrpc() {
  if (getenv("GRPC_VERBOSITY") == nullptr && getenv("GRPC_TRACE") == nullptr) {
    gpr_set_log_function([](gpr_log_func_args*) {});
  }
}

std::string Variable(const std::string& name) {
  const char* const value = getenv(name.c_str());
  return value == nullptr ? "" : value;
}

// TLS to the server is spoken as soon as an option is about it.
bool ReadServerTls(const CommandLine& line, std::optional<client::ServerTls>* tls,
                   std::string* complaint) {
  if (line.Has("server-cert") != line.Has("server-key")) {
    *complaint = "--server-cert and --server-key go together";
    return false;
  }
  if (!line.Has("server-ca") && !line.Has("server-cert") && !line.Has("server-name")) return true;
  client::ServerTls& made = tls->emplace();
  made.name = line.Value("server-name").value_or("");
  for (auto [option, place] :
       {std::pair("server-ca", &made.roots), std::pair("server-cert", &made.certificate),
        std::pair("server-key", &made.key)}) {
    const std::string path = line.Value(option).value_or("");
    if (path.empty()) continue;
    std::optional<std::string> text = ReadSmallFile(path, complaint);
    if (!text) return false;
    *place = *std::move(text);
  }
  return true;
}

int Run(const ProgramSpec& program, CommandLine line) {
  for (const Script& script : kScripts) {
    if (script.spec().name == line.command->name) return script.run(program, line);
  }
  std::string complaint;
  SettingSources settings{.environment = Variable};
  if (!ReadSettingsFile(line, &settings, &complaint) ||
      !AddSettings(program, settings, &line, &complaint)) {
    return RefuseUsage(line, complaint);
  }
  const std::string server = line.Value("server").value_or(kDefaultServer);
  if (const std::optional<std::string> wrong = ServerComplaint(server)) {
    return RefuseUsage(line, *wrong);
  }
  client::ClientOptions options;
  options.user_agent = absl::StrCat("streampair/", client::kVersion);
  if (!ReadServerTls(line, &options.tls, &complaint)) return RefuseUsage(line, complaint);
  const std::unique_ptr<client::Client> client = client::Client::Make(server, options);
  const Invocation invocation{line, *client, server, line.Has("json")};
  for (const Command& command : kCommands) {
    if (command.spec().name != line.command->name) continue;
    if (!command.takes_signals) UnblockSignals();
    return command.run(invocation);
  }
  return kUsage;  // Never: the command line knows these commands only.
}

int Main(int argc, char** argv) {
  const ProgramSpec program = Program();
  const CommandLine line = ReadCommandLine(program, absl::MakeSpan(argv + 1, argc - 1));
  switch (line.action) {
    case CommandLine::Action::kShowHelp:
      std::cout << HelpText(program, line.command);
      break;
    case CommandLine::Action::kShowVersion:
      std::cout << "streampair " << client::kVersion << "\n";
      break;
    case CommandLine::Action::kRefuse:
      return RefuseUsage(line, line.complaint);
    case CommandLine::Action::kRun: {
      const int code = Run(program, line);
      if (code != kOk) return code;
      break;
    }
  }
  std::cout.flush();
  if (std::cout.good()) return kOk;
  std::cerr << "streampair: standard output cannot be written.\n";
  return kLocal;
}

}  // namespace

int RefuseUsage(const CommandLine& line, const std::string& complaint) {
  std::cerr << "streampair: " << Printable(complaint) << ". See streampair "
            << (line.command == nullptr ? "" : absl::StrCat(line.command->name, " "))
            << "--help.\n";
  return kUsage;
}

int Invocation::Fail(int code, const client::StreamError& error, const std::string& what) const {
  if (json) {
    JsonObject object;
    object.Add("outcome", "failed").Add("exit_code", int64_t{code}).Add("error", ErrorJson(error));
    std::cerr << object.ToString() << "\n";
  } else {
    std::cerr << "streampair: " << Explanation(error, what, server) << "\n";
  }
  return code;
}

}  // namespace streampair::cli

int main(int argc, char** argv) {
  streampair::cli::TuneProcess();
  streampair::cli::BlockSignals();
  streampair::cli::SilenceGrpc();
  return streampair::cli::Main(argc, argv);
}
