#include "server/testing/running_server.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/check.h"
#include "google/rpc/status.pb.h"
#include "grpc/grpc.h"

namespace streampair {
namespace {

ServerOptions Listening(ServerOptions options) {
  // Not in the test's own folder, whose path may be longer than a unix address. By chance and not
  // by process id: tests that run beside each other share /tmp and have the same ids.
  absl::BitGen chance;
  options.listen = {"127.0.0.1:0", absl::StrCat("unix:/tmp/streampair_test.",
                                                absl::Hex(absl::Uniform<uint64_t>(chance)))};
  return options;
}

template <typename Message>
Message DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  Message message;
  SP_CHECK(details.ParseFromString(status.error_details()));
  for (const auto& any : details.details()) {
    if (any.UnpackTo(&message)) return message;
  }
  return message;
}

}  // namespace

RunningServer::RunningServer(ServerOptions options)
    : log_(clock_, LogLevel::kDebug, LogFormat::kText, [this](const std::string& line) {
        absl::MutexLock lock(&mu_);
        lines_.push_back(line);
      }) {
  grpc_init();  // Never undone, as in main: its end may sit in a poll of 10 s.
  auto server = Server::Start(Listening(std::move(options)), log_);
  SP_CHECK(server.ok());
  server_ = *std::move(server);
  const auto credentials = grpc::InsecureChannelCredentials();
  channel_ = grpc::CreateChannel(server_->addresses()[0], credentials);
  stub_ = v1::StreamPairService::NewStub(channel_);
  unix_stub_ =
      v1::StreamPairService::NewStub(grpc::CreateChannel(server_->addresses()[1], credentials));
}

RunningServer::~RunningServer() {
  const std::string path = server_->addresses()[1].substr(5);
  server_.reset();
  unlink(path.c_str());
}

std::vector<std::string> RunningServer::LogLines(const std::string& text) {
  absl::MutexLock lock(&mu_);
  std::vector<std::string> found;
  for (const std::string& line : lines_) {
    if (absl::StrContains(line, text)) found.push_back(line);
  }
  return found;
}

v1::StreamPair RunningServer::MustCreate(const v1::StreamPairSpec& spec) {
  v1::CreateStreamPairRequest request;
  *request.mutable_spec() = spec;
  v1::CreateStreamPairResponse response;
  grpc::ClientContext context;
  const grpc::Status status = stub_->CreateStreamPair(&context, request, &response);
  SP_CHECK(status.ok());
  return response.stream_pair();
}

v1::StreamPair RunningServer::MustCreate(const Endpoint& target) {
  return MustCreate(SpecTo(target));
}

v1::StreamPair RunningServer::MustGet(const std::string& name) {
  v1::GetStreamPairRequest request;
  request.set_name(name);
  v1::GetStreamPairResponse response;
  grpc::ClientContext context;
  const grpc::Status status = stub_->GetStreamPair(&context, request, &response);
  SP_CHECK(status.ok());
  return response.stream_pair();
}

grpc::StatusCode RunningServer::GetCode(const std::string& name) {
  v1::GetStreamPairRequest request;
  request.set_name(name);
  v1::GetStreamPairResponse response;
  grpc::ClientContext context;
  return stub_->GetStreamPair(&context, request, &response).error_code();
}

grpc::Status RunningServer::Open(const std::string& name, v1::Half half) {
  v1::OpenStreamRequest request;
  request.set_name(name);
  request.set_half(half);
  v1::OpenStreamResponse response;
  grpc::ClientContext context;
  return stub_->OpenStream(&context, request, &response);
}

v1::StreamPairSpec SpecTo(const Endpoint& target) {
  v1::StreamPairSpec spec;
  spec.mutable_target()->mutable_address()->set_address(target.address.ToString());
  spec.mutable_target()->mutable_address()->set_port(target.port);
  return spec;
}

v1::StreamError StreamErrorOf(const grpc::Status& status) {
  return DetailOf<v1::StreamError>(status);
}

google::rpc::BadRequest BadRequestOf(const grpc::Status& status) {
  return DetailOf<google::rpc::BadRequest>(status);
}

bool Says(const grpc::Status& status, StreampairCode code) {
  const v1::StreamError error = StreamErrorOf(status);
  return error.domain() == v1::ERROR_DOMAIN_STREAMPAIR && error.code() == static_cast<int>(code);
}

bool Eventually(const std::function<bool()>& condition) {
  for (const absl::Time end = absl::Now() + absl::Seconds(10); absl::Now() < end;) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return condition();
}

}  // namespace streampair
