#ifndef STREAMPAIR_CLIENTS_CPP_CLIENT_H_
#define STREAMPAIR_CLIENTS_CPP_CLIENT_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "clients/cpp/call_queue.h"
#include "clients/cpp/carrier.h"
#include "clients/cpp/carrier_options.h"
#include "clients/cpp/pair_spec.h"
#include "clients/cpp/pair_watch.h"
#include "clients/cpp/result.h"
#include "clients/cpp/stream.h"
#include "streampair/v1/stream_pair.pb.h"
#include "streampair/v1/stream_pair_service.grpc.pb.h"

namespace streampair::client {

// TLS from here to the server, with files' contents as PEM.
struct ServerTls {
  std::string roots = {};        // Empty: the system's.
  std::string certificate = {};  // Ours, with its chain, for servers that ask; with its key.
  std::string key = {};
  std::string name = {};  // The name to verify, where it is not the address's.
};

// How to reach a server.
struct ClientOptions {
  // Absent: no TLS, for a server on this machine.
  std::optional<ServerTls> tls = {};
  // Instead of `tls`: gRPC's own.
  std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr;
  // Sent with every RPC: "authorization" and the like. Lower-case keys.
  std::vector<std::pair<std::string, std::string>> metadata = {};
  // Of an RPC that answers once.
  absl::Duration timeout = absl::Seconds(30);
  // What gRPC may hold for this client beyond what streams hold by their windows. Without a bound a
  // stalled connection is granted tens of megabytes.
  size_t transport_memory = size_t{256} << 20;
  // Goes first in the user agent.
  std::string user_agent = "streampair-cpp";
};

// A server, seen from a program: makes streams through it, and asks it about pairs. Connects when
// first used, and again when the connection was lost. Thread-safe.
//
//   std::unique_ptr<Client> client = Client::Make("127.0.0.1:7450");
//   Stream stream = client->Connect("example.com", 80);
class Client {
 public:
  // `server` is "host:port", "unix:/path" or any other name that gRPC resolves. Does not wait; a
  // server that cannot be reached shows in the calls.
  static std::unique_ptr<Client> Make(const std::string& server, ClientOptions options = {});

  // A stream to a new pair, in an RPC of its own. The pair lives as long as the stream unless
  // options.hold is set.
  Stream Connect(const std::string& host, int port, const PairOptions& options = {});
  Stream Open(v1::StreamPairSpec spec, const StreamOptions& stream_options = {},
              CarrierOptions carrier_options = {});
  // A stream to a pair that exists.
  Stream Attach(const std::string& name, const StreamOptions& stream_options = {},
                CarrierOptions carrier_options = {});

  // One RPC for many streams.
  Carrier MakeCarrier(CarrierOptions options = {});

  // Makes a pair that waits to be opened or attached to. Safe to repeat: the request carries an id
  // of its own.
  Result<v1::StreamPair> Create(const v1::StreamPairSpec& spec);
  // Whether the server would make such a pair, as far as it can tell without a look-up.
  Result<void> Validate(const v1::StreamPairSpec& spec);
  Result<v1::StreamPair> Get(const std::string& name);
  // All pages. `labels` must all match.
  Result<std::vector<v1::StreamPair>> List(const std::map<std::string, std::string>& labels = {});
  // A property, if it has a value. Setting is Stream's, at its place between the bytes.
  Result<std::optional<v1::Property>> GetProperty(const std::string& name, v1::PropertyKey key);
  // The pair's events from now on.
  PairWatch Watch(const std::string& name, PairWatch::Callbacks callbacks);
  // Closes halves; the last state of the pair.
  Result<v1::StreamPair> CloseHalves(const std::string& name, v1::Half halves);
  // Releases the pair.
  Result<void> Delete(const std::string& name);
  // What a number means. With subdomain 0 a packed SOCKS code is split.
  Result<v1::ExplainErrorResponse> Explain(int32_t domain, uint32_t subdomain, int32_t code);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  Client(std::shared_ptr<grpc::Channel> channel, ClientOptions options);

  // Calls `method` of the stub with this client's deadline and metadata.
  template <typename Request, typename Response>
  Result<Response> Call(grpc::Status (v1::StreamPairService::Stub::*method)(grpc::ClientContext*,
                                                                            const Request&,
                                                                            Response*),
                        const Request& request);
  CarrierOptions WithMetadata(CarrierOptions options) const;

  const ClientOptions options_;
  const std::shared_ptr<CallQueue> queue_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::StreamPairService::Stub> stub_;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_CLIENT_H_
