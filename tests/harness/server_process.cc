#include "tests/harness/server_process.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <signal.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace streampair::testing {
namespace {

constexpr char kReadyFile[] = "ready.json";
constexpr char kUnixSocket[] = "streampaird.sock";

// The TCP address among `key`'s in a ready file; empty while there is none.
std::string BoundAddress(const std::string& path, const char* key = "listen") {
  google::protobuf::Struct ready;
  const std::optional<std::string> text = ReadFile(path);
  if (!text.has_value() || !google::protobuf::util::JsonStringToMessage(*text, &ready).ok()) {
    return "";
  }
  const auto addresses = ready.fields().find(key);
  if (addresses == ready.fields().end()) return "";
  for (const auto& value : addresses->second.list_value().values()) {
    if (!absl::StartsWith(value.string_value(), "unix")) return value.string_value();
  }
  return "";
}

// The sanitizer keeps freed memory aside, a quarter of a gigabyte by default; tests of memory want
// it back.
std::map<std::string, std::string> SanitizerSettings() {
  const char* options = std::getenv("ASAN_OPTIONS");
  if (options == nullptr) return {};
  return {{"ASAN_OPTIONS", absl::StrCat(options, ":quarantine_size_mb=8")}};
}

}  // namespace

std::string ProgramPath(const std::string& path) {
  const char* sources = std::getenv("TEST_SRCDIR");
  const char* workspace = std::getenv("TEST_WORKSPACE");
  if (sources == nullptr || workspace == nullptr) return path;
  return absl::StrCat(sources, "/", workspace, "/", path);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  // Never undone: between two tests gRPC would otherwise end, and wait for a poll of 10 s.
  static const bool kept = (grpc_init(), true);
  static_cast<void>(kept);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  arguments.SetMaxSendMessageSize(64 << 20);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

ServerProcess::ServerProcess(std::vector<std::string> flags) {
  ChildOptions options;
  options.command = {ProgramPath("server/streampaird"),
                     absl::StrCat("--listen=127.0.0.1:0,unix:", kUnixSocket),
                     absl::StrCat("--ready-file=", scratch_.File(kReadyFile)), "--grace=100ms"};
  options.command.insert(options.command.end(), flags.begin(), flags.end());
  options.directory = scratch_.path();
  options.environment = SanitizerSettings();
  options.output = scratch_.File("streampaird.log");
  process_ = std::make_unique<ChildProcess>(options);
  EXPECT_TRUE(WaitUntil([this] {
    address_ = BoundAddress(scratch_.File(kReadyFile));
    return !address_.empty() || !process_->Running();
  }));
  if (address_.empty()) {
    ADD_FAILURE() << "streampaird did not start: " << process_->Output();
    address_ = "127.0.0.1:1";
  }
  channel_ = Connect(address_);
  stub_ = v1::StreamPairService::NewStub(channel_);
}

ServerProcess::~ServerProcess() {
  if (!process_->Running()) return;
  // A server that goes down waits a while for its clients to hang up; nobody would do so for this
  // one.
  stub_.reset();
  channel_.reset();
  EXPECT_EQ(Stop(), 0) << "streampaird did not end well";
}

std::string ServerProcess::unix_address() const {
  return absl::StrCat("unix:", scratch_.ShortPath(kUnixSocket));
}

int ServerProcess::port() const {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address_.substr(address_.rfind(':') + 1), &port));
  return port;
}

std::string ServerProcess::admin_address() const {
  return BoundAddress(scratch_.File(kReadyFile), "admin");
}

std::string ServerProcess::metrics_address() const {
  return BoundAddress(scratch_.File(kReadyFile), "metrics");
}

int ServerProcess::Pairs() {
  int count = 0;
  std::string page;
  do {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    v1::ListStreamPairsRequest request;
    v1::ListStreamPairsResponse response;
    request.set_page_size(1000);
    request.set_page_token(page);
    const grpc::Status status = stub_->ListStreamPairs(&context, request, &response);
    if (!status.ok()) {
      ADD_FAILURE() << "ListStreamPairs: " << status.error_message();
      return -1;
    }
    count += response.stream_pairs_size();
    page = response.next_page_token();
  } while (!page.empty());
  return count;
}

std::optional<int> ServerProcess::Stop(absl::Duration patience) {
  process_->Signal(SIGTERM);
  return process_->Wait(patience);
}

}  // namespace streampair::testing
