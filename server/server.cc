#include "server/server.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "core/base/streampair_errors.h"
#include "core/resolve/name_servers.h"
#include "google/protobuf/util/message_differencer.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/security/server_credentials.h"
#include "server/caller.h"
#include "server/caller_pairs.h"
#include "server/callers/known_callers.h"
#include "server/config/admin_config.h"
#include "server/config/callers_config.h"
#include "server/config/config_file.h"
#include "server/config/policy_config.h"
#include "server/config/quota_config.h"
#include "server/config/record_config.h"
#include "server/grpc_transport.h"
#include "server/policy/live_pairs.h"
#include "server/policy/own_listeners.h"
#include "server/status_map.h"
#include "server/tls_surroundings.h"
#include "server/transport_security.h"
#include "server/version.h"

namespace streampair {
namespace {

constexpr absl::Duration kRequestIdMemory = absl::Minutes(10);
constexpr size_t kMaxRequestIds = 65536;

size_t HalfTheCores() { return std::max<size_t>(1, std::thread::hardware_concurrency() / 2); }

const char* NameOf(ParkedSockets::End why) {
  switch (why) {
    case ParkedSockets::End::kAdopted:
      return "adopted";
    case ParkedSockets::End::kPeerClosed:
      return "peer_closed";
    case ParkedSockets::End::kExpired:
      return "expired";
    case ParkedSockets::End::kServerStopped:
      return "server_stopped";
  }
  return "";  // Not reached: the switch is complete.
}

SpecRules RulesFrom(const ServerOptions& options) {
  SpecRules rules;
  rules.option_defaults.dial.connect_timeout = options.connect_timeout;
  rules.option_defaults.dial.receive_buffer = static_cast<int>(options.target_receive_buffer);
  rules.option_defaults.dial.send_buffer = static_cast<int>(options.target_send_buffer);
  rules.max_hold = options.max_hold;
  if (options.allow_numeric_short_forms) rules.short_forms = ShortForms::kAllowed;
  return rules;
}

Result<PairNamer> MakeNamer(const ServerOptions& options) {
  std::string key = PairNamer::RandomKey();
  if (!options.name_key_file.empty()) {
    std::ifstream file(options.name_key_file, std::ios::binary);
    if (!file)
      return InvalidRequest(
          absl::StrCat("--name-key-file ", options.name_key_file, ": cannot be read"));
    key.assign(std::istreambuf_iterator<char>(file), {});
    key = std::string(absl::StripSuffix(key, "\n"));
  }
  return PairNamer::Make(options.instance.empty() ? PairNamer::RandomInstance() : options.instance,
                         std::move(key));
}

TransferSettings TransferSettingsFrom(const ServerOptions& options) {
  TransferSettings settings;
  settings.window = static_cast<uint32_t>(options.window);
  // Most of the quota is left for what gRPC is receiving and sending.
  settings.keeper = std::make_shared<SliceKeeper>(options.memory_quota / 4);
  settings.heartbeat = options.heartbeat;
  settings.end_wait = options.end_wait;
  return settings;
}

}  // namespace

Server::Server(const ServerOptions& options, Log& log)
    : options_(options),
      log_(log),
      metrics_(options.metrics.empty() ? nullptr
                                       : std::make_unique<ServerMetrics>(clock_, kVersion)),
      quotas_(options.config.empty()
                  ? nullptr
                  : std::make_unique<QuotaBook>(
                        clock_.Now(), metrics_ == nullptr ? nullptr : &metrics_->quotas())),
      judge_(policies_, log, decisions_, metrics_ == nullptr ? nullptr : &metrics_->policy()),
      gate_(clock_, log, !options.tls_cert.empty()),
      rules_(RulesFrom(options)),
      request_ids_(clock_, kRequestIdMemory, kMaxRequestIds),
      pair_log_(log, clock_),
      health_({v1::StreamPairService::service_full_name()}) {}

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Log& log) {
  if (auto error = CheckOptions(options)) return *std::move(error);
  std::unique_ptr<Server> server(new Server(options, log));
  if (auto error = server->BuildCore()) return *std::move(error);
  if (auto error = server->Listen()) return *std::move(error);
  return server;
}

std::optional<Error> Server::BuildCore() {
  auto tls = MakeTlsSurroundings(options_);
  if (!tls.ok()) return tls.error();
  rules_.option_defaults.tls_surroundings = *std::move(tls);

  auto loops = LoopGroup::Start(options_.loops == 0 ? HalfTheCores() : options_.loops);
  if (!loops.ok()) return loops.error();
  loops_ = *std::move(loops);

  CaresOptions dns;
  auto servers = ParseNameServers(options_.dns_servers);
  if (!servers.ok()) return servers.error();
  dns.servers = *std::move(servers);
  dns.try_timeout = options_.dns_timeout;
  dns.tries = options_.dns_tries;
  for (size_t i = 0; i < loops_->size(); ++i) {
    auto station =
        LoopStation::Make(loops_->loop(i), no_policy_, avahi_, dns, {options_.dns_cache_ttl});
    if (!station.ok()) return station.error();
    stations_.push_back(*std::move(station));
  }

  auto namer = MakeNamer(options_);
  if (!namer.ok()) return namer.error();
  namer_ = *std::move(namer);
  parked_ = std::make_unique<ParkedSockets>(
      loops_->Next(),
      ParkedSockets::Limits{options_.max_parked, options_.max_parked_per_caller,
                            options_.parking_grace},
      [this](const std::string& principal, const std::string& token, ParkedSockets::End why) {
        log_.Write(LogLevel::kInfo, LogLine("parked_socket_ended")
                                        .Add("socket", token)
                                        .Add("principal", principal)
                                        .Add("end_kind", NameOf(why)));
      });
  registry_ = std::make_unique<PairRegistry>(
      *namer_, options_.max_pairs,
      [this](const std::string& principal) { return EnvironmentFor(principal); });
  return std::nullopt;
}

StreamPair::Environment Server::EnvironmentFor(const std::string& principal) {
  LoopStation& station = *stations_[next_station_.fetch_add(1) % stations_.size()];
  return {.loop = &station.loop(),
          .dialer = &station.dialer(),
          .clock = &clock_,
          .resolver = &station.resolver(),
          .policy = &judge_,
          .parked = parked_.get(),
          .census = metrics_ == nullptr ? nullptr : &metrics_->census(),
          .account = quotas_ == nullptr ? nullptr : quotas_->AccountOf(principal, clock_.Now())};
}

void Server::MakeServices() {
  const ServiceState state{*registry_,       rules_,    judge_,         gate_,
                           request_ids_,     pair_log_, metrics_.get(), pair_record_.get(),
                           options_.end_wait};
  service_ = std::make_unique<StreamPairService>(state);
  transfer_ = std::make_unique<TransferCalls>(
      [this](grpc::ServerContext* context, auto* stream, grpc::ServerCompletionQueue* queue,
             void* tag) { service_->RequestTransfer(context, stream, queue, queue, tag); },
      [this, state, settings = TransferSettingsFrom(options_)](
          std::shared_ptr<MessageStream> stream,
          const grpc::ServerContext& context) -> std::shared_ptr<TransferSession> {
        Result<Caller> caller = gate_.Admit(context);
        if (!caller.ok()) {
          stream->Finish(ToStatus(caller.error()));
          return nullptr;
        }
        return std::make_shared<TransferSession>(
            std::move(stream), std::make_shared<CallerPairs>(state, *std::move(caller)),
            loops_->Next(), settings);
      });
}

std::optional<Error> Server::Listen() {
  // A file with faults is told of before anybody can connect.
  config::v1::Config config;
  ConfigComplaints complaints(options_.config);
  if (!options_.config.empty()) ReadConfigFile(options_.config, complaints, config);
  if (!complaints.empty()) return InvalidRequest(complaints.ToString());
  if (auto error = StartRecord(config)) return error;

  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetTransport(options_.memory_quota, builder);

  auto tcp = TcpCredentials(options_);
  if (!tcp.ok()) return tcp.error();
  std::vector<int> ports(options_.listen.size(), -1);
  for (size_t i = 0; i < ports.size(); ++i) {
    auto address = ListenAddress(options_.listen[i], MayListenBeyondLoopback(options_));
    if (!address.ok()) return address.error();
    addresses_.push_back(*address);
    // Whoever may open a Unix socket is known by that.
    const bool is_tcp = !absl::StartsWith(*address, "unix:");
    builder.AddListeningPort(*address, is_tcp ? *tcp : grpc::InsecureServerCredentials(),
                             &ports[i]);
  }

  MakeServices();
  builder.RegisterService(service_.get());
  builder.RegisterService(&health_);
  queues_ = std::make_unique<CallQueues>(builder,
                                         options_.queues == 0 ? HalfTheCores() : options_.queues);

  grpc_ = builder.BuildAndStart();
  for (size_t i = 0; i < ports.size(); ++i) {
    if (grpc_ == nullptr || ports[i] <= 0) {
      return InvalidRequest(absl::StrCat("cannot listen on ", absl::StrJoin(addresses_, ", ")));
    }
    addresses_[i] = BoundAddress(addresses_[i], ports[i]);
  }
  if (auto error = ServeMetrics()) return error;
  if (auto error = ListenForOperators(config)) return error;
  // Before anybody is served, and once it is known where we listen ourselves.
  if (!options_.config.empty()) {
    absl::MutexLock lock(&reload_mu_);
    Apply(std::move(config), complaints);
    if (!complaints.empty()) return InvalidRequest(complaints.ToString());
  }
  health_.Serve(*queues_);
  service_->Serve(*queues_);
  transfer_->Serve(*queues_);
  queues_->Start();
  if (admin_ != nullptr) admin_->Serve();
  return std::nullopt;
}

std::optional<Error> Server::ServeMetrics() {
  if (metrics_ == nullptr) return std::nullopt;
  auto endpoint = MetricsEndpoint(options_);
  if (!endpoint.ok()) return endpoint.error();
  auto bound = metrics_->Serve(*endpoint);
  if (!bound.ok()) return bound.error();
  metrics_address_ = bound->ToString();
  return std::nullopt;
}

std::optional<Error> Server::StartRecord(const config::v1::Config& config) {
  ConfigComplaints complaints(options_.config);
  const auto settings = RecordFromConfig(config, complaints);
  if (!complaints.empty()) return InvalidRequest(complaints.ToString());
  if (!settings) return std::nullopt;
  record_writer_ = std::make_unique<RecordWriter>(*settings, clock_, log_);
  pair_record_ = std::make_unique<PairRecord>(*record_writer_, decisions_, clock_);
  decisions_.SetGate([this] { return record_writer_->MayOpen(); });
  return std::nullopt;
}

std::optional<Error> Server::ListenForOperators(const config::v1::Config& config) {
  ConfigComplaints complaints(options_.config);
  const auto settings = AdminFromConfig(config, complaints);
  if (!complaints.empty()) return InvalidRequest(complaints.ToString());
  if (!settings) return std::nullopt;
  auto listener =
      AdminListener::Make(*settings, {*registry_, running_config_, options_.config,
                                      settings->principals, log_, [this] { return Reload(); }});
  if (!listener.ok()) return listener.error();
  admin_ = *std::move(listener);
  return std::nullopt;
}

std::vector<std::string> Server::admin_addresses() const {
  return admin_ == nullptr ? std::vector<std::string>() : admin_->addresses();
}

void Server::Apply(config::v1::Config config, ConfigComplaints& complaints) {
  std::vector<std::string> own = addresses_;
  for (const std::string& address : admin_addresses()) own.push_back(address);
  if (!metrics_address_.empty()) own.push_back(metrics_address_);
  std::shared_ptr<const Policy> policy = PolicyFromConfig(config, OwnListeners(own), complaints);
  QuotaRules quotas = QuotasFromConfig(config, complaints);
  std::shared_ptr<const KnownCallers> callers = CallersFromConfig(config, complaints);
  const auto running = running_config_.Get().config;
  using google::protobuf::util::MessageDifferencer;
  const char* restart = "is not what the server was started with; a change takes a restart";
  if (running != nullptr && !MessageDifferencer::Equals(running->admin(), config.admin())) {
    complaints.Add("admin", restart);
  }
  if (running != nullptr && !MessageDifferencer::Equals(running->record(), config.record())) {
    complaints.Add("record", restart);
  }
  // Whoever is asked for a token would be served without one after a file was cut short.
  if (running != nullptr && running->has_callers() && !config.has_callers()) {
    complaints.Add("",
                   "callers is missing, and the server knows some; to do without takes a restart");
  }
  if (callers == nullptr && NeedsTokens(options_)) {
    complaints.Add("", "callers is missing, and --listen names an address beyond loopback");
  }
  if (!complaints.empty() || policy == nullptr) return;
  const size_t rules = policy->source().rules.size() + policy->source().global_denials.size();
  const size_t tokens = callers == nullptr ? 0 : callers->tokens();
  gate_.Set(std::move(callers));
  if (quotas_ != nullptr) quotas_->SetRules(std::move(quotas), clock_.Now());
  const uint64_t generation = policies_.Set(std::move(policy));
  if (metrics_ != nullptr) metrics_->policy().OnLoaded(generation);
  running_config_.Set({std::make_shared<const config::v1::Config>(std::move(config)), generation,
                       clock_.WallNow()});
  log_.Write(LogLevel::kInfo, LogLine("config_loaded")
                                  .Add("file", options_.config)
                                  .Add("generation", static_cast<int64_t>(generation))
                                  .Add("rules", static_cast<int64_t>(rules))
                                  .Add("tokens", static_cast<int64_t>(tokens)));
}

ReloadOutcome Server::Reload() {
  absl::MutexLock lock(&reload_mu_);
  ConfigComplaints complaints(options_.config);
  config::v1::Config config;
  if (options_.config.empty()) {
    complaints.Add("", "there is no --config to read again");
  } else {
    ReadConfigFile(options_.config, complaints, config);
  }
  if (complaints.empty()) Apply(std::move(config), complaints);
  const ReloadOutcome outcome{complaints.empty(), policies_.Get().generation, complaints.Lines()};
  if (outcome.loaded) {
    if (record_writer_ != nullptr) record_writer_->Reopen();
    JudgeLivePairs(*registry_, judge_, *loops_, options_.grace, log_);
  } else {
    if (metrics_ != nullptr) metrics_->policy().OnRejected();
    log_.Write(LogLevel::kError,
               LogLine("config_rejected").AddError(InvalidRequest(complaints.ToString())));
  }
  return outcome;
}

void Server::BeginDrain(absl::Duration grace) {
  health_.SetServing(false);
  if (metrics_ != nullptr) metrics_->SetDraining();
  registry_->StopCreating();
  transfer_->Drain(grace);
}

void Server::Stop(absl::Duration wait) {
  if (stopped_ || registry_ == nullptr) return;
  stopped_ = true;
  registry_->StopCreating();
  // Cut and not finished: a FIN would tell the target that the client had said all.
  registry_->ReleaseAll(/*reset=*/true, Draining("the server is going down"));
  if (admin_ != nullptr) admin_->Stop();
  parked_->Clear();
  if (grpc_ != nullptr) {
    const absl::Duration bounded = std::min(wait, absl::Hours(1));
    grpc_->Shutdown(absl::ToChronoTime(absl::Now() + bounded));
  }
  if (queues_ != nullptr) queues_->Shutdown();
  if (metrics_ != nullptr) metrics_->StopServing();
  grpc_.reset();
}

Server::~Server() { Stop(absl::ZeroDuration()); }

}  // namespace streampair
