#ifndef STREAMPAIR_CLIENTS_CPP_SCRIPTED_SERVER_TEST_UTIL_H_
#define STREAMPAIR_CLIENTS_CPP_SCRIPTED_SERVER_TEST_UTIL_H_

#include <grpcpp/server.h>
#include <grpcpp/server_context.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "streampair/v1/stream_pair_service.grpc.pb.h"

namespace streampair::client {

// The server's side of one Transfer RPC, as a test's script drives it. It keeps the books of credit
// in both directions: a client that sends more than its credit fails the test, and so does a script
// that does (unless it means to). Pings are answered and not shown. Used by the script's thread
// alone.
class Conversation {
 public:
  using Wire = grpc::ServerReaderWriter<v1::TransferResponse, v1::TransferRequest>;
  Conversation(grpc::ServerContext* context, Wire* wire) : context_(context), wire_(wire) {}

  // The client's next frame; nothing after its half-close or when the RPC is over.
  std::optional<v1::ClientFrame> Next();

  // The next frame that is an attach, answered with a window, and with the events of an open pair.
  // Returns its channel.
  uint32_t Accept(uint32_t window = 262144);
  v1::Attach AwaitAttach(uint32_t* channel = nullptr);
  void AnswerAttach(uint32_t channel, uint32_t window = 262144);

  // Reads until the channel has sent `size` bytes in all, or until its finish. Granting keeps the
  // client going.
  std::string AwaitData(uint32_t channel, size_t size, bool grant = true);
  std::string AwaitFinish(uint32_t channel, bool grant = true);
  // Reads until the client may be sent so many bytes.
  void AwaitCredit(uint32_t channel, uint64_t bytes);
  // Reads until the reset of the channel; false if it does not come.
  bool AwaitReset(uint32_t channel);
  // Pings, and reads until the answer. So everything that the client said before is known, and the
  // RPC still stands.
  bool AwaitPong(uint64_t nonce);
  // Reads until the half-close; false if the RPC broke instead.
  bool AwaitHalfClose();

  // False once the RPC is over.
  bool Send(const v1::ServerFrame& frame);
  void SendData(uint32_t channel, absl::string_view bytes, bool starved = false);
  void Grant(uint32_t channel, uint32_t bytes);
  void SendFinish(uint32_t channel, v1::FinishKind kind = v1::FINISH_KIND_FIN);
  void SendEnd(uint32_t channel);
  void SendEnd(uint32_t channel, const v1::StreamError& error);

  // How much may be sent to the client, and by it, now; how much came from it.
  uint64_t credit(uint32_t channel) { return books_[channel].ours; }
  uint64_t client_credit(uint32_t channel) { return books_[channel].clients; }
  uint64_t received(uint32_t channel) { return books_[channel].received; }
  // The highest sum of window increments in flight so far: how far the client's window has grown.
  uint64_t largest_window(uint32_t channel) { return books_[channel].largest; }
  bool last_starved(uint32_t channel) { return books_[channel].starved; }
  uint64_t pings() const { return pings_; }
  // Turns the answers to pings off.
  void IgnorePings() { answer_pings_ = false; }

  grpc::ServerContext* context() { return context_; }

 private:
  struct Books {
    uint64_t ours = 0;  // What the client takes.
    uint64_t largest = 0;
    uint64_t clients = 65536;  // What we take.
    uint64_t received = 0;
    bool starved = false;
    bool finished = false;
  };
  void Keep(const v1::ClientFrame& frame);

  grpc::ServerContext* const context_;
  Wire* const wire_;
  std::deque<v1::ClientFrame> pending_;
  std::map<uint32_t, Books> books_;
  uint64_t pings_ = 0;
  uint64_t last_pong_ = 0;
  bool answer_pings_ = true;
};

v1::StreamError PosixStreamError(int code, absl::string_view symbol,
                                 v1::ErrorStage stage = v1::ERROR_STAGE_CONNECT);
// A status that carries the error as servers do.
grpc::Status StatusWith(grpc::StatusCode code, const v1::StreamError& error);

// A gRPC server on loopback that does what a script says.
class ScriptedServer : private v1::StreamPairService::Service {
 public:
  using Script = std::function<grpc::Status(Conversation&)>;

  // `address` as gRPC listens to; the default takes a free port.
  explicit ScriptedServer(Script transfer, const std::string& address = "127.0.0.1:0");
  // Ends what still runs.
  ~ScriptedServer() override;

  // Where it listens.
  const std::string& address() const { return address_; }
  // No new RPC, and ends those that run, as a crash would.
  void Stop();

  // The unary calls; unset: UNIMPLEMENTED. Set them before the first call.
  std::function<grpc::Status(const v1::CreateStreamPairRequest&, v1::CreateStreamPairResponse*)>
      on_create;
  std::function<grpc::Status(const v1::GetStreamPairRequest&, v1::GetStreamPairResponse*)> on_get;
  std::function<grpc::Status(const v1::ListStreamPairsRequest&, v1::ListStreamPairsResponse*)>
      on_list;
  std::function<grpc::Status(const v1::DeleteStreamPairRequest&)> on_delete;
  std::function<grpc::Status(const v1::ExplainErrorRequest&, v1::ExplainErrorResponse*)> on_explain;

 private:
  grpc::Status Transfer(grpc::ServerContext* context, Conversation::Wire* wire) override;
  grpc::Status CreateStreamPair(grpc::ServerContext* context,
                                const v1::CreateStreamPairRequest* request,
                                v1::CreateStreamPairResponse* response) override;
  grpc::Status GetStreamPair(grpc::ServerContext* context, const v1::GetStreamPairRequest* request,
                             v1::GetStreamPairResponse* response) override;
  grpc::Status ListStreamPairs(grpc::ServerContext* context,
                               const v1::ListStreamPairsRequest* request,
                               v1::ListStreamPairsResponse* response) override;
  grpc::Status DeleteStreamPair(grpc::ServerContext* context,
                                const v1::DeleteStreamPairRequest* request,
                                v1::DeleteStreamPairResponse* response) override;
  grpc::Status ExplainError(grpc::ServerContext* context, const v1::ExplainErrorRequest* request,
                            v1::ExplainErrorResponse* response) override;

  const Script script_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_SCRIPTED_SERVER_TEST_UTIL_H_
