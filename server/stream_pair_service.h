#ifndef STREAMPAIR_SERVER_STREAM_PAIR_SERVICE_H_
#define STREAMPAIR_SERVER_STREAM_PAIR_SERVICE_H_

#include "server/handlers/service_state.h"
#include "server/service_base.h"

namespace streampair {

// What each RPC but Transfer leads to: who calls, the handler, the status. Nothing is decided here.
// Thread-safe.
class StreamPairService final : public ServiceBase {
 public:
  explicit StreamPairService(const ServiceState& state) : state_(state) {}

  grpc::ServerUnaryReactor* CreateStreamPair(grpc::CallbackServerContext* context,
                                             const v1::CreateStreamPairRequest* request,
                                             v1::CreateStreamPairResponse* response) override;
  grpc::ServerUnaryReactor* GetStreamPair(grpc::CallbackServerContext* context,
                                          const v1::GetStreamPairRequest* request,
                                          v1::GetStreamPairResponse* response) override;
  grpc::ServerUnaryReactor* ListStreamPairs(grpc::CallbackServerContext* context,
                                            const v1::ListStreamPairsRequest* request,
                                            v1::ListStreamPairsResponse* response) override;
  grpc::ServerUnaryReactor* SetProperty(grpc::CallbackServerContext* context,
                                        const v1::SetPropertyRequest* request,
                                        v1::SetPropertyResponse* response) override;
  grpc::ServerUnaryReactor* GetProperty(grpc::CallbackServerContext* context,
                                        const v1::GetPropertyRequest* request,
                                        v1::GetPropertyResponse* response) override;
  grpc::ServerUnaryReactor* SetSecurityProtocol(grpc::CallbackServerContext* context,
                                                const v1::SetSecurityProtocolRequest* request,
                                                v1::SetSecurityProtocolResponse* response) override;
  grpc::ServerUnaryReactor* OpenStream(grpc::CallbackServerContext* context,
                                       const v1::OpenStreamRequest* request,
                                       v1::OpenStreamResponse* response) override;
  grpc::ServerUnaryReactor* CloseStream(grpc::CallbackServerContext* context,
                                        const v1::CloseStreamRequest* request,
                                        v1::CloseStreamResponse* response) override;
  grpc::ServerUnaryReactor* DeleteStreamPair(grpc::CallbackServerContext* context,
                                             const v1::DeleteStreamPairRequest* request,
                                             v1::DeleteStreamPairResponse* response) override;
  grpc::ServerUnaryReactor* ExplainError(grpc::CallbackServerContext* context,
                                         const v1::ExplainErrorRequest* request,
                                         v1::ExplainErrorResponse* response) override;
  grpc::ServerWriteReactor<v1::ReadResponse>* Read(grpc::CallbackServerContext* context,
                                                   const v1::ReadRequest* request) override;
  grpc::ServerReadReactor<v1::WriteRequest>* Write(grpc::CallbackServerContext* context,
                                                   v1::WriteResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchStreamPairResponse>* WatchStreamPair(
      grpc::CallbackServerContext* context, const v1::WatchStreamPairRequest* request) override;

 private:
  const ServiceState state_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_STREAM_PAIR_SERVICE_H_
