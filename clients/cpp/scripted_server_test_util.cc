#include "clients/cpp/scripted_server_test_util.h"

#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"

namespace streampair::client {

std::optional<v1::ClientFrame> Conversation::Next() {
  for (;;) {
    while (!pending_.empty()) {
      v1::ClientFrame frame = std::move(pending_.front());
      pending_.pop_front();
      if (frame.has_pong()) {
        last_pong_ = frame.pong().nonce();
        return frame;
      }
      if (frame.has_ping()) {
        ++pings_;
        if (!answer_pings_) continue;
        v1::ServerFrame pong;
        pong.mutable_pong()->set_nonce(frame.ping().nonce());
        Send(pong);
        continue;
      }
      Keep(frame);
      return frame;
    }
    v1::TransferRequest message;
    if (!wire_->Read(&message)) return std::nullopt;
    EXPECT_GT(message.frames_size(), 0) << "a message without frames";
    EXPECT_LT(message.ByteSizeLong(), size_t{4} << 20);
    for (v1::ClientFrame& frame : *message.mutable_frames()) pending_.push_back(std::move(frame));
  }
}

void Conversation::Keep(const v1::ClientFrame& frame) {
  const uint32_t channel = frame.channel();
  if (frame.has_attach()) {
    EXPECT_TRUE(books_.empty() || channel > books_.rbegin()->first)
        << "channel number " << channel << " does not rise";
    books_[channel].ours = books_[channel].largest = frame.attach().window();
    return;
  }
  ASSERT_TRUE(books_.count(channel)) << "a frame before the attach of channel " << channel;
  Books& books = books_[channel];
  if (frame.has_data()) {
    const size_t size = frame.data().payload().size();
    EXPECT_GT(size, 0u);
    EXPECT_FALSE(books.finished) << "data after the finish";
    EXPECT_LE(size, books.clients) << "the client passed its credit on channel " << channel;
    books.clients -= std::min<uint64_t>(size, books.clients);
    books.received += size;
    books.starved = frame.data().starved();
  } else if (frame.has_window()) {
    EXPECT_GT(frame.window().increment(), 0u);
    books.ours += frame.window().increment();
    books.largest = std::max(books.largest, books.ours);
  } else if (frame.has_finish()) {
    EXPECT_FALSE(books.finished) << "a second finish";
    books.finished = true;
  }
}

v1::Attach Conversation::AwaitAttach(uint32_t* channel) {
  while (std::optional<v1::ClientFrame> frame = Next()) {
    if (!frame->has_attach()) continue;
    if (channel != nullptr) *channel = frame->channel();
    return frame->attach();
  }
  if (!context_->IsCancelled()) ADD_FAILURE() << "no attach came";
  return {};
}

void Conversation::AnswerAttach(uint32_t channel, uint32_t window) {
  books_[channel].clients += window - 65536;
  v1::ServerFrame frame;
  frame.set_channel(channel);
  frame.mutable_attached()->set_name(absl::StrCat("streamPairs/scripted.", channel));
  frame.mutable_attached()->set_window(window);
  Send(frame);
  frame.mutable_event()->set_type(v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);
  frame.mutable_event()->set_remote_address("192.0.2.1:80");
  frame.mutable_event()->set_local_address("192.0.2.2:4711");
  Send(frame);
  frame.mutable_event()->set_type(v1::STREAM_EVENT_TYPE_READY);
  Send(frame);
}

uint32_t Conversation::Accept(uint32_t window) {
  uint32_t channel = 0;
  AwaitAttach(&channel);
  AnswerAttach(channel, window);
  return channel;
}

std::string Conversation::AwaitData(uint32_t channel, size_t size, bool grant) {
  std::string bytes;
  while (books_[channel].received < size) {
    std::optional<v1::ClientFrame> frame = Next();
    if (!frame) break;
    if (!frame->has_data() || frame->channel() != channel) continue;
    bytes += frame->data().payload();
    if (grant) Grant(channel, static_cast<uint32_t>(frame->data().payload().size()));
  }
  return bytes;
}

std::string Conversation::AwaitFinish(uint32_t channel, bool grant) {
  std::string bytes;
  while (std::optional<v1::ClientFrame> frame = Next()) {
    if (frame->channel() != channel) continue;
    if (frame->has_finish()) return bytes;
    if (!frame->has_data()) continue;
    bytes += frame->data().payload();
    if (grant) Grant(channel, static_cast<uint32_t>(frame->data().payload().size()));
  }
  if (!context_->IsCancelled()) ADD_FAILURE() << "no finish came";
  return bytes;
}

void Conversation::AwaitCredit(uint32_t channel, uint64_t bytes) {
  while (books_[channel].ours < bytes && Next()) {
  }
}

bool Conversation::AwaitReset(uint32_t channel) {
  while (std::optional<v1::ClientFrame> frame = Next()) {
    if (frame->channel() == channel && frame->has_reset()) return true;
  }
  return false;
}

bool Conversation::AwaitPong(uint64_t nonce) {
  v1::ServerFrame ping;
  ping.mutable_ping()->set_nonce(nonce);
  Send(ping);
  while (last_pong_ != nonce) {
    if (!Next()) break;
  }
  return last_pong_ == nonce;
}

bool Conversation::AwaitHalfClose() {
  while (Next()) {
  }
  return !context_->IsCancelled();
}

bool Conversation::Send(const v1::ServerFrame& frame) {
  v1::TransferResponse message;
  *message.add_frames() = frame;
  return wire_->Write(message);
}

void Conversation::SendData(uint32_t channel, absl::string_view bytes, bool starved) {
  Books& books = books_[channel];
  EXPECT_LE(bytes.size(), books.ours) << "the script passes its credit";
  books.ours -= std::min<uint64_t>(bytes.size(), books.ours);
  v1::ServerFrame frame;
  frame.set_channel(channel);
  frame.mutable_data()->set_payload(bytes.data(), bytes.size());
  frame.mutable_data()->set_starved(starved);
  Send(frame);
}

void Conversation::Grant(uint32_t channel, uint32_t bytes) {
  books_[channel].clients += bytes;
  v1::ServerFrame frame;
  frame.set_channel(channel);
  frame.mutable_window()->set_increment(bytes);
  Send(frame);
}

void Conversation::SendFinish(uint32_t channel, v1::FinishKind kind) {
  v1::ServerFrame frame;
  frame.set_channel(channel);
  frame.mutable_finish()->set_kind(kind);
  Send(frame);
}

void Conversation::SendEnd(uint32_t channel) {
  v1::ServerFrame frame;
  frame.set_channel(channel);
  frame.mutable_end()->set_bytes_written(books_[channel].received);
  Send(frame);
}

void Conversation::SendEnd(uint32_t channel, const v1::StreamError& error) {
  v1::ServerFrame frame;
  frame.set_channel(channel);
  *frame.mutable_end()->mutable_error() = error;
  Send(frame);
}

v1::StreamError PosixStreamError(int code, absl::string_view symbol, v1::ErrorStage stage) {
  v1::StreamError error;
  error.set_domain(v1::ERROR_DOMAIN_POSIX);
  error.set_code(code);
  error.set_packed_error(code);
  error.set_symbol(std::string(symbol));
  error.set_message("scripted");
  error.set_stage(stage);
  return error;
}

grpc::Status StatusWith(grpc::StatusCode code, const v1::StreamError& error) {
  google::rpc::Status rich;
  rich.set_code(code);
  rich.add_details()->PackFrom(error);
  return grpc::Status(code, error.message(), rich.SerializeAsString());
}

ScriptedServer::ScriptedServer(Script transfer, const std::string& address)
    : script_(std::move(transfer)), address_(address) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    ADD_FAILURE() << "cannot listen on " << address;
  } else if (absl::EndsWith(address, ":0")) {
    address_ = absl::StrCat("127.0.0.1:", port);
  }
}

ScriptedServer::~ScriptedServer() { Stop(); }

void ScriptedServer::Stop() {
  // Cancels at once what still runs.
  server_->Shutdown(std::chrono::system_clock::now());
}

grpc::Status ScriptedServer::Transfer(grpc::ServerContext* context, Conversation::Wire* wire) {
  Conversation conversation(context, wire);
  return script_(conversation);
}

grpc::Status ScriptedServer::CreateStreamPair(grpc::ServerContext*,
                                              const v1::CreateStreamPairRequest* request,
                                              v1::CreateStreamPairResponse* response) {
  return on_create ? on_create(*request, response) : grpc::Status(grpc::UNIMPLEMENTED, "");
}

grpc::Status ScriptedServer::GetStreamPair(grpc::ServerContext*,
                                           const v1::GetStreamPairRequest* request,
                                           v1::GetStreamPairResponse* response) {
  return on_get ? on_get(*request, response) : grpc::Status(grpc::UNIMPLEMENTED, "");
}

grpc::Status ScriptedServer::ListStreamPairs(grpc::ServerContext*,
                                             const v1::ListStreamPairsRequest* request,
                                             v1::ListStreamPairsResponse* response) {
  return on_list ? on_list(*request, response) : grpc::Status(grpc::UNIMPLEMENTED, "");
}

grpc::Status ScriptedServer::DeleteStreamPair(grpc::ServerContext*,
                                              const v1::DeleteStreamPairRequest* request,
                                              v1::DeleteStreamPairResponse*) {
  return on_delete ? on_delete(*request) : grpc::Status(grpc::UNIMPLEMENTED, "");
}

grpc::Status ScriptedServer::ExplainError(grpc::ServerContext*,
                                          const v1::ExplainErrorRequest* request,
                                          v1::ExplainErrorResponse* response) {
  return on_explain ? on_explain(*request, response) : grpc::Status(grpc::UNIMPLEMENTED, "");
}

}  // namespace streampair::client
