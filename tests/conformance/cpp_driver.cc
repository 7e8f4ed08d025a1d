// The C++ client's side of the conformance cases: one JSON object a line, there and back.
#include <algorithm>
#include <cerrno>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clients/cpp/carrier.h"
#include "clients/cpp/client.h"
#include "clients/cpp/result.h"
#include "clients/cpp/stream.h"
#include "clients/cpp/stream_error.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/harness/pattern.h"

namespace streampair::testing {
namespace {

using client::ReadResult;
using client::Stream;
using client::StreamError;
using client::WriteResult;
using google::protobuf::Struct;

constexpr size_t kPiece = size_t{1} << 20;
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kMain[] = "main";

// A step's arguments.
class Step {
 public:
  explicit Step(Struct json) : json_(std::move(json)) {}
  bool Has(const std::string& key) const { return json_.fields().count(key) > 0; }
  std::string Text(const std::string& key, const std::string& otherwise = "") const {
    return Has(key) ? json_.fields().at(key).string_value() : otherwise;
  }
  uint64_t Number(const std::string& key) const {
    return Has(key) ? static_cast<uint64_t>(json_.fields().at(key).number_value()) : 0;
  }
  Step Inner(const std::string& key) const { return Step(json_.fields().at(key).struct_value()); }
  // Of milliseconds from now; absent: never.
  absl::Time Deadline(const std::string& key) const {
    return Has(key) ? absl::Now() + absl::Milliseconds(Number(key)) : absl::InfiniteFuture();
  }

 private:
  Struct json_;
};

void Put(Struct* json, const std::string& key, double number) {
  (*json->mutable_fields())[key].set_number_value(number);
}
void Put(Struct* json, const std::string& key, bool value) {
  (*json->mutable_fields())[key].set_bool_value(value);
}
void Put(Struct* json, const std::string& key, absl::string_view bytes) {
  std::string text;  // Each byte as the letter of that number.
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text.push_back(c);
    } else {
      text.push_back(static_cast<char>(0xC0 | byte >> 6));
      text.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  (*json->mutable_fields())[key].set_string_value(text);
}

Struct ErrorStruct(int domain, unsigned subdomain, int code, absl::string_view stage,
                   absl::string_view text) {
  Struct error;
  Put(&error, "domain", double{1} * domain);
  Put(&error, "subdomain", double{1} * subdomain);
  Put(&error, "code", double{1} * code);
  Put(&error, "stage", stage);
  Put(&error, "text", text);
  return error;
}

void PutError(Struct* json, const StreamError& error) {
  *(*json->mutable_fields())["error"].mutable_struct_value() =
      ErrorStruct(error.domain(), error.subdomain(), error.code(), client::StageText(error.stage()),
                  error.ToString());
}

// A deadline is no error in C++: it leaves the stream as it was. This is how the others tell it.
void PutTimeout(Struct* json) {
  *(*json->mutable_fields())["error"].mutable_struct_value() =
      ErrorStruct(v1::ERROR_DOMAIN_POSIX, 0, ETIMEDOUT, "stream", "not yet");
}

// What all drivers and targets make alike: blocks of 64 KiB that begin with their number. The block
// that `offset`, a multiple of kBlock, begins, up to `size` bytes.
constexpr size_t kBlock = 65536;
std::string PatternBlock(uint64_t offset, uint64_t size) {
  std::string block(kBlock, '\0');
  for (size_t i = 8; i < kBlock; ++i) block[i] = static_cast<char>(i * 7 + (i >> 8) * 13);
  for (size_t i = 0; i < 8; ++i) block[i] = static_cast<char>(offset / kBlock >> 8 * i);
  block.resize(std::min<uint64_t>(size, kBlock));
  return block;
}

std::string PatternSha256(uint64_t size) {
  Digest digest;
  for (uint64_t at = 0; at < size; at += kBlock) digest.Add(PatternBlock(at, size - at));
  return digest.Hex();
}

std::optional<StreamError> WritePattern(Stream& stream, uint64_t size) {
  for (uint64_t at = 0; at < size; at += kBlock) {
    const WriteResult wrote = stream.Write(PatternBlock(at, size - at));
    if (wrote.error) return wrote.error;
  }
  return std::nullopt;
}

// Reads `wanted` bytes, or all without it.
Struct ReadBytes(Stream& stream, std::optional<uint64_t> wanted,
                 absl::Time deadline = absl::InfiniteFuture()) {
  Struct result;
  Digest digest;
  uint64_t size = 0;
  std::string text, buffer(kPiece, '\0');
  while (!wanted || size < *wanted) {
    const size_t most = wanted ? std::min<uint64_t>(kPiece, *wanted - size) : kPiece;
    const ReadResult read = stream.Read(absl::MakeSpan(buffer.data(), most), deadline);
    if (read.outcome == ReadResult::Outcome::kEnd) Put(&result, "end", true);
    if (read.outcome == ReadResult::Outcome::kNotYet) PutTimeout(&result);
    if (read.outcome == ReadResult::Outcome::kError) PutError(&result, *read.error);
    if (read.outcome != ReadResult::Outcome::kBytes) break;
    const absl::string_view bytes(buffer.data(), read.bytes);
    digest.Add(bytes);
    size += bytes.size();
    text.append(buffer, 0,
                std::min<size_t>(bytes.size(), 256 - std::min<size_t>(text.size(), 256)));
  }
  Put(&result, "bytes", static_cast<double>(size));
  Put(&result, "sha256", digest.Hex());
  Put(&result, "text", text);
  return result;
}

Struct Exchange(Stream& stream, uint64_t size) {
  std::thread writer([&] { WritePattern(stream, size); });
  Struct result = ReadBytes(stream, size);
  writer.join();
  return result;
}

class Driver {
 public:
  Struct Do(const std::string& op, const Step& step) {
    Struct answer;
    if (op == "begin") {
      Begin(step);
    } else if (op == "open") {
      Open(step, &answer);
    } else if (op == "many") {
      Put(&answer, "right", double{1} * Many(step));
    } else if (op == "cancel_open") {
      Stream stream = carrier_->Open(Spec(step));
      std::thread canceller([&] { stream.Reset(); });
      const auto open = stream.WaitReady();
      canceller.join();
      Put(&answer, "cancelled", !open.ok() && WasReset(open.error()));
    } else if (op == "await_draining") {
      Put(&answer, "draining", draining_.WaitForNotificationWithTimeout(kPatience));
    } else {
      return DoWith(*streams_.at(step.Text("of", kMain)), op, step);
    }
    return answer;
  }

 private:
  static bool WasReset(const StreamError& error) {
    return error.Is(v1::ERROR_DOMAIN_STREAMPAIR, v1::STREAMPAIR_CODE_RESET_BY_CLIENT);
  }

  void Begin(const Step& step) {
    client_ = client::Client::Make(step.Text("server"));
    client::CarrierOptions options;
    options.heartbeat = absl::Milliseconds(step.Number("heartbeat_ms"));
    options.on_draining = [this](absl::Duration) { draining_.Notify(); };
    carrier_.emplace(client_->MakeCarrier(options));
  }

  static v1::StreamPairSpec Spec(const Step& step) {
    client::PairOptions options;
    if (step.Has("connect_timeout_ms")) {
      options.connect_timeout = absl::Milliseconds(step.Number("connect_timeout_ms"));
    }
    if (step.Has("socks")) {
      const Step proxy = step.Inner("socks");
      v1::SocksProxy& socks = *options.properties.emplace_back().mutable_socks_proxy();
      socks.set_host(proxy.Text("host"));
      socks.set_port(static_cast<int>(proxy.Number("port")));
      socks.set_user(proxy.Text("user"));
      socks.set_password(proxy.Text("password"));
    }
    return client::HostPairSpec(step.Text("host"), static_cast<int>(step.Number("port")), options);
  }

  void Open(const Step& step, Struct* answer) {
    Stream stream = carrier_->Open(Spec(step));
    const auto open = stream.WaitReady(step.Deadline("timeout_ms"));
    if (!open.ok()) return PutError(answer, open.error());
    if (!open->ready) return PutTimeout(answer);
    streams_[step.Text("as", kMain)] = std::make_unique<Stream>(std::move(stream));
  }

  int Many(const Step& step) {
    const uint64_t size = step.Number("pattern");
    const std::string wanted = PatternSha256(size);
    absl::Mutex mutex;
    int right = 0;
    std::vector<std::thread> threads;
    for (uint64_t i = 0; i < step.Number("count"); ++i) {
      threads.emplace_back([&] {
        Stream stream = carrier_->Open(Spec(step));
        const Struct result = Exchange(stream, size);
        absl::MutexLock lock(&mutex);
        if (result.fields().at("sha256").string_value() == wanted) ++right;
      });
    }
    for (std::thread& thread : threads) thread.join();
    return right;
  }

  static Struct DoWith(Stream& stream, const std::string& op, const Step& step) {
    Struct answer;
    if (op == "write") {
      const auto error = step.Has("text") ? stream.Write(step.Text("text")).error
                                          : WritePattern(stream, step.Number("pattern"));
      if (error) PutError(&answer, *error);
    } else if (op == "finish") {
      stream.Finish();
    } else if (op == "reset") {
      stream.Reset();
    } else if (op == "close") {
      stream.Close(absl::Now() + kPatience).ok();  // Its error is what reads and writes have told.
    } else if (op == "read") {
      return ReadBytes(stream, step.Number("bytes"), step.Deadline("timeout_ms"));
    } else if (op == "read_all") {
      return ReadBytes(stream, std::nullopt);
    } else if (op == "exchange") {
      return Exchange(stream, step.Number("pattern"));
    } else if (op == "round_trips") {
      uint64_t count = 0;
      char byte = 'x';
      while (count < step.Number("count") && !stream.Write("x").error &&
             stream.Read(absl::MakeSpan(&byte, 1)).bytes == 1 && byte == 'x') {
        ++count;
      }
      Put(&answer, "count", static_cast<double>(count));
    } else if (op == "unread") {
      Put(&answer, "value", static_cast<double>(stream.unread()));
    } else if (op == "end") {
      const auto end = stream.Close(absl::Now() + kPatience);
      if (!end.ok()) {
        PutError(&answer, end.error());
      } else {
        Put(&answer, "bytes_read", static_cast<double>(end->bytes_read));
        Put(&answer, "bytes_written", static_cast<double>(end->bytes_written));
      }
    } else if (op == "cancel_read") {
      std::thread canceller([&] { stream.Reset(); });
      char byte = 0;
      const ReadResult read = stream.Read(absl::MakeSpan(&byte, 1));
      canceller.join();
      Put(&answer, "cancelled", read.error && WasReset(*read.error));
    } else {
      Put(&answer, "unknown", op);
    }
    return answer;
  }

  std::unique_ptr<client::Client> client_;
  absl::Notification draining_;
  std::optional<client::Carrier> carrier_;
  std::map<std::string, std::unique_ptr<Stream>> streams_;
};

int Main() {
  Driver driver;
  for (std::string line; std::getline(std::cin, line);) {
    Struct request;
    if (!google::protobuf::util::JsonStringToMessage(line, &request).ok()) return 1;
    const std::string op = request.fields().at("op").string_value();
    std::string text;
    if (!google::protobuf::util::MessageToJsonString(driver.Do(op, Step(request)), &text).ok()) {
      return 1;
    }
    std::cout << text << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace streampair::testing

int main() { return streampair::testing::Main(); }
