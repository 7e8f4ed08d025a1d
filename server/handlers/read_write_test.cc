// Read and Write, through a real server to a real socket.
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "core/base/unique_fd.h"
#include "core/testing/loopback_listener.h"
#include "gtest/gtest.h"
#include "server/testing/running_server.h"

namespace streampair {
namespace {

using grpc::StatusCode;

void SendAll(const UniqueFd& socket, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(socket.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    ASSERT_GT(n, 0);
    sent += static_cast<size_t>(n);
  }
}

// All that comes until the end, or until `limit`.
std::string ReceiveAll(const UniqueFd& socket, size_t limit = SIZE_MAX) {
  std::string bytes;
  char buffer[65536];
  while (bytes.size() < limit) {
    const ssize_t n = recv(socket.get(), buffer, std::min(sizeof(buffer), limit - bytes.size()), 0);
    if (n <= 0) break;
    bytes.append(buffer, static_cast<size_t>(n));
  }
  return bytes;
}

void ResetConnection(UniqueFd socket) {
  const linger hard = {1, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 131 + (i >> 8));
  return bytes;
}

ServerOptions Impatient() {
  ServerOptions options;
  options.end_wait = absl::Milliseconds(200);
  return options;
}

class ReadWriteTest : public ::testing::Test {
 protected:
  ReadWriteTest() : name_(server_.MustCreate(target_.endpoint()).name()) {}

  struct ReadOutcome {
    grpc::Status status;
    std::string bytes;
    size_t largest = 0;
  };
  ReadOutcome Read(int max_payload_size = 0) {
    grpc::ClientContext context;
    v1::ReadRequest request;
    request.set_name(name_);
    request.set_max_payload_size(max_payload_size);
    auto reader = server_.stub().Read(&context, request);
    ReadOutcome outcome;
    v1::ReadResponse response;
    while (reader->Read(&response)) {
      EXPECT_FALSE(response.payload().empty());
      outcome.bytes += response.payload();
      outcome.largest = std::max(outcome.largest, response.payload().size());
    }
    outcome.status = reader->Finish();
    return outcome;
  }

  struct WriteOutcome {
    grpc::Status status;
    uint64_t written = 0;
  };
  WriteOutcome Write(const std::vector<v1::WriteRequest>& messages) {
    grpc::ClientContext context;
    v1::WriteResponse response;
    auto writer = server_.stub().Write(&context, &response);
    for (const auto& message : messages) {
      if (!writer->Write(message)) break;
    }
    writer->WritesDone();
    WriteOutcome outcome{writer->Finish()};
    outcome.written = response.bytes_written();
    return outcome;
  }
  v1::WriteRequest Message(const std::string& payload, bool finish = false) {
    v1::WriteRequest message;
    message.set_name(name_);
    message.set_payload(payload);
    message.set_finish(finish);
    return message;
  }

  LoopbackListener target_;
  RunningServer server_{Impatient()};
  const std::string name_;
};

TEST_F(ReadWriteTest, ReadsToTheEnd) {
  const std::string sent = Pattern(3000000);
  std::thread peer([&] {
    const UniqueFd socket = target_.Accept();
    SendAll(socket, sent);
    shutdown(socket.get(), SHUT_WR);
    ReceiveAll(socket);
  });
  const ReadOutcome outcome = Read();
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_TRUE(outcome.bytes == sent);
  EXPECT_LE(outcome.largest, 65536u);
  const v1::StreamPair pair = server_.MustGet(name_);
  EXPECT_EQ(pair.read_status(), v1::STREAM_STATUS_AT_END);
  EXPECT_EQ(pair.write_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_EQ(pair.bytes_read(), sent.size());
  server_.server().Stop(absl::ZeroDuration());
  peer.join();
}

TEST_F(ReadWriteTest, ReadsInPiecesOfTheSizeAskedFor) {
  std::thread peer([&] { SendAll(target_.Accept(), Pattern(1000)); });
  const ReadOutcome outcome = Read(7);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.bytes, Pattern(1000));
  EXPECT_LE(outcome.largest, 7u);
  peer.join();
}

TEST_F(ReadWriteTest, ReadsAnEmptyStream) {
  std::thread peer([&] { target_.Accept(); });
  const ReadOutcome outcome = Read();
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.bytes, "");
  peer.join();
}

TEST_F(ReadWriteTest, ReportsAReset) {
  std::thread peer([&] {
    UniqueFd socket = target_.Accept();
    // Not before the dialer has seen that the connection stands.
    EXPECT_TRUE(Eventually([&] { return server_.MustGet(name_).has_connect_time(); }));
    ResetConnection(std::move(socket));
  });
  const ReadOutcome outcome = Read();
  EXPECT_EQ(outcome.status.error_code(), StatusCode::ABORTED);
  EXPECT_EQ(StreamErrorOf(outcome.status).symbol(), "ECONNRESET");
  EXPECT_EQ(StreamErrorOf(outcome.status).stage(), v1::ERROR_STAGE_STREAM);
  peer.join();
}

TEST_F(ReadWriteTest, ReportsThatThePairCannotBeOpened) {
  const ClosedPort closed;
  v1::ReadRequest read;
  read.set_name(server_.MustCreate(closed.endpoint()).name());
  grpc::ClientContext context;
  auto reader = server_.stub().Read(&context, read);
  v1::ReadResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(StreamErrorOf(reader->Finish()).symbol(), "ECONNREFUSED");

  v1::WriteRequest write = Message("lost");
  write.set_name(server_.MustCreate(closed.endpoint()).name());
  EXPECT_EQ(StreamErrorOf(Write({write}).status).symbol(), "ECONNREFUSED");
}

TEST_F(ReadWriteTest, RefusesPayloadSizesOutOfRange) {
  for (const int size : {-1, (1 << 20) + 1}) {
    const ReadOutcome outcome = Read(size);
    EXPECT_EQ(outcome.status.error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(BadRequestOf(outcome.status).field_violations(0).field(), "max_payload_size");
  }
  EXPECT_EQ(server_.MustGet(name_).read_status(), v1::STREAM_STATUS_NOT_OPEN);
}

TEST_F(ReadWriteTest, TakesOneReaderAtATime) {
  grpc::ClientContext context;
  v1::ReadRequest request;
  request.set_name(name_);
  auto first = server_.stub().Read(&context, request);
  first->WaitForInitialMetadata();  // Attached.
  const ReadOutcome second = Read();
  EXPECT_EQ(second.status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(Says(second.status, StreampairCode::kAlreadyAttached));

  // Once the first has gone, the pair is there for another.
  context.TryCancel();
  EXPECT_EQ(first->Finish().error_code(), StatusCode::CANCELLED);
  EXPECT_TRUE(Eventually([&] { return !server_.MustGet(name_).read_attached(); }));
  std::thread peer([&] { SendAll(target_.Accept(), "later"); });
  EXPECT_EQ(Read().bytes, "later");
  peer.join();
}

TEST_F(ReadWriteTest, EndsWhenThePairIsDeleted) {
  grpc::ClientContext context;
  v1::ReadRequest request;
  request.set_name(name_);
  auto reader = server_.stub().Read(&context, request);
  reader->WaitForInitialMetadata();
  // While it is still opening, it is the open that is cancelled.
  EXPECT_TRUE(Eventually([&] { return server_.MustGet(name_).has_connect_time(); }));
  v1::DeleteStreamPairRequest remove;
  remove.set_name(name_);
  v1::DeleteStreamPairResponse removed;
  grpc::ClientContext remove_context;
  ASSERT_TRUE(server_.stub().DeleteStreamPair(&remove_context, remove, &removed).ok());
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::ABORTED);
  EXPECT_TRUE(Says(status, StreampairCode::kPairReleased));
}

TEST_F(ReadWriteTest, WritesAndFinishes) {
  std::string received;
  std::thread peer([&] { received = ReceiveAll(target_.Accept()); });
  const std::string big = Pattern(3000000);
  const WriteOutcome outcome =
      Write({Message(""), Message("first,"), Message(big), Message("last", /*finish=*/true)});
  peer.join();
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_EQ(outcome.written, 6 + big.size() + 4);
  EXPECT_TRUE(received == "first," + big + "last");
  const v1::StreamPair pair = server_.MustGet(name_);
  EXPECT_EQ(pair.write_status(), v1::STREAM_STATUS_AT_END);
  EXPECT_FALSE(pair.write_attached());
  EXPECT_EQ(pair.bytes_written(), outcome.written);
}

TEST_F(ReadWriteTest, KeepsTheHalfOpenWithoutAFinish) {
  EXPECT_EQ(Write({Message("one ")}).written, 4u);
  EXPECT_EQ(Write({Message("two", true)}).written, 3u);
  EXPECT_EQ(ReceiveAll(target_.Accept()), "one two");
}

TEST_F(ReadWriteTest, FinishesWithoutAByte) {
  EXPECT_TRUE(Write({Message("", true)}).status.ok());
  EXPECT_EQ(ReceiveAll(target_.Accept()), "");
}

TEST_F(ReadWriteTest, RefusesDataAfterTheFinish) {
  const WriteOutcome outcome = Write({Message("x", true), Message("y")});
  EXPECT_EQ(outcome.status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(Says(outcome.status, StreampairCode::kAfterFinish));
  EXPECT_EQ(ReceiveAll(target_.Accept()), "x");
}

TEST_F(ReadWriteTest, NeedsAFirstMessageWithAName) {
  const WriteOutcome none = Write({});
  EXPECT_EQ(none.status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(BadRequestOf(none.status).field_violations(0).field(), "name");
  EXPECT_EQ(BadRequestOf(Write({v1::WriteRequest()}).status).field_violations(0).field(), "name");
}

TEST_F(ReadWriteTest, RefusesAMessageOverTheLimit) {
  const WriteOutcome outcome = Write({Message(std::string((4 << 20) + 1, 'x'))});
  EXPECT_EQ(outcome.status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Says(outcome.status, StreampairCode::kMessageTooLarge));
}

TEST_F(ReadWriteTest, WaitsForATargetThatDoesNotRead) {
  const std::string big = Pattern(2 << 20);
  WriteOutcome outcome;
  std::thread client([&] {
    outcome = Write({Message(big), Message(big), Message(big), Message(big, true)});
  });
  const UniqueFd socket = target_.Accept();
  EXPECT_TRUE(Eventually(
      [&] { return server_.MustGet(name_).write_status() == v1::STREAM_STATUS_WRITING; }));
  EXPECT_EQ(ReceiveAll(socket).size(), 4 * big.size());
  client.join();
  EXPECT_EQ(outcome.written, 4 * big.size());
}

TEST_F(ReadWriteTest, TellsAWriterThatWaitsOfAReset) {
  grpc::ClientContext context;
  v1::WriteResponse response;
  auto writer = server_.stub().Write(&context, &response);
  ASSERT_TRUE(writer->Write(Message("hello")));
  UniqueFd socket = target_.Accept();
  EXPECT_EQ(ReceiveAll(socket, 5), "hello");
  ResetConnection(std::move(socket));
  const grpc::Status status =
      writer->Finish();  // Without a half-close: the server must speak first.
  EXPECT_EQ(status.error_code(), StatusCode::ABORTED);
  EXPECT_EQ(StreamErrorOf(status).symbol(), "ECONNRESET");
}

TEST_F(ReadWriteTest, BothHalvesWorkAtOnce) {
  std::thread peer([&] {
    const UniqueFd socket = target_.Accept();
    SendAll(socket, ReceiveAll(socket));
  });
  const std::string sent = Pattern(1000000);
  WriteOutcome written;
  std::thread client([&] { written = Write({Message(sent, true)}); });
  const ReadOutcome read = Read();
  client.join();
  peer.join();
  EXPECT_TRUE(written.status.ok());
  EXPECT_TRUE(read.bytes == sent);
}

}  // namespace
}  // namespace streampair
