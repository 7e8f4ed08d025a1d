// What belongs to the server as a whole: transport, health, reflection, draining, the log.
#include "server/server.h"

#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/testing/loopback_listener.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "server/testing/running_server.h"

namespace streampair {
namespace {

using grpc::StatusCode;

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

// A unary call without its stub, for services whose protos we do not have.
grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                     const std::string& request, std::string* response) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto call = stub.PrepareUnaryCall(&context, method, Buffer(request), &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  if (status.ok()) answer.Dump(&slices);
  response->clear();
  for (const auto& slice : slices) {
    response->append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return status;
}

// grpc.health.v1: the request is field 1 (a string), the answer field 1 (1: SERVING, 2:
// NOT_SERVING).
std::string Health(RunningServer& server, const std::string& service) {
  const std::string request =
      service.empty() ? "" : absl::StrCat("\x0a", std::string(1, service.size()), service);
  std::string answer;
  const grpc::Status status =
      CallRaw(server.channel(), "/grpc.health.v1.Health/Check", request, &answer);
  if (!status.ok()) return absl::StrCat("status ", status.error_code());
  return answer == std::string("\x08\x01", 2) ? "SERVING" : "NOT_SERVING";
}

TEST(Server, ListensOnAllAddresses) {
  RunningServer server;
  const auto& addresses = server.server().addresses();
  ASSERT_EQ(addresses.size(), 2u);
  EXPECT_TRUE(absl::StartsWith(addresses[0], "127.0.0.1:"));
  EXPECT_NE(addresses[0], "127.0.0.1:0");
  EXPECT_TRUE(absl::StartsWith(addresses[1], "unix:/"));
  v1::ExplainErrorResponse response;
  for (auto* stub : {&server.stub(), &server.unix_stub()}) {
    grpc::ClientContext context;
    EXPECT_TRUE(stub->ExplainError(&context, {}, &response).ok());
  }
}

TEST(Server, DoesNotShareAnAddress) {
  RunningServer first;
  ServerOptions options;
  options.listen = {first.server().addresses()[0]};
  SystemClock clock;
  Log log(clock, LogLevel::kOff, LogFormat::kText);
  const auto second = Server::Start(options, log);
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(absl::StrContains(second.error().detail(), options.listen[0]));
}

TEST(Server, ChecksItsOptions) {
  SystemClock clock;
  Log log(clock, LogLevel::kOff, LogFormat::kText);
  for (const auto& change : std::vector<std::function<void(ServerOptions&)>>{
           [](ServerOptions& o) { o.listen = {"0.0.0.0:0"}; },
           [](ServerOptions& o) { o.instance = "Not_Valid"; },
           [](ServerOptions& o) { o.name_key_file = "/no/such/file"; },
           [](ServerOptions& o) { o.name_key_file = "/dev/null"; },
           [](ServerOptions& o) { o.dns_servers = "nonsense"; },
       }) {
    ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    change(options);
    EXPECT_FALSE(Server::Start(options, log).ok());
  }
}

TEST(Server, IsHealthyUntilItDrains) {
  RunningServer server;
  EXPECT_EQ(Health(server, ""), "SERVING");
  EXPECT_EQ(Health(server, "streampair.v1.StreamPairService"), "SERVING");
  EXPECT_EQ(Health(server, "no.such.Service"), absl::StrCat("status ", StatusCode::NOT_FOUND));
  server.server().BeginDrain(absl::Seconds(1));
  EXPECT_EQ(Health(server, ""), "NOT_SERVING");
  EXPECT_EQ(Health(server, "streampair.v1.StreamPairService"), "NOT_SERVING");
}

TEST(Server, OffersReflection) {
  RunningServer server;
  grpc::GenericStub stub(server.channel());
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto wait = [&queue] {
    void* tag;
    bool ok = false;
    queue.Next(&tag, &ok);
    return ok;
  };
  auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  ASSERT_TRUE(wait());
  call->Write(Buffer(std::string("\x3a\x01*", 3)), nullptr);  // list_services.
  ASSERT_TRUE(wait());
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  ASSERT_TRUE(wait());
  std::vector<grpc::Slice> slices;
  answer.Dump(&slices);
  std::string bytes;
  for (const auto& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  EXPECT_TRUE(absl::StrContains(bytes, "streampair.v1.StreamPairService"));
  grpc::Status status;
  call->WritesDone(nullptr);
  wait();
  call->Finish(&status, nullptr);
  wait();
}

TEST(Server, RefusesTooLargeMessagesWithDetails) {
  RunningServer server;
  v1::GetStreamPairRequest request;
  request.set_name(std::string((4 << 20) + 1, 'x'));
  v1::GetStreamPairResponse response;
  grpc::ClientContext context;
  const grpc::Status status = server.stub().GetStreamPair(&context, request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Says(status, StreampairCode::kMessageTooLarge));

  request.set_name(std::string(9 << 20, 'x'));
  grpc::ClientContext larger;
  EXPECT_EQ(server.stub().GetStreamPair(&larger, request, &response).error_code(),
            StatusCode::RESOURCE_EXHAUSTED);
}

TEST(Server, DrainsInOrder) {
  RunningServer server;
  const LoopbackListener target;
  const std::string name = server.MustCreate(target.endpoint()).name();
  server.server().BeginDrain(absl::Seconds(10));

  v1::CreateStreamPairRequest request;
  *request.mutable_spec() = SpecTo(target.endpoint());
  v1::CreateStreamPairResponse response;
  grpc::ClientContext context;
  const grpc::Status refused = server.stub().CreateStreamPair(&context, request, &response);
  EXPECT_EQ(refused.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Says(refused, StreampairCode::kDraining));
  EXPECT_TRUE(server.Open(name).ok()) << "pairs that live go on";
  EXPECT_EQ(server.server().pairs(), 1u);

  grpc::ClientContext read_context;
  v1::ReadRequest read;
  read.set_name(name);
  auto reader = server.stub().Read(&read_context, read);
  reader->WaitForInitialMetadata();
  server.server().Stop(absl::Seconds(5));
  const grpc::Status ended = reader->Finish();
  EXPECT_EQ(ended.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Says(ended, StreampairCode::kDraining));
  EXPECT_EQ(server.server().pairs(), 0u);
}

TEST(Server, StopsWithCallsUnderWay) {
  RunningServer server;
  const SilentListener silent;
  const std::string name = server.MustCreate(silent.endpoint()).name();
  std::thread call([&] { EXPECT_FALSE(server.Open(name).ok()); });
  EXPECT_TRUE(
      Eventually([&] { return server.MustGet(name).read_status() == v1::STREAM_STATUS_OPENING; }));
  server.server().Stop(absl::ZeroDuration());
  call.join();
}

TEST(Server, LogsAPairsLife) {
  RunningServer server;
  const LoopbackListener target;
  v1::CreateStreamPairRequest create;
  *create.mutable_spec() = SpecTo(target.endpoint());
  v1::CreateStreamPairResponse created;
  grpc::ClientContext context;
  context.AddMetadata("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  ASSERT_TRUE(server.stub().CreateStreamPair(&context, create, &created).ok());
  const std::string name = created.stream_pair().name();
  ASSERT_TRUE(server.Open(name).ok());
  v1::DeleteStreamPairRequest remove;
  remove.set_name(name);
  v1::DeleteStreamPairResponse removed;
  grpc::ClientContext remove_context;
  ASSERT_TRUE(server.stub().DeleteStreamPair(&remove_context, remove, &removed).ok());

  ASSERT_TRUE(Eventually([&] { return server.LogLines(" pair_closed ").size() == 1; }));
  const std::string opened = server.LogLines(" pair_opened ").at(0);
  EXPECT_TRUE(absl::StrContains(opened, absl::StrCat("pair=", name))) << opened;
  EXPECT_TRUE(absl::StrContains(opened, "principal=anonymous")) << opened;
  EXPECT_TRUE(absl::StrContains(opened, "trace_id=4bf92f3577b34da6a3ce929d0e0e4736")) << opened;
  EXPECT_TRUE(absl::StrContains(opened, absl::StrCat("remote=", target.endpoint().ToString())));
  const std::string closed = server.LogLines(" pair_closed ").at(0);
  EXPECT_TRUE(absl::StrContains(closed, "bytes_read=0 bytes_written=0 duration_ms=")) << closed;
  EXPECT_TRUE(absl::StrContains(closed, "end_kind=deleted error_domain=Streampair error_code=16"))
      << closed;
}

}  // namespace
}  // namespace streampair
