// Watching the health of a whole server. Check and reflection are in server_test.
#include "server/health.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "server/testing/running_server.h"

namespace streampair {
namespace {

using Response = grpc::health::v1::HealthCheckResponse;

// A Watch under way.
class Watch {
 public:
  Watch(RunningServer& server, const std::string& service)
      : stub_(grpc::health::v1::Health::NewStub(server.channel())) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    reader_ = stub_->Watch(&context_, request);
  }

  // The next status; UNKNOWN when the RPC is over.
  Response::ServingStatus Next() {
    Response response;
    return reader_->Read(&response) ? response.status() : Response::UNKNOWN;
  }
  grpc::StatusCode Cancel() {
    context_.TryCancel();
    while (Next() != Response::UNKNOWN) {
    }
    return reader_->Finish().error_code();
  }
  grpc::StatusCode Finish() { return reader_->Finish().error_code(); }

 private:
  std::unique_ptr<grpc::health::v1::Health::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<Response>> reader_;
};

const char kService[] = "streampair.v1.StreamPairService";

TEST(Health, TellsEveryWatcher) {
  RunningServer server;
  std::vector<std::unique_ptr<Watch>> watches;
  for (const char* service : {"", kService, ""})
    watches.push_back(std::make_unique<Watch>(server, service));
  for (auto& watch : watches) EXPECT_EQ(watch->Next(), Response::SERVING);
  server.server().BeginDrain(absl::Seconds(10));
  for (auto& watch : watches) EXPECT_EQ(watch->Next(), Response::NOT_SERVING);

  Watch late(server, kService);
  EXPECT_EQ(late.Next(), Response::NOT_SERVING);
}

TEST(Health, SaysNothingTwice) {
  RunningServer server;
  Watch watch(server, "");
  EXPECT_EQ(watch.Next(), Response::SERVING);
  server.server().BeginDrain(absl::Seconds(10));
  server.server().BeginDrain(absl::Seconds(10));
  EXPECT_EQ(watch.Next(), Response::NOT_SERVING);
  server.server().Stop(absl::ZeroDuration());
  EXPECT_EQ(watch.Next(), Response::UNKNOWN);
}

TEST(Health, WatchesUnknownServicesToo) {
  RunningServer server;
  Watch watch(server, "no.such.Service");
  EXPECT_EQ(watch.Next(), Response::SERVICE_UNKNOWN);
  server.server().BeginDrain(absl::Seconds(10));
  EXPECT_EQ(watch.Cancel(), grpc::StatusCode::CANCELLED);
}

TEST(Health, ForgetsWatchersThatGo) {
  RunningServer server;
  for (int i = 0; i < 100; ++i) {
    Watch watch(server, i % 2 == 0 ? "" : kService);
    ASSERT_EQ(watch.Next(), Response::SERVING);
    ASSERT_EQ(watch.Cancel(), grpc::StatusCode::CANCELLED);
  }
  Watch stays(server, "");
  EXPECT_EQ(stays.Next(), Response::SERVING);
  server.server().BeginDrain(absl::Seconds(10));
  EXPECT_EQ(stays.Next(), Response::NOT_SERVING);
}

TEST(Health, EndsWithTheServer) {
  RunningServer server;
  Watch watch(server, "");
  EXPECT_EQ(watch.Next(), Response::SERVING);
  server.server().Stop(absl::ZeroDuration());
  EXPECT_EQ(watch.Next(), Response::UNKNOWN);
  EXPECT_NE(watch.Finish(), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace streampair
