// streampaird as a program: its flags, its exit codes, and the services beside the main one.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Runs streampaird with flags that should make it end by itself.
struct Outcome {
  int code = -1;
  std::string output;
};
Outcome RunServer(std::vector<std::string> flags) {
  ScratchDir scratch;
  flags.insert(flags.begin(), ProgramPath("server/streampaird"));
  ChildProcess process(
      {.command = flags, .directory = scratch.path(), .output = scratch.File("output")});
  const std::optional<int> code = process.Wait();
  EXPECT_TRUE(code.has_value()) << "it goes on running";
  return {code.value_or(-1), process.Output()};
}

TEST(Program, HelpNamesTheFlagsAndEndsWell) {
  const Outcome run = RunServer({"--help"});
  EXPECT_EQ(run.code, 0);
  for (const char* flag : {"--listen", "--ready-file", "--grace", "--window", "--max-pairs"}) {
    EXPECT_THAT(run.output, HasSubstr(flag));
  }
  EXPECT_THAT(run.output, Not(HasSubstr("/usr/"))) << "flags of libraries are not ours";
}

TEST(Program, FlagsThatAreWrongAreSaidPlainly) {
  for (const std::vector<std::string>& flags :
       std::vector<std::vector<std::string>>{{"--no-such-flag"},
                                             {"--listen=nonsense"},
                                             {"--listen=127.0.0.1:65536"},
                                             {"--window=0"},
                                             {"--window=-1"},
                                             {"--instance=Not Valid"},
                                             {"--dns-servers=nonsense"},
                                             {"--name-key-file=/no/such/file"},
                                             {"an-argument"}}) {
    SCOPED_TRACE(flags[0]);
    const Outcome run = RunServer(flags);
    EXPECT_NE(run.code, 0);
    EXPECT_LT(run.code, 128) << "it must not crash";
    EXPECT_FALSE(run.output.empty());
  }
}

TEST(Program, ListeningBeyondLoopbackIsRefused) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
    const Outcome run = RunServer({absl::StrCat("--listen=", address)});
    EXPECT_NE(run.code, 0);
    EXPECT_LT(run.code, 128);
    EXPECT_THAT(run.output, HasSubstr("loopback"));
  }
}

TEST(Program, APortInUseIsSaidPlainly) {
  ServerProcess server;
  const Outcome run = RunServer({absl::StrCat("--listen=", server.address())});
  EXPECT_NE(run.code, 0);
  EXPECT_LT(run.code, 128);
  EXPECT_THAT(run.output, HasSubstr(server.address()));
}

TEST(Program, ServesOnAUnixSocketAsWell) {
  ServerProcess server;
  const auto channel = Connect(server.unix_address());
  const auto stub = v1::StreamPairService::NewStub(channel);
  TcpTarget target(Echo);
  TransferClient rpc(*stub);
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "hello"), FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().data, "hello");
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST(Program, LeavesNoThreadsOrDescriptorsIdle) {
  ServerProcess server;
  EXPECT_LT(server.Stats().threads, 100);
  EXPECT_LT(server.Stats().descriptors, 100);
}

// ---- Health ----

grpc::health::v1::HealthCheckResponse::ServingStatus Health(ServerProcess& server,
                                                            const std::string& service) {
  const auto stub = grpc::health::v1::Health::NewStub(server.channel());
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  grpc::health::v1::HealthCheckRequest request;
  grpc::health::v1::HealthCheckResponse response;
  request.set_service(service);
  EXPECT_THAT(stub->Check(&context, request, &response), IsOk());
  return response.status();
}

TEST(Health, TellsThatItServesAndThatItDrains) {
  using Response = grpc::health::v1::HealthCheckResponse;
  ServerProcess server({"--grace=60s"});
  EXPECT_EQ(Health(server, ""), Response::SERVING);
  EXPECT_EQ(Health(server, "streampair.v1.StreamPairService"), Response::SERVING);

  const auto stub = grpc::health::v1::Health::NewStub(server.channel());
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  const auto watch = stub->Watch(&context, grpc::health::v1::HealthCheckRequest());
  Response response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Response::SERVING);
  TcpTarget target(Echo);
  TransferClient rpc(server.stub());  // Keeps the server from leaving.
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  server.process().Signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Response::NOT_SERVING);
  context.TryCancel();
  rpc.Send({FinishFrame(0)});
  rpc.AwaitEnd();
  rpc.Leave();
}

// ---- Reflection, as grpcurl uses it: nothing but the server's own description of itself ----

class Reflection : public ::testing::Test {
 protected:
  // The classes are inside the gRPC library, without headers.
  std::unique_ptr<google::protobuf::Message> NewMessage(const std::string& name) {
    const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
        absl::StrCat("grpc.reflection.v1alpha.", name));
    EXPECT_NE(type, nullptr);
    return std::unique_ptr<google::protobuf::Message>(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  }

  // Asks one question by setting a string field.
  std::unique_ptr<google::protobuf::Message> Ask(const std::string& field,
                                                 const std::string& value) {
    auto request = NewMessage("ServerReflectionRequest");
    request->GetReflection()->SetString(request.get(),
                                        request->GetDescriptor()->FindFieldByName(field), value);
    auto response = NewMessage("ServerReflectionResponse");
    Call("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", *request,
         response.get());
    return response;
  }

  // One message there and one back, whatever the method streams.
  void Call(const std::string& method, const google::protobuf::Message& request,
            google::protobuf::Message* response) {
    grpc::GenericStub stub(server_.channel());
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    grpc::CompletionQueue queue;
    const auto call = stub.PrepareCall(&context, method, &queue);
    const auto wait = [&] {
      void* tag = nullptr;
      bool ok = false;
      EXPECT_TRUE(queue.Next(&tag, &ok));
      return ok;
    };
    call->StartCall(nullptr);
    ASSERT_TRUE(wait());
    bool own = false;
    grpc::ByteBuffer buffer;
    ASSERT_TRUE(
        grpc::SerializationTraits<google::protobuf::Message>::Serialize(request, &buffer, &own)
            .ok());
    call->Write(buffer, nullptr);
    ASSERT_TRUE(wait());
    call->WritesDone(nullptr);
    ASSERT_TRUE(wait());
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    ASSERT_TRUE(wait());
    ASSERT_TRUE(
        grpc::SerializationTraits<google::protobuf::Message>::Deserialize(&answer, response).ok());
    grpc::Status status;
    call->Finish(&status, nullptr);
    wait();
    EXPECT_THAT(status, IsOk());
    queue.Shutdown();
  }

  // Adds the file that defines `symbol`, and all that it imports, to the pool.
  void Learn(const std::string& question, const std::string& value) {
    const auto response = Ask(question, value);
    const auto* reflection = response->GetReflection();
    const auto& files = reflection->GetMessage(
        *response, response->GetDescriptor()->FindFieldByName("file_descriptor_response"));
    const auto* field = files.GetDescriptor()->FindFieldByName("file_descriptor_proto");
    for (int i = 0; i < files.GetReflection()->FieldSize(files, field); ++i) {
      google::protobuf::FileDescriptorProto file;
      ASSERT_TRUE(file.ParseFromString(files.GetReflection()->GetRepeatedString(files, field, i)));
      if (pool_.FindFileByName(file.name()) != nullptr) continue;
      for (const std::string& import : file.dependency()) {
        if (pool_.FindFileByName(import) == nullptr) Learn("file_by_filename", import);
      }
      if (pool_.FindFileByName(file.name()) != nullptr) continue;
      ASSERT_NE(pool_.BuildFile(file), nullptr) << file.name();
    }
  }

  ServerProcess server_;
  google::protobuf::DescriptorPool pool_;
};

TEST_F(Reflection, ListsTheServices) {
  const auto response = Ask("list_services", "");
  EXPECT_THAT(
      response->DebugString(),
      AllOf(HasSubstr("streampair.v1.StreamPairService"), HasSubstr("grpc.health.v1.Health"),
            HasSubstr("grpc.reflection.v1alpha.ServerReflection")));
}

TEST_F(Reflection, IsEnoughToMakeACall) {
  Learn("file_containing_symbol", "streampair.v1.StreamPairService");
  const auto* service = pool_.FindServiceByName("streampair.v1.StreamPairService");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(service->method_count(),
            pool_.FindServiceByName("streampair.v1.StreamPairService")->method_count());
  const auto* method = service->FindMethodByName("ExplainError");
  ASSERT_NE(method, nullptr);
  google::protobuf::DynamicMessageFactory factory(&pool_);
  const std::unique_ptr<google::protobuf::Message> request(
      factory.GetPrototype(method->input_type())->New());
  const std::unique_ptr<google::protobuf::Message> response(
      factory.GetPrototype(method->output_type())->New());
  const auto set = [&](const char* field, int32_t value) {
    request->GetReflection()->SetInt32(request.get(),
                                       request->GetDescriptor()->FindFieldByName(field), value);
  };
  set("domain", v1::ERROR_DOMAIN_POSIX);
  set("code", ECONNREFUSED);
  Call("/streampair.v1.StreamPairService/ExplainError", *request, response.get());
  EXPECT_THAT(response->DebugString(), AllOf(HasSubstr("ECONNREFUSED"), HasSubstr("known: true")));
}

// ---- Explain ----

v1::ExplainErrorResponse Explain(ServerProcess& server, int32_t domain, int32_t code) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  v1::ExplainErrorRequest request;
  v1::ExplainErrorResponse response;
  request.set_domain(domain);
  request.set_code(code);
  EXPECT_THAT(server.stub().ExplainError(&context, request, &response), IsOk());
  return response;
}

TEST(Explain, NamesWhatIsKnownAndSaysWhatIsNot) {
  ServerProcess server;
  const auto refused = Explain(server, v1::ERROR_DOMAIN_POSIX, ECONNREFUSED);
  EXPECT_EQ(refused.domain_name(), "kCFStreamErrorDomainPOSIX");
  EXPECT_EQ(refused.symbol(), "ECONNREFUSED");
  EXPECT_TRUE(refused.known());
  EXPECT_FALSE(refused.meaning().empty());
  const auto no_name = Explain(server, v1::ERROR_DOMAIN_NET_DB, -2);
  EXPECT_EQ(no_name.domain_name(), "kCFStreamErrorDomainNetDB");
  EXPECT_EQ(no_name.symbol(), "EAI_NONAME");
  const auto ours = Explain(server, v1::ERROR_DOMAIN_STREAMPAIR, 4);
  EXPECT_EQ(ours.symbol(), "PAIR_NOT_FOUND");
  const auto unknown = Explain(server, v1::ERROR_DOMAIN_POSIX, 99999);
  EXPECT_FALSE(unknown.known());
  EXPECT_EQ(unknown.symbol(), "");
  EXPECT_FALSE(unknown.meaning().empty());
  const auto no_domain = Explain(server, 4711, 1);
  EXPECT_FALSE(no_domain.known());
  EXPECT_EQ(no_domain.domain_name(), "");
}

}  // namespace
}  // namespace streampair::testing
