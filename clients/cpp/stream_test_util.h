#ifndef STREAMPAIR_CLIENTS_CPP_STREAM_TEST_UTIL_H_
#define STREAMPAIR_CLIENTS_CPP_STREAM_TEST_UTIL_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cpp/client.h"
#include "clients/cpp/scripted_server_test_util.h"

// What the tests of one stream against a scripted server share.
namespace streampair::client {

using ReadOutcome = ReadResult::Outcome;
using WriteOutcome = WriteResult::Outcome;

// Far more than anything takes; a test that needs it has failed.
inline absl::Time Soon() { return absl::Now() + absl::Seconds(30); }
// For waits that are expected to time out.
inline absl::Time AtOnce() { return absl::Now() + absl::Milliseconds(50); }

inline std::string ReadSome(Stream& stream) {
  std::string buffer(1 << 20, '\0');
  const ReadResult result = stream.Read(absl::MakeSpan(buffer), Soon());
  EXPECT_EQ(result.outcome, ReadOutcome::kBytes);
  buffer.resize(result.bytes);
  return buffer;
}

inline std::string ReadAll(Stream& stream) {
  std::string all, buffer(1 << 20, '\0');
  for (;;) {
    const ReadResult result = stream.Read(absl::MakeSpan(buffer), Soon());
    if (result.outcome != ReadOutcome::kBytes) {
      EXPECT_EQ(result.outcome, ReadOutcome::kEnd);
      return all;
    }
    all.append(buffer, 0, result.bytes);
  }
}

inline ReadOutcome ReadsAs(Stream& stream, absl::Time deadline = Soon()) {
  char byte;
  return stream.Read(absl::MakeSpan(&byte, 1), deadline).outcome;
}

// Sends back what comes, and ends in order.
inline grpc::Status Echo(Conversation& conversation) {
  const uint32_t channel = conversation.Accept();
  std::string backlog;
  bool finished = false, ended = false;
  while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
    if (frame->has_data()) {
      backlog += frame->data().payload();
      conversation.Grant(channel, static_cast<uint32_t>(frame->data().payload().size()));
    }
    finished |= frame->has_finish();
    const size_t size = std::min<size_t>(backlog.size(), conversation.credit(channel));
    if (size > 0) conversation.SendData(channel, absl::string_view(backlog).substr(0, size));
    backlog.erase(0, size);
    if (finished && backlog.empty() && !ended) {
      conversation.SendFinish(channel);
      conversation.SendEnd(channel);
      ended = true;
    }
  }
  return grpc::Status::OK;
}

// Sends as fast as credit allows, as a server does whose target pours; returns the largest window.
inline uint64_t Pour(Conversation& conversation, uint32_t channel, size_t bytes, bool starved) {
  const std::string piece(size_t{1} << 20, 'p');
  while (bytes > 0) {
    conversation.AwaitCredit(channel, 1);
    const size_t size = std::min<size_t>({bytes, conversation.credit(channel), piece.size()});
    if (size == 0) break;
    bytes -= size;
    const bool last = size == conversation.credit(channel) && bytes > 0;
    conversation.SendData(channel, absl::string_view(piece).substr(0, size), starved && last);
  }
  return conversation.largest_window(channel);
}

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_STREAM_TEST_UTIL_H_
