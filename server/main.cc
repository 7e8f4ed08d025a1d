// streampaird: the server's process. Exit codes: 0 ended in order, 1 could not start or run (or
// --check-config found faults), 2
// wrong command line.
#include <grpc/grpc.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "server/config/admin_config.h"
#include "server/config/callers_config.h"
#include "server/config/config_file.h"
#include "server/config/policy_config.h"
#include "server/config/quota_config.h"
#include "server/config/record_config.h"
#include "server/flags.h"
#include "server/grpc_log.h"
#include "server/log.h"
#include "server/process_tuning.h"
#include "server/ready_file.h"
#include "server/server.h"
#include "server/signal_waiter.h"

namespace streampair {
namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

int Fail(Log& log, const char* what, const Error& error) {
  log.Write(LogLevel::kError, LogLine(what).AddError(error));
  return kFailure;
}

// Lets the pairs that live end by themselves, until the grace is over or a second signal comes.
void Drain(Server& server, const ServerOptions& options, SignalWaiter& signals, Log& log) {
  log.Write(LogLevel::kInfo,
            LogLine("draining").Add("pairs", static_cast<int64_t>(server.pairs())));
  server.BeginDrain(options.grace);
  const absl::Time end = absl::Now() + options.grace;
  bool hurry = false;
  while (!hurry && server.pairs() > 0 && absl::Now() < end) {
    hurry = signals.Wait(absl::Milliseconds(50)) == SignalWaiter::Request::kStop;
  }
  log.Write(LogLevel::kInfo,
            LogLine("stopping").Add("pairs", static_cast<int64_t>(server.pairs())));
  server.Stop(hurry ? absl::ZeroDuration() : options.end_wait);
}

int Serve(const ServerOptions& options) {
  signal(SIGPIPE, SIG_IGN);  // Whoever reads the log may go.
  const SystemClock clock;
  Log log(clock, options.log_level, options.log_format);
  SendGrpcMessagesTo(log);
  auto signals = SignalWaiter::Make();
  if (!signals.ok()) return Fail(log, "cannot_start", signals.error());
  // Never undone: gRPC's last act would be to join a thread that may sit in a poll of 10 s (its
  // backup poller, begun by a write that had to wait), and a server that has stopped could not
  // leave. After the signals are blocked, since it starts threads.
  grpc_init();
  auto server = Server::Start(options, log);
  if (!server.ok()) return Fail(log, "cannot_start", server.error());

  log.Write(LogLevel::kInfo,
            LogLine("listening")
                .Add("addresses", absl::StrJoin((*server)->addresses(), ","))
                .AddUnlessEmpty("admin", absl::StrJoin((*server)->admin_addresses(), ","))
                .AddUnlessEmpty("metrics", (*server)->metrics_address())
                .Add("pid", int64_t{getpid()}));
  if (!options.ready_file.empty()) {
    const auto written = WriteReadyFile(
        options.ready_file, ReadyText(getpid(), (*server)->addresses(),
                                      (*server)->admin_addresses(), (*server)->metrics_address()));
    if (!written.ok()) return Fail(log, "cannot_start", written.error());
  }
  while (signals->Wait(absl::InfiniteDuration()) == SignalWaiter::Request::kReload) {
    (*server)->Reload();  // Says itself how it went.
  }
  Drain(**server, options, *signals, log);
  server->reset();
  log.Write(LogLevel::kInfo, LogLine("stopped"));
  return 0;
}

int CheckConfig(const std::string& path) {
  ConfigComplaints complaints(path);
  config::v1::Config config;
  ReadConfigFile(path, complaints, config);
  std::shared_ptr<const Policy> policy;
  if (complaints.empty()) {
    AdminFromConfig(config, complaints);
    QuotasFromConfig(config, complaints);
    RecordFromConfig(config, complaints);
    CallersFromConfig(config, complaints);
    policy = PolicyFromConfig(config, {}, complaints);
  }
  if (policy == nullptr || !complaints.empty()) {
    std::cerr << complaints.ToString() + "\n";
    return kFailure;
  }
  std::cout << absl::StrCat(
      path, ": fine: ", policy->source().rules.size() + policy->source().global_denials.size(),
      " rules, ", policy->source().exemptions.size(), " exemptions\n");
  return 0;
}

int Main(int argc, char** argv) {
  const CommandLine line = ReadCommandLine(absl::MakeSpan(argv + 1, argc - 1));
  switch (line.action) {
    case CommandLine::Action::kServe:
      return Serve(line.options);
    case CommandLine::Action::kCheckConfig:
      return CheckConfig(line.options.config);
    case CommandLine::Action::kShowHelp:
      std::cout << HelpText();
      return 0;
    case CommandLine::Action::kShowVersion:
      std::cout << VersionText() << "\n";
      return 0;
    case CommandLine::Action::kRefuse:
      break;
  }
  std::cerr << "streampaird: " << line.complaint << "\nSee streampaird --help.\n";
  return kUsage;
}

}  // namespace
}  // namespace streampair

int main(int argc, char** argv) {
  streampair::TuneProcess();
  return streampair::Main(argc, argv);
}
