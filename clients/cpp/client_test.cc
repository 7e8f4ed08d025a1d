#include "clients/cpp/client.h"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cpp/scripted_server_test_util.h"

namespace streampair::client {
namespace {

grpc::Status NoTransfer(Conversation&) { return grpc::Status::OK; }

grpc::Status NotFound() {
  v1::StreamError error;
  error.set_domain(v1::ERROR_DOMAIN_STREAMPAIR);
  error.set_code(v1::STREAMPAIR_CODE_PAIR_NOT_FOUND);
  return StatusWith(grpc::StatusCode::NOT_FOUND, error);
}

TEST(Client, CreatesWithAnIdOfItsOwn) {
  std::set<std::string> ids;
  ScriptedServer server(NoTransfer);
  server.on_create = [&](const v1::CreateStreamPairRequest& request,
                         v1::CreateStreamPairResponse* response) {
    ids.insert(request.request_id());
    EXPECT_EQ(request.request_id().size(), 36u);
    EXPECT_EQ(request.request_id()[14], '4');
    EXPECT_EQ(request.spec().target().host().name(), "example.com");
    response->mutable_stream_pair()->set_name("streamPairs/a.b");
    return grpc::Status::OK;
  };
  auto client = Client::Make(server.address());
  for (int i = 0; i < 10; ++i) {
    const Result<v1::StreamPair> pair = client->Create(HostPairSpec("example.com", 80));
    ASSERT_TRUE(pair.ok());
    EXPECT_EQ(pair->name(), "streamPairs/a.b");
  }
  EXPECT_EQ(ids.size(), 10u);
}

TEST(Client, GetAndDeleteReportTheServersTriple) {
  ScriptedServer server(NoTransfer);
  server.on_get = [](const v1::GetStreamPairRequest& request, v1::GetStreamPairResponse* response) {
    response->mutable_stream_pair()->set_name(request.name());
    return request.name() == "streamPairs/a.b" ? grpc::Status::OK : NotFound();
  };
  server.on_delete = [](const v1::DeleteStreamPairRequest& request) {
    return request.name() == "streamPairs/a.b" ? grpc::Status::OK : NotFound();
  };
  auto client = Client::Make(server.address());
  EXPECT_EQ(client->Get("streamPairs/a.b")->name(), "streamPairs/a.b");
  const Result<v1::StreamPair> missing = client->Get("streamPairs/x.y");
  ASSERT_FALSE(missing.ok());
  EXPECT_TRUE(missing.error().Is(v1::ERROR_DOMAIN_STREAMPAIR, 4));
  EXPECT_EQ(missing.error().status_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_TRUE(client->Delete("streamPairs/a.b").ok());
  EXPECT_FALSE(client->Delete("streamPairs/x.y").ok());
}

TEST(Client, ListGathersAllPages) {
  ScriptedServer server(NoTransfer);
  server.on_list = [](const v1::ListStreamPairsRequest& request,
                      v1::ListStreamPairsResponse* response) {
    EXPECT_EQ(request.labels().at("job"), "x");
    const int page = request.page_token().empty() ? 0 : std::stoi(request.page_token());
    response->add_stream_pairs()->set_name(absl::StrCat("streamPairs/", page));
    if (page < 2) response->set_next_page_token(absl::StrCat(page + 1));
    return grpc::Status::OK;
  };
  auto client = Client::Make(server.address());
  const auto pairs = client->List({{"job", "x"}});
  ASSERT_TRUE(pairs.ok());
  ASSERT_EQ(pairs->size(), 3u);
  EXPECT_EQ((*pairs)[2].name(), "streamPairs/2");
}

TEST(Client, ExplainsNumbers) {
  ScriptedServer server(NoTransfer);
  server.on_explain = [](const v1::ExplainErrorRequest& request,
                         v1::ExplainErrorResponse* response) {
    EXPECT_EQ(request.subdomain(), 5u);
    response->set_symbol(absl::StrCat(request.domain(), "/", request.code()));
    return grpc::Status::OK;
  };
  auto client = Client::Make(server.address());
  EXPECT_EQ(client->Explain(v1::ERROR_DOMAIN_SOCKS, 5, 2)->symbol(), "5/2");
}

TEST(Client, SendsItsMetadata) {
  std::string stream_value;
  ScriptedServer server([&](Conversation& conversation) {
    const auto& metadata = conversation.context()->client_metadata();
    const auto found = metadata.find("authorization");
    if (found != metadata.end()) stream_value.assign(found->second.data(), found->second.size());
    uint32_t channel = 0;
    conversation.AwaitAttach(&channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  ClientOptions options;
  options.metadata = {{"authorization", "Bearer x"}};
  auto client = Client::Make(server.address(), options);
  Stream stream = client->Connect("example.com", 80);
  EXPECT_TRUE(stream.Close(absl::Now() + absl::Seconds(30)).ok());
  EXPECT_EQ(stream_value, "Bearer x");
}

TEST(Client, TalksOverAUnixSocket) {
  // Not in the test's own folder: the name of a socket may have 107 bytes.
  std::string folder = "/tmp/streampair-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string address = absl::StrCat("unix:", folder, "/socket");
  ScriptedServer server(NoTransfer, address);
  server.on_delete = [](const v1::DeleteStreamPairRequest&) { return grpc::Status::OK; };
  auto client = Client::Make(address);
  EXPECT_TRUE(client->Delete("streamPairs/a.b").ok());
}

TEST(Client, AnUnreachableServerIsATransportError) {
  std::string address;
  { address = ScriptedServer(NoTransfer).address(); }
  const Result<void> result = Client::Make(address)->Delete("streamPairs/a.b");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().origin(), StreamError::Origin::kTransport);
  EXPECT_EQ(result.error().status_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace streampair::client
