// The halves one at a time: Read, Write, CloseStream; and what Watch tells.
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/mailbox.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

class ReadWrite : public ::testing::Test {
 protected:
  ServerProcess server_;
  Calls calls_{server_.stub()};
};

TEST_F(ReadWrite, WriteThenReadWithoutAnExplicitOpen) {
  TcpTarget target(Echo);
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  const auto written = calls_.Write(name, {"hello, ", "", "world"}, /*finish=*/true);
  EXPECT_THAT(written.status, IsOk());
  EXPECT_EQ(written.bytes_written, 12);
  const auto read = calls_.Read(name);
  EXPECT_THAT(read.status, IsOk());
  EXPECT_EQ(read.data, "hello, world");
  const PairAnswer after = calls_.Get(name);
  EXPECT_EQ(after.pair.read_status(), v1::STREAM_STATUS_AT_END);
  EXPECT_EQ(after.pair.write_status(), v1::STREAM_STATUS_AT_END);
}

TEST_F(ReadWrite, WithoutFinishTheWriteHalfStaysOpen) {
  TcpTarget target(Echo);
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  EXPECT_THAT(calls_.Write(name, {"one "}, /*finish=*/false).status, IsOk());
  EXPECT_EQ(calls_.Get(name).pair.write_status(), v1::STREAM_STATUS_OPEN);
  EXPECT_THAT(calls_.Write(name, {"two"}, /*finish=*/false).status, IsOk());
  EXPECT_THAT(calls_.Write(name, {""}, /*finish=*/true).status, IsOk());
  EXPECT_EQ(calls_.Read(name).data, "one two");
}

TEST_F(ReadWrite, ReadKeepsToThePayloadSize) {
  TcpTarget target(Pour(1000000));
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  const auto read = calls_.Read(name, 1000);
  EXPECT_THAT(read.status, IsOk());
  EXPECT_TRUE(read.data == PatternText(0, 1000000));
}

TEST_F(ReadWrite, LargeWritesArriveWhole) {
  Mailbox<std::string> received;
  TcpTarget target([&](TargetConnection& connection) { received.Put(connection.ReadToEnd()); });
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  std::vector<std::string> payloads;
  for (uint64_t i = 0; i < 64; ++i) payloads.push_back(PatternText(i << 18, 1 << 18));
  const auto written = calls_.Write(name, payloads, /*finish=*/true);
  EXPECT_THAT(written.status, IsOk());
  EXPECT_EQ(written.bytes_written, 16 << 20);
  EXPECT_TRUE(received.Take() == PatternText(0, 16 << 20));
}

TEST_F(ReadWrite, AMidstreamResetIsTheStatusOfTheRead) {
  // Not upon a byte of ours: its own Write might then hear of the reset before its half-close.
  absl::Notification reset;
  TcpTarget target([&reset](TargetConnection& connection) {
    connection.Write("some");
    reset.WaitForNotificationWithTimeout(kPatience);
    connection.Reset();
  });
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  v1::ReadRequest request;
  request.set_name(name);
  const auto reader = server_.stub().Read(&context, request);
  v1::ReadResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.payload(), "some");
  EXPECT_THAT(calls_.Write(name, {"x"}, /*finish=*/false).status, IsOk());
  reset.Notify();
  EXPECT_FALSE(reader->Read(&response));
  const ErrorRow row{grpc::StatusCode::ABORTED,
                     v1::ERROR_DOMAIN_POSIX,
                     ECONNRESET,
                     "ECONNRESET",
                     v1::ERROR_STAGE_STREAM,
                     v1::ERROR_REASON_CONNECTION_TERMINATED,
                     /*retryable=*/false};
  EXPECT_THAT(reader->Finish(), IsStatus(row));
  const PairAnswer after = calls_.Get(name);
  EXPECT_EQ(after.pair.read_status(), v1::STREAM_STATUS_ERROR);
  EXPECT_THAT(after.pair.error(), IsStreamError(row));
}

TEST_F(ReadWrite, ClosingOneHalfSendsNothingToTheTarget) {
  Mailbox<std::string> received;
  TcpTarget target([&](TargetConnection& connection) {
    received.Put(connection.ReadExactly(5));
    connection.Write("still here");
    connection.ReadToEnd();
    received.Put(connection.end() == TargetEnd::kOpen ? "open" : "ended");
  });
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  EXPECT_THAT(calls_.Open(name).status, IsOk());
  EXPECT_THAT(calls_.Write(name, {"hello"}, /*finish=*/false).status, IsOk());
  EXPECT_EQ(received.Take(), "hello");
  const PairAnswer closed = calls_.Close(name, v1::HALF_WRITE);
  EXPECT_THAT(closed.status, IsOk());
  EXPECT_EQ(closed.pair.write_status(), v1::STREAM_STATUS_CLOSED);
  EXPECT_EQ(closed.pair.read_status(), v1::STREAM_STATUS_OPEN);
  TransferClient rpc(server_.stub());
  v1::ClientFrame attach = AttachTo(0, name);
  attach.mutable_attach()->set_halves(v1::HALF_READ);
  rpc.Send({attach});
  EXPECT_EQ(rpc.AwaitData(0, 10), "still here");
  // The last half takes the socket along.
  EXPECT_THAT(calls_.Close(name, v1::HALF_READ).status, IsOk());
  EXPECT_EQ(received.Take(), "ended");
  EXPECT_EQ(calls_.Get(name).status.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ReadWrite, OpenWaitsAndTellsThePairsState) {
  TcpTarget target(Echo);
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  const PairAnswer opened = calls_.Open(name, v1::HALF_BOTH, v1::OPEN_WAIT_READY);
  EXPECT_THAT(opened.status, IsOk());
  EXPECT_EQ(opened.pair.name(), name);
  EXPECT_EQ(opened.pair.read_status(), v1::STREAM_STATUS_OPEN);
  EXPECT_EQ(opened.pair.write_status(), v1::STREAM_STATUS_OPEN);
  EXPECT_EQ(opened.pair.remote_address(), target.address());
  EXPECT_TRUE(opened.pair.has_open_time());
  EXPECT_TRUE(opened.pair.has_connect_time());
}

TEST_F(ReadWrite, AnOpenWhoseDeadlinePassesLeavesThePairOpening) {
  FullBacklog target;
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  const PairAnswer opened =
      calls_.Open(name, v1::HALF_BOTH, v1::OPEN_WAIT_CONNECTED, absl::Milliseconds(200));
  EXPECT_EQ(opened.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  const PairAnswer after = calls_.Get(name);
  EXPECT_EQ(after.pair.read_status(), v1::STREAM_STATUS_OPENING);
  EXPECT_FALSE(after.pair.has_error());
}

TEST_F(ReadWrite, ListShowsPairsOldestFirstByPageAndLabel) {
  std::vector<std::string> names;
  for (int i = 0; i < 7; ++i) {
    v1::StreamPairSpec spec = HeldSpecTo(80);
    (*spec.mutable_labels())["parity"] = i % 2 == 0 ? "even" : "odd";
    names.push_back(calls_.MakePair(spec));
  }
  std::vector<std::string> listed;
  v1::ListStreamPairsRequest request;
  request.set_page_size(3);
  int pages = 0;
  do {
    grpc::ClientContext context;
    v1::ListStreamPairsResponse response;
    ASSERT_THAT(server_.stub().ListStreamPairs(&context, request, &response), IsOk());
    EXPECT_LE(response.stream_pairs_size(), 3);
    for (const auto& pair : response.stream_pairs()) listed.push_back(pair.name());
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, names);
  EXPECT_EQ(pages, 3);

  grpc::ClientContext context;
  v1::ListStreamPairsResponse odd;
  v1::ListStreamPairsRequest by_label;
  (*by_label.mutable_labels())["parity"] = "odd";
  ASSERT_THAT(server_.stub().ListStreamPairs(&context, by_label, &odd), IsOk());
  EXPECT_EQ(odd.stream_pairs_size(), 3);
}

TEST_F(ReadWrite, ARetriedCreateMakesOnePair) {
  const v1::StreamPairSpec spec = HeldSpecTo(80);
  const std::string id = "6b1c1c0a-58b5-4b4e-9a83-0d1f3a0d0b11";
  const PairAnswer first = calls_.Create(spec, id);
  const PairAnswer second = calls_.Create(spec, id);
  EXPECT_THAT(second.status, IsOk());
  EXPECT_EQ(first.pair.name(), second.pair.name());
  EXPECT_EQ(server_.Pairs(), 1);
  EXPECT_THAT(calls_.Create(HeldSpecTo(81), id).status,
              IsStatus(OwnRow(v1::STREAMPAIR_CODE_INVALID_REQUEST)));
  EXPECT_EQ(server_.Pairs(), 1);
}

TEST_F(ReadWrite, ValidateOnlyMakesNothing) {
  const PairAnswer answer = calls_.Create(SpecTo(80), "", /*validate_only=*/true);
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.pair.name(), "");
  EXPECT_EQ(answer.pair.target().host().port(), 80);
  EXPECT_EQ(server_.Pairs(), 0);
  EXPECT_THAT(calls_.Create(SpecTo(0), "", /*validate_only=*/true).status,
              IsStatus(OwnRow(v1::STREAMPAIR_CODE_INVALID_REQUEST)));
}

TEST_F(ReadWrite, WatchTellsThePairsLife) {
  Mailbox<bool> may_speak;
  TcpTarget target([&](TargetConnection& connection) {
    may_speak.Take();
    connection.Write("hello");
    connection.Finish();
    connection.ReadToEnd();
  });
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  Watcher watcher(server_.stub(), name);
  EXPECT_THAT(calls_.Open(name).status, IsOk());
  const v1::StreamEvent opened = watcher.Await(v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);
  EXPECT_EQ(opened.remote_address(), target.address());
  EXPECT_FALSE(opened.local_address().empty());
  watcher.Await(v1::STREAM_EVENT_TYPE_READY);
  may_speak.Put(true);
  const v1::StreamEvent bytes = watcher.Await(v1::STREAM_EVENT_TYPE_HAS_BYTES_AVAILABLE);
  EXPECT_EQ(bytes.half(), v1::HALF_READ);
  EXPECT_EQ(calls_.Read(name).data, "hello");
  const v1::StreamEvent end = watcher.Await(v1::STREAM_EVENT_TYPE_END_ENCOUNTERED);
  EXPECT_EQ(end.half(), v1::HALF_READ);
  EXPECT_THAT(calls_.Delete(name), IsOk());
  watcher.Await(v1::STREAM_EVENT_TYPE_RELEASED);
  EXPECT_THAT(watcher.Status().value(), IsOk());
}

TEST_F(ReadWrite, WatchBeginsWithWhatHoldsAlready) {
  TcpTarget target(Say("hello"));
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  EXPECT_THAT(calls_.Open(name).status, IsOk());
  Watcher watcher(server_.stub(), name);
  watcher.Await(v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);
  Watcher accepts(server_.stub(), name, {v1::STREAM_EVENT_TYPE_CAN_ACCEPT_BYTES});
  EXPECT_EQ(accepts.Next().half(), v1::HALF_WRITE);
  Watcher bytes(server_.stub(), name, {v1::STREAM_EVENT_TYPE_HAS_BYTES_AVAILABLE});
  EXPECT_EQ(bytes.Next().half(), v1::HALF_READ);
}

TEST_F(ReadWrite, WatchTellsAFailure) {
  ClosedPort target;
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  Watcher watcher(server_.stub(), name, {v1::STREAM_EVENT_TYPE_ERROR_OCCURRED});
  EXPECT_FALSE(calls_.Open(name).status.ok());
  const v1::StreamEvent event = watcher.Next();
  EXPECT_EQ(event.type(), v1::STREAM_EVENT_TYPE_ERROR_OCCURRED);
  EXPECT_EQ(event.error().code(), ECONNREFUSED);
  EXPECT_EQ(event.error().address(), target.address());
}

}  // namespace
}  // namespace streampair::testing
