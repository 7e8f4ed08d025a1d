#include "tests/harness/calls.h"

#include <utility>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace streampair::testing {
namespace {

void SetDeadline(grpc::ClientContext& context, absl::Duration deadline = kPatience) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
}

}  // namespace

PairAnswer Calls::Create(const v1::StreamPairSpec& spec, const std::string& request_id,
                         bool validate_only) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CreateStreamPairRequest request;
  v1::CreateStreamPairResponse response;
  *request.mutable_spec() = spec;
  request.set_request_id(request_id);
  request.set_validate_only(validate_only);
  grpc::Status status = stub_.CreateStreamPair(&context, request, &response);
  return {std::move(status), std::move(*response.mutable_stream_pair())};
}

PairAnswer Calls::Get(const std::string& name) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetStreamPairRequest request;
  v1::GetStreamPairResponse response;
  request.set_name(name);
  grpc::Status status = stub_.GetStreamPair(&context, request, &response);
  return {std::move(status), std::move(*response.mutable_stream_pair())};
}

PairAnswer Calls::Open(const std::string& name, v1::Half half, v1::OpenWait wait,
                       absl::Duration deadline) {
  grpc::ClientContext context;
  SetDeadline(context, deadline);
  v1::OpenStreamRequest request;
  v1::OpenStreamResponse response;
  request.set_name(name);
  request.set_half(half);
  request.set_wait_until(wait);
  grpc::Status status = stub_.OpenStream(&context, request, &response);
  return {std::move(status), std::move(*response.mutable_stream_pair())};
}

PairAnswer Calls::Close(const std::string& name, v1::Half half) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CloseStreamRequest request;
  v1::CloseStreamResponse response;
  request.set_name(name);
  request.set_half(half);
  grpc::Status status = stub_.CloseStream(&context, request, &response);
  return {std::move(status), std::move(*response.mutable_stream_pair())};
}

grpc::Status Calls::Delete(const std::string& name) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::DeleteStreamPairRequest request;
  v1::DeleteStreamPairResponse response;
  request.set_name(name);
  return stub_.DeleteStreamPair(&context, request, &response);
}

grpc::Status Calls::SetProperty(const std::string& name, const v1::Property& property) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::SetPropertyRequest request;
  v1::SetPropertyResponse response;
  request.set_name(name);
  *request.mutable_property() = property;
  return stub_.SetProperty(&context, request, &response);
}

std::string Calls::MakePair(const v1::StreamPairSpec& spec) {
  const PairAnswer answer = Create(spec);
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  return answer.pair.name();
}

Calls::ReadAnswer Calls::Read(const std::string& name, int32_t max_payload_size) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ReadRequest request;
  request.set_name(name);
  request.set_max_payload_size(max_payload_size);
  ReadAnswer answer;
  const auto reader = stub_.Read(&context, request);
  for (v1::ReadResponse response; reader->Read(&response);) {
    EXPECT_FALSE(response.payload().empty());
    EXPECT_LE(response.payload().size(), max_payload_size == 0 ? 65536 : max_payload_size);
    answer.data += response.payload();
  }
  answer.status = reader->Finish();
  return answer;
}

Calls::WriteAnswer Calls::Write(const std::string& name, const std::vector<std::string>& payloads,
                                bool finish) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::WriteResponse response;
  const auto writer = stub_.Write(&context, &response);
  for (size_t i = 0; i < payloads.size(); ++i) {
    v1::WriteRequest request;
    if (i == 0) request.set_name(name);
    request.set_payload(payloads[i]);
    request.set_finish(finish && i + 1 == payloads.size());
    if (!writer->Write(request)) break;
  }
  writer->WritesDone();
  WriteAnswer answer;
  answer.status = writer->Finish();
  answer.bytes_written = response.bytes_written();
  return answer;
}

Watcher::Watcher(v1::StreamPairService::Stub& stub, const std::string& name,
                 std::vector<v1::StreamEventType> types) {
  SetDeadline(context_, absl::Minutes(10));
  v1::WatchStreamPairRequest request;
  request.set_name(name);
  for (v1::StreamEventType type : types) request.add_types(type);
  reader_ = stub.WatchStreamPair(&context_, request);
  thread_ = std::thread([this] {
    for (v1::WatchStreamPairResponse response; reader_->Read(&response);) {
      events_.Put(response.event());
    }
    status_.Put(reader_->Finish());
  });
}

Watcher::~Watcher() {
  context_.TryCancel();
  thread_.join();
}

v1::StreamEvent Watcher::Next() {
  std::optional<v1::StreamEvent> event = events_.Take();
  if (event.has_value()) return *event;
  ADD_FAILURE() << "no event";
  return {};
}

v1::StreamEvent Watcher::Await(v1::StreamEventType type) {
  while (true) {
    std::optional<v1::StreamEvent> event = events_.Take();
    if (!event.has_value()) {
      ADD_FAILURE() << "no event " << v1::StreamEventType_Name(type);
      return {};
    }
    if (event->type() == type) return *event;
  }
}

}  // namespace streampair::testing
