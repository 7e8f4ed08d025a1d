// Create, Get, List, properties, Close and Delete, through a real server.
#include "server/handlers/lifecycle.h"

#include <set>

#include "core/testing/loopback_listener.h"
#include "gtest/gtest.h"
#include "server/testing/running_server.h"

namespace streampair {
namespace {

using grpc::StatusCode;

class LifecycleTest : public ::testing::Test {
 protected:
  grpc::Status Create(const v1::CreateStreamPairRequest& request,
                      v1::CreateStreamPairResponse* response) {
    grpc::ClientContext context;
    return server_.stub().CreateStreamPair(&context, request, response);
  }
  v1::CreateStreamPairRequest ToTarget(const std::string& request_id = "") {
    v1::CreateStreamPairRequest request;
    *request.mutable_spec() = SpecTo(target_.endpoint());
    request.set_request_id(request_id);
    return request;
  }
  grpc::Status List(const v1::ListStreamPairsRequest& request,
                    v1::ListStreamPairsResponse* response) {
    response->Clear();
    grpc::ClientContext context;
    return server_.stub().ListStreamPairs(&context, request, response);
  }
  grpc::Status Close(const std::string& name, v1::Half half, v1::CloseStreamResponse* response) {
    v1::CloseStreamRequest request;
    request.set_name(name);
    request.set_half(half);
    grpc::ClientContext context;
    return server_.stub().CloseStream(&context, request, response);
  }
  grpc::Status Delete(v1::StreamPairService::Stub& stub, const std::string& name) {
    v1::DeleteStreamPairRequest request;
    request.set_name(name);
    v1::DeleteStreamPairResponse response;
    grpc::ClientContext context;
    return stub.DeleteStreamPair(&context, request, &response);
  }
  grpc::Status SetNoDelay(const std::string& name) {
    v1::SetPropertyRequest request;
    request.set_name(name);
    request.mutable_property()->set_no_delay(false);
    return Set(request);
  }
  grpc::Status Set(const v1::SetPropertyRequest& request) {
    v1::SetPropertyResponse response;
    grpc::ClientContext context;
    return server_.stub().SetProperty(&context, request, &response);
  }

  LoopbackListener target_;
  RunningServer server_;
};

TEST_F(LifecycleTest, CreatesAPairThatTouchesNothing) {
  const v1::StreamPair pair = server_.MustCreate(target_.endpoint());
  EXPECT_EQ(pair.name().find("streamPairs/"), 0u);
  EXPECT_EQ(pair.read_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_EQ(pair.write_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_TRUE(pair.has_create_time());
  EXPECT_TRUE(pair.has_expire_time());
  EXPECT_FALSE(pair.has_open_time());
  EXPECT_EQ(server_.MustGet(pair.name()).name(), pair.name());
}

TEST_F(LifecycleTest, RefusesABadRequestWithItsFields) {
  v1::CreateStreamPairRequest request;
  request.mutable_spec()->mutable_target()->mutable_host()->set_name("a b");
  v1::CreateStreamPairResponse response;
  const grpc::Status status = Create(request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(Says(status, StreampairCode::kInvalidRequest));
  EXPECT_EQ(BadRequestOf(status).field_violations_size(), 2);
  EXPECT_EQ(server_.server().pairs(), 0u);
}

TEST_F(LifecycleTest, ValidatesWithoutMaking) {
  v1::CreateStreamPairRequest request = ToTarget("id");
  request.set_validate_only(true);
  v1::CreateStreamPairResponse response;
  EXPECT_TRUE(Create(request, &response).ok());
  EXPECT_EQ(response.stream_pair().name(), "");
  EXPECT_EQ(response.stream_pair().target().address().port(), target_.endpoint().port);
  EXPECT_EQ(server_.server().pairs(), 0u);
}

TEST_F(LifecycleTest, MakesOnePairForOneRequestId) {
  v1::CreateStreamPairResponse first;
  v1::CreateStreamPairResponse second;
  ASSERT_TRUE(Create(ToTarget("c0ffee00-0000-4000-8000-000000000001"), &first).ok());
  ASSERT_TRUE(Create(ToTarget("c0ffee00-0000-4000-8000-000000000001"), &second).ok());
  EXPECT_EQ(first.stream_pair().name(), second.stream_pair().name());
  EXPECT_EQ(server_.server().pairs(), 1u);

  v1::CreateStreamPairRequest other = ToTarget("c0ffee00-0000-4000-8000-000000000001");
  (*other.mutable_spec()->mutable_labels())["k"] = "v";
  const grpc::Status status = Create(other, &second);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(BadRequestOf(status).field_violations(0).field(), "request_id");

  ASSERT_TRUE(Delete(server_.stub(), first.stream_pair().name()).ok());
  EXPECT_EQ(Create(ToTarget("c0ffee00-0000-4000-8000-000000000001"), &second).error_code(),
            StatusCode::NOT_FOUND);
  EXPECT_EQ(Create(ToTarget(std::string(37, 'x')), &second).error_code(),
            StatusCode::INVALID_ARGUMENT);
}

TEST_F(LifecycleTest, HidesPairsFromOthers) {
  const std::string name = server_.MustCreate(target_.endpoint()).name();
  v1::GetStreamPairRequest request;
  request.set_name(name);
  v1::GetStreamPairResponse response;
  grpc::ClientContext context;
  const grpc::Status foreign = server_.unix_stub().GetStreamPair(&context, request, &response);
  EXPECT_EQ(foreign.error_code(), StatusCode::NOT_FOUND);
  EXPECT_TRUE(Says(foreign, StreampairCode::kPairNotFound));
  EXPECT_EQ(Delete(server_.unix_stub(), name).error_code(), StatusCode::NOT_FOUND);

  // Exactly what is said of a name that never was.
  request.set_name("streamPairs/none");
  grpc::ClientContext again;
  const grpc::Status unknown = server_.stub().GetStreamPair(&again, request, &response);
  EXPECT_EQ(unknown.error_message(), foreign.error_message());
  EXPECT_EQ(StreamErrorOf(unknown).ShortDebugString(), StreamErrorOf(foreign).ShortDebugString());
}

TEST_F(LifecycleTest, SaysWhenAnotherInstanceOwnsThePair) {
  ServerOptions options;
  options.name_key_file = std::string(getenv("TEST_TMPDIR")) + "/key";
  FILE* key = fopen(options.name_key_file.c_str(), "w");
  fputs("0123456789abcdef0123456789abcdef\n", key);
  fclose(key);
  options.instance = "one";
  RunningServer one(options);
  options.instance = "two";
  RunningServer two(options);
  const std::string name = one.MustCreate(target_.endpoint()).name();
  EXPECT_EQ(name.find("streamPairs/one."), 0u);

  v1::GetStreamPairRequest request;
  request.set_name(name);
  v1::GetStreamPairResponse response;
  grpc::ClientContext context;
  const grpc::Status status = two.stub().GetStreamPair(&context, request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Says(status, StreampairCode::kNotHere));
  // The one with another key takes it for a forgery.
  EXPECT_EQ(server_.GetCode(name), StatusCode::NOT_FOUND);
}

TEST_F(LifecycleTest, NeedsAName) {
  v1::GetStreamPairResponse response;
  grpc::ClientContext context;
  const grpc::Status status = server_.stub().GetStreamPair(&context, {}, &response);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(BadRequestOf(status).field_violations(0).field(), "name");
}

TEST_F(LifecycleTest, ListsThePairsOfTheCallerPageByPage) {
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    v1::StreamPairSpec spec = SpecTo(target_.endpoint());
    (*spec.mutable_labels())["parity"] = i % 2 == 0 ? "even" : "odd";
    (*spec.mutable_labels())["job"] = "7";
    names.push_back(server_.MustCreate(spec).name());
  }
  for (const int page_size : {0, 1, 16, 39, 40, 5000}) {
    v1::ListStreamPairsRequest request;
    request.set_page_size(page_size);
    std::vector<std::string> listed;
    v1::ListStreamPairsResponse page;
    do {
      ASSERT_TRUE(List(request, &page).ok());
      if (page_size > 0) {
        EXPECT_LE(page.stream_pairs_size(), page_size);
      }
      for (const auto& pair : page.stream_pairs()) listed.push_back(pair.name());
      request.set_page_token(page.next_page_token());
    } while (!page.next_page_token().empty());
    EXPECT_EQ(listed, names) << page_size;
  }

  v1::ListStreamPairsRequest request;
  (*request.mutable_labels())["parity"] = "odd";
  (*request.mutable_labels())["job"] = "7";
  v1::ListStreamPairsResponse response;
  ASSERT_TRUE(List(request, &response).ok());
  EXPECT_EQ(response.stream_pairs_size(), 20);
  (*request.mutable_labels())["job"] = "8";
  ASSERT_TRUE(List(request, &response).ok());
  EXPECT_EQ(response.stream_pairs_size(), 0);

  grpc::ClientContext context;
  response.Clear();
  ASSERT_TRUE(server_.unix_stub().ListStreamPairs(&context, {}, &response).ok());
  EXPECT_EQ(response.stream_pairs_size(), 0) << "someone else's";
}

TEST_F(LifecycleTest, CutsAPageBeforeItIsTooLarge) {
  v1::StreamPairSpec spec = SpecTo(target_.endpoint());
  for (int i = 0; i < 32; ++i) {
    (*spec.mutable_labels())["key" + std::to_string(i)] = std::string(255, 'v');
  }
  for (int i = 0; i < 300; ++i) server_.MustCreate(spec);
  v1::ListStreamPairsRequest request;
  request.set_page_size(1000);
  v1::ListStreamPairsResponse page;
  int listed = 0;
  int pages = 0;
  do {
    ASSERT_TRUE(List(request, &page).ok());
    EXPECT_LT(page.ByteSizeLong(), 3u << 20);
    listed += page.stream_pairs_size();
    ++pages;
    request.set_page_token(page.next_page_token());
  } while (!page.next_page_token().empty());
  EXPECT_EQ(listed, 300);
  EXPECT_GT(pages, 1);
}

TEST_F(LifecycleTest, RefusesBadPages) {
  v1::ListStreamPairsResponse response;
  v1::ListStreamPairsRequest negative;
  negative.set_page_size(-1);
  EXPECT_EQ(BadRequestOf(List(negative, &response)).field_violations(0).field(), "page_size");
  for (const char* token : {"0", "x", "0x1", " 1", "01", "-1", "11112222333344445"}) {
    v1::ListStreamPairsRequest request;
    request.set_page_token(token);
    const grpc::Status status = List(request, &response);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << token;
    EXPECT_EQ(BadRequestOf(status).field_violations(0).field(), "page_token");
  }
}

TEST_F(LifecycleTest, SetsAndGetsProperties) {
  const std::string name = server_.MustCreate(target_.endpoint()).name();
  ASSERT_TRUE(SetNoDelay(name).ok());
  v1::GetPropertyRequest request;
  request.set_name(name);
  request.set_key(v1::PROPERTY_KEY_NO_DELAY);
  v1::GetPropertyResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(server_.stub().GetProperty(&context, request, &response).ok());
  EXPECT_EQ(response.property().ShortDebugString(), "no_delay: false");

  request.set_key(v1::PROPERTY_KEY_KEEPALIVE);
  grpc::ClientContext absent;
  ASSERT_TRUE(server_.stub().GetProperty(&absent, request, &response).ok());
  EXPECT_FALSE(response.has_property());

  request.set_key(v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE);
  grpc::ClientContext later;
  ASSERT_TRUE(server_.stub().GetProperty(&later, request, &response).ok());
  EXPECT_FALSE(response.has_property());  // It has no socket yet.
}

TEST_F(LifecycleTest, RefusesPropertiesAtTheWrongTime) {
  const std::string name = server_.MustCreate(target_.endpoint()).name();
  ASSERT_TRUE(server_.Open(name).ok());
  const grpc::Status late = SetNoDelay(name);
  EXPECT_EQ(late.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(Says(late, StreampairCode::kWrongState));

  // What can never be set is refused as such, at any time.
  v1::SetPropertyRequest request;
  request.set_name(name);
  request.mutable_property()->set_connection_is_cellular(true);
  EXPECT_EQ(BadRequestOf(Set(request)).field_violations(0).field(),
            "property.connection_is_cellular");
  // And this may be set at any time.
  request.mutable_property()->set_should_close_native_socket(false);
  EXPECT_TRUE(Set(request).ok());
  request.clear_property();
  EXPECT_EQ(Set(request).error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(LifecycleTest, TheDeprecatedFunctionSetsALevel) {
  v1::SetSecurityProtocolRequest request;
  request.set_name(server_.MustCreate(target_.endpoint()).name());
  v1::SetSecurityProtocolResponse response;
  const auto set = [&](v1::SecurityProtocol protocol) {
    request.set_protocol(protocol);
    grpc::ClientContext context;
    return server_.stub().SetSecurityProtocol(&context, request, &response);
  };
  const auto level = [&] {
    v1::GetPropertyRequest get;
    get.set_name(request.name());
    get.set_key(v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL);
    v1::GetPropertyResponse got;
    grpc::ClientContext context;
    EXPECT_TRUE(server_.stub().GetProperty(&context, get, &got).ok());
    return got.property().socket_security_level();
  };
  EXPECT_EQ(level(), v1::SECURITY_LEVEL_UNSPECIFIED);
  const std::pair<v1::SecurityProtocol, v1::SecurityLevel> rows[] = {
      {v1::SECURITY_PROTOCOL_NONE, v1::SECURITY_LEVEL_NONE},
      {v1::SECURITY_PROTOCOL_SSL_V2, v1::SECURITY_LEVEL_SSL_V2},
      {v1::SECURITY_PROTOCOL_SSL_V3, v1::SECURITY_LEVEL_SSL_V3},
      {v1::SECURITY_PROTOCOL_SSL_V23, v1::SECURITY_LEVEL_NEGOTIATED_SSL},
      {v1::SECURITY_PROTOCOL_TLS_V1, v1::SECURITY_LEVEL_TLS_V1}};
  for (const auto& [protocol, expected] : rows) {
    EXPECT_TRUE(set(protocol).ok());
    EXPECT_TRUE(response.accepted()) << response.ShortDebugString();
    EXPECT_EQ(level(), expected);
  }
  EXPECT_EQ(set(v1::SECURITY_PROTOCOL_UNSPECIFIED).error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(set(static_cast<v1::SecurityProtocol>(9)).ok());
  EXPECT_FALSE(response.accepted());
  EXPECT_EQ(response.error().code(), v1::STREAMPAIR_CODE_INVALID_REQUEST);
  EXPECT_EQ(level(), v1::SECURITY_LEVEL_TLS_V1) << "a refused set changes nothing";
  EXPECT_TRUE(set(v1::SECURITY_PROTOCOL_NONE).ok());
  ASSERT_TRUE(server_.Open(request.name()).ok());
  EXPECT_TRUE(set(v1::SECURITY_PROTOCOL_TLS_V1).ok());
  EXPECT_FALSE(response.accepted());
  EXPECT_EQ(response.error().code(), v1::STREAMPAIR_CODE_WRONG_STATE);
  EXPECT_EQ(level(), v1::SECURITY_LEVEL_NONE);
}

TEST_F(LifecycleTest, ClosesHalvesOneByOne) {
  const std::string name = server_.MustCreate(target_.endpoint()).name();
  v1::CloseStreamResponse response;
  ASSERT_TRUE(Close(name, v1::HALF_BOTH, &response).ok())
      << "closing what is not open does nothing";
  EXPECT_EQ(response.stream_pair().read_status(), v1::STREAM_STATUS_NOT_OPEN);
  ASSERT_TRUE(server_.Open(name).ok());
  const UniqueFd socket = target_.Accept();
  ASSERT_TRUE(Close(name, v1::HALF_READ, &response).ok());
  EXPECT_EQ(response.stream_pair().read_status(), v1::STREAM_STATUS_CLOSED);
  EXPECT_EQ(response.stream_pair().write_status(), v1::STREAM_STATUS_OPEN);
  ASSERT_TRUE(Close(name, v1::HALF_WRITE, &response).ok());
  EXPECT_EQ(response.stream_pair().write_status(), v1::STREAM_STATUS_CLOSED);
  EXPECT_EQ(server_.GetCode(name), StatusCode::NOT_FOUND);
  char byte;
  EXPECT_EQ(read(socket.get(), &byte, 1), 0) << "an orderly end";
}

TEST_F(LifecycleTest, RefusesToCloseWhatIsNotThere) {
  v1::StreamPairSpec spec = SpecTo(target_.endpoint());
  spec.set_halves(v1::HALF_READ);
  const std::string name = server_.MustCreate(spec).name();
  v1::CloseStreamResponse response;
  EXPECT_EQ(Close(name, v1::HALF_WRITE, &response).error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Close(name, static_cast<v1::Half>(9), &response).error_code(),
            StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(Close(name, v1::HALF_UNSPECIFIED, &response).ok());
}

TEST_F(LifecycleTest, DeletesInAnyState) {
  const std::string lazy = server_.MustCreate(target_.endpoint()).name();
  EXPECT_TRUE(Delete(server_.stub(), lazy).ok());
  const SilentListener silent;
  const std::string opening = server_.MustCreate(silent.endpoint()).name();
  v1::WatchStreamPairRequest request;
  request.set_name(opening);
  EXPECT_TRUE(Delete(server_.stub(), opening).ok());
  const std::string open = server_.MustCreate(target_.endpoint()).name();
  ASSERT_TRUE(server_.Open(open).ok());
  EXPECT_TRUE(Delete(server_.stub(), open).ok());
  EXPECT_EQ(Delete(server_.stub(), open).error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(server_.server().pairs(), 0u);
}

TEST(Limits, RefusesMorePairsThanItMayHold) {
  ServerOptions options;
  options.max_pairs = 2;
  RunningServer server(options);
  const LoopbackListener target;
  server.MustCreate(target.endpoint());
  server.MustCreate(target.endpoint());
  v1::CreateStreamPairRequest request;
  *request.mutable_spec() = SpecTo(target.endpoint());
  v1::CreateStreamPairResponse response;
  grpc::ClientContext context;
  const grpc::Status status = server.stub().CreateStreamPair(&context, request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Says(status, StreampairCode::kTooManyPairs));
}

}  // namespace
}  // namespace streampair
