#include "clients/cpp/client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/support/channel_arguments.h>

#include <chrono>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_format.h"

namespace streampair::client {
namespace {

// Of the server. Data alone stays far below; thousands of channels that are answered at once may
// pass gRPC's 4 MiB.
constexpr int kMaxMessage = 16 << 20;

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& server,
                                           const ClientOptions& options) {
  grpc::ResourceQuota quota("streampair-client");
  quota.Resize(options.transport_memory);
  grpc::ChannelArguments arguments;
  arguments.SetResourceQuota(quota);
  arguments.SetMaxReceiveMessageSize(kMaxMessage);
  arguments.SetUserAgentPrefix(options.user_agent);
  std::shared_ptr<grpc::ChannelCredentials> credentials = options.credentials;
  if (!credentials && options.tls) {
    if (!options.tls->name.empty()) arguments.SetSslTargetNameOverride(options.tls->name);
    credentials =
        grpc::SslCredentials({options.tls->roots, options.tls->key, options.tls->certificate});
  }
  return grpc::CreateCustomChannel(
      server, credentials ? credentials : grpc::InsecureChannelCredentials(), arguments);
}

// A random UUID (RFC 4122 section 4.4).
std::string MakeRequestId() {
  absl::BitGen random;
  const uint64_t high = (absl::Uniform<uint64_t>(random) & ~uint64_t{0xF000}) | 0x4000;
  const uint64_t low = (absl::Uniform<uint64_t>(random) >> 2) | (uint64_t{1} << 63);
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", high >> 32, (high >> 16) & 0xFFFF,
                         high & 0xFFFF, low >> 48, low & 0xFFFFFFFFFFFF);
}

}  // namespace

std::unique_ptr<Client> Client::Make(const std::string& server, ClientOptions options) {
  std::shared_ptr<grpc::Channel> channel = MakeChannel(server, options);
  return std::unique_ptr<Client>(new Client(std::move(channel), std::move(options)));
}

Client::Client(std::shared_ptr<grpc::Channel> channel, ClientOptions options)
    : options_(std::move(options)),
      queue_(std::make_shared<CallQueue>()),
      channel_(std::move(channel)),
      stub_(v1::StreamPairService::NewStub(channel_)) {}

CarrierOptions Client::WithMetadata(CarrierOptions options) const {
  options.metadata.insert(options.metadata.begin(), options_.metadata.begin(),
                          options_.metadata.end());
  return options;
}

Stream Client::Connect(const std::string& host, int port, const PairOptions& options) {
  return Open(HostPairSpec(host, port, options), options.stream, options.carrier);
}

Stream Client::Open(v1::StreamPairSpec spec, const StreamOptions& stream_options,
                    CarrierOptions carrier_options) {
  return Carrier::OpenAlone(queue_, channel_, std::move(spec), stream_options,
                            WithMetadata(std::move(carrier_options)));
}

Stream Client::Attach(const std::string& name, const StreamOptions& stream_options,
                      CarrierOptions carrier_options) {
  return Carrier::AttachAlone(queue_, channel_, name, stream_options,
                              WithMetadata(std::move(carrier_options)));
}

Carrier Client::MakeCarrier(CarrierOptions options) {
  return Carrier(queue_, channel_, WithMetadata(std::move(options)));
}

template <typename Request, typename Response>
Result<Response> Client::Call(grpc::Status (v1::StreamPairService::Stub::*method)(
                                  grpc::ClientContext*, const Request&, Response*),
                              const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoNanoseconds(options_.timeout));
  for (const auto& [key, value] : options_.metadata) context.AddMetadata(key, value);
  Response response;
  const grpc::Status status = (*stub_.*method)(&context, request, &response);
  if (!status.ok()) return StreamError::FromStatus(status);
  return response;
}

Result<v1::StreamPair> Client::Create(const v1::StreamPairSpec& spec) {
  v1::CreateStreamPairRequest request;
  *request.mutable_spec() = spec;
  request.set_request_id(MakeRequestId());
  auto response = Call(&v1::StreamPairService::Stub::CreateStreamPair, request);
  if (!response.ok()) return response.error();
  return std::move(*response.value().mutable_stream_pair());
}

Result<void> Client::Validate(const v1::StreamPairSpec& spec) {
  v1::CreateStreamPairRequest request;
  *request.mutable_spec() = spec;
  request.set_validate_only(true);
  const auto response = Call(&v1::StreamPairService::Stub::CreateStreamPair, request);
  if (!response.ok()) return response.error();
  return {};
}

Result<v1::StreamPair> Client::Get(const std::string& name) {
  v1::GetStreamPairRequest request;
  request.set_name(name);
  auto response = Call(&v1::StreamPairService::Stub::GetStreamPair, request);
  if (!response.ok()) return response.error();
  return std::move(*response.value().mutable_stream_pair());
}

Result<std::vector<v1::StreamPair>> Client::List(const std::map<std::string, std::string>& labels) {
  v1::ListStreamPairsRequest request;
  request.mutable_labels()->insert(labels.begin(), labels.end());
  std::vector<v1::StreamPair> pairs;
  do {
    auto response = Call(&v1::StreamPairService::Stub::ListStreamPairs, request);
    if (!response.ok()) return response.error();
    for (v1::StreamPair& pair : *response.value().mutable_stream_pairs()) {
      pairs.push_back(std::move(pair));
    }
    request.set_page_token(response.value().next_page_token());
  } while (!request.page_token().empty());
  return pairs;
}

Result<std::optional<v1::Property>> Client::GetProperty(const std::string& name,
                                                        v1::PropertyKey key) {
  v1::GetPropertyRequest request;
  request.set_name(name);
  request.set_key(key);
  auto response = Call(&v1::StreamPairService::Stub::GetProperty, request);
  if (!response.ok()) return response.error();
  if (!response->has_property()) return std::optional<v1::Property>();
  return std::optional<v1::Property>(response->property());
}

PairWatch Client::Watch(const std::string& name, PairWatch::Callbacks callbacks) {
  return PairWatch(queue_, channel_, options_.metadata, name, std::move(callbacks));
}

Result<v1::StreamPair> Client::CloseHalves(const std::string& name, v1::Half halves) {
  v1::CloseStreamRequest request;
  request.set_name(name);
  request.set_half(halves);
  auto response = Call(&v1::StreamPairService::Stub::CloseStream, request);
  if (!response.ok()) return response.error();
  return std::move(*response.value().mutable_stream_pair());
}

Result<void> Client::Delete(const std::string& name) {
  v1::DeleteStreamPairRequest request;
  request.set_name(name);
  auto response = Call(&v1::StreamPairService::Stub::DeleteStreamPair, request);
  if (!response.ok()) return response.error();
  return {};
}

Result<v1::ExplainErrorResponse> Client::Explain(int32_t domain, uint32_t subdomain, int32_t code) {
  v1::ExplainErrorRequest request;
  request.set_domain(domain);
  request.set_subdomain(subdomain);
  request.set_code(code);
  return Call(&v1::StreamPairService::Stub::ExplainError, request);
}

}  // namespace streampair::client
