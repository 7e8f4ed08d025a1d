// The record: what stands in it, and what happens when it cannot be written.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Struct = google::protobuf::Struct;

const ErrorRow kDenied = OwnRow(v1::STREAMPAIR_CODE_POLICY_DENIED);
const ErrorRow kDiskFull = {grpc::StatusCode::RESOURCE_EXHAUSTED,
                            v1::ERROR_DOMAIN_POSIX,
                            ENOSPC,
                            "ENOSPC",
                            v1::ERROR_STAGE_CAPACITY,
                            v1::ERROR_REASON_PROXY_INTERNAL_ERROR,
                            true};

constexpr char kPolicy[] = R"(policy:
  rules:
    - {name: all, action: allow, hops: [target, proxy], unverifiable: true}
    - {name: soon, action: deny, mode: report, hosts: [127.0.0.1]}
  guard:
    exemptions:
      - {name: tests, principals: ["*"], hosts: ["*"], addresses: [127.0.0.1]}
)";

class Recorded {
 public:
  // `record`: the members of the configuration's field, behind `file`.
  explicit Recorded(const std::string& record = "", const std::string& points_to = "") {
    if (!points_to.empty()) PointTo(points_to);
    scratch_.Write("egress.yaml", absl::StrCat(kPolicy, "record: {file: ", file(), record, "}\n"));
    server_.emplace(
        std::vector<std::string>{absl::StrCat("--config=", scratch_.File("egress.yaml"))});
    calls_.emplace(server_->stub());
  }

  std::string file() const { return scratch_.File("record.jsonl"); }
  // Makes the record's file a link to `target`.
  void PointTo(const std::string& target) {
    const std::string next = scratch_.File("next");
    ASSERT_EQ(symlink(target.c_str(), next.c_str()), 0);
    ASSERT_EQ(rename(next.c_str(), file().c_str()), 0);
  }

  // The lines so far whose event is `event`; each must be JSON.
  std::vector<Struct> Lines(const std::string& event, const std::string& path = "") {
    std::vector<Struct> found;
    const std::string text = ReadFile(path.empty() ? file() : path).value_or("");
    for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      Struct object;
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(std::string(line), &object).ok())
          << line;
      if (object.fields().at("event").string_value() == event) found.push_back(object);
    }
    return found;
  }
  // Waits for that many, and gives the last.
  Struct Await(const std::string& event, size_t count) {
    std::vector<Struct> lines;
    EXPECT_TRUE(WaitUntil([&] { return (lines = Lines(event)).size() >= count; }))
        << ReadFile(file()).value_or("no file");
    EXPECT_EQ(lines.size(), count);
    return lines.empty() ? Struct() : lines.back();
  }

  ScratchDir& scratch() { return scratch_; }
  ServerProcess& server() { return *server_; }
  Calls& calls() { return *calls_; }

 private:
  ScratchDir scratch_;
  std::optional<ServerProcess> server_;
  std::optional<Calls> calls_;
};

// "a.b.0.c" in an object, as text; "-" if it is not there.
std::string At(const Struct& object, const std::string& path) {
  google::protobuf::Value value;
  *value.mutable_struct_value() = object;
  for (const absl::string_view key : absl::StrSplit(path, '.')) {
    google::protobuf::Value inner;
    if (value.has_list_value()) {
      const int index = std::stoi(std::string(key));
      if (index >= value.list_value().values_size()) return "-";
      inner = value.list_value().values(index);
    } else {
      const auto found = value.struct_value().fields().find(std::string(key));
      if (found == value.struct_value().fields().end()) return "-";
      inner = found->second;
    }
    value = inner;
  }
  if (value.has_string_value()) return value.string_value();
  if (value.has_number_value()) return absl::StrCat(value.number_value());
  return value.DebugString();
}

TEST(Record, SaysWhatWasDecidedAndHowItEnded) {
  TcpTarget target(Echo);
  Recorded recorded;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  v1::CreateStreamPairRequest request;
  v1::CreateStreamPairResponse made;
  *request.mutable_spec() = HeldSpecTo(target.port());
  request.set_request_id("r-1");
  ASSERT_THAT(recorded.server().stub().CreateStreamPair(&context, request, &made), IsOk());
  const std::string name = made.stream_pair().name();
  ASSERT_THAT(recorded.calls().Open(name, v1::HALF_UNSPECIFIED, v1::OPEN_WAIT_READY).status,
              IsOk());
  EXPECT_THAT(recorded.calls().Write(name, {"hello"}, true).status, IsOk());
  EXPECT_EQ(recorded.calls().Read(name).data, "hello");
  recorded.calls().Delete(name);

  const Struct decision = recorded.Await("decision", 1);
  const struct {
    const char* path;
    std::string value;
  } kDecision[] = {{"session", name},
                   {"request_id", "r-1"},
                   {"trace_id", "0af7651916cd43dd8448eb211c80319c"},
                   {"principal", "anonymous"},
                   {"identity_source", "anonymous"},
                   {"host_requested", "127.0.0.1"},
                   {"host_canonical", "127.0.0.1"},
                   {"port", absl::StrCat(target.port())},
                   {"answers.0.address", "127.0.0.1"},
                   {"answers.0.class", "loopback"},
                   {"answers.0.verdict", "allow"},
                   {"answers.0.hop", "target"},
                   {"answers.1", "-"},
                   {"pinned", target.address()},
                   {"rule", "all"},
                   {"generation", "1"},
                   {"action", "enforce"},
                   {"verdict", "allow"},
                   {"would_deny", "soon"},
                   {"proxy", "-"},
                   {"error", "-"}};
  for (const auto& c : kDecision) EXPECT_EQ(At(decision, c.path), c.value) << c.path;
  EXPECT_THAT(At(decision, "peer"), HasSubstr("ipv4:127.0.0.1:"));
  for (const char* stage : {"policy", "resolve", "connect"}) {
    EXPECT_NE(At(decision, absl::StrCat("stage_ms.", stage)), "-") << stage;
  }
  const Struct close = recorded.Await("close", 1);
  const struct {
    const char* path;
    std::string value;
  } kClose[] = {{"session", name},
                {"trace_id", "0af7651916cd43dd8448eb211c80319c"},
                {"bytes_in", "5"},
                {"bytes_out", "5"},
                {"principal", "anonymous"}};
  for (const auto& c : kClose) EXPECT_EQ(At(close, c.path), c.value) << c.path;
  for (const char* key :
       {"ts", "duration_ms", "first_byte_ms", "last_activity", "closed_by", "end_kind"}) {
    EXPECT_NE(At(close, key), "-") << key;
  }
  EXPECT_EQ(recorded.Lines("decision").size(), 1u);
}

TEST(Record, TellsEveryKindOfEnd) {
  TcpTarget echo(Echo);
  TcpTarget resets([](TargetConnection& connection) {
    connection.ReadExactly(1);
    connection.Reset();
  });
  Recorded recorded;
  // Both finish.
  TransferClient fin(recorded.server().stub());
  fin.Send({AttachNew(0, SpecTo(echo.port())), DataFrame(0, "x"), FinishFrame(0)});
  fin.AwaitEnd();
  Struct close = recorded.Await("close", 1);
  EXPECT_EQ(At(close, "end_kind"), "fin");
  EXPECT_EQ(At(close, "closed_by"), "both");
  // The target resets.
  TransferClient rst(recorded.server().stub());
  rst.Send({AttachNew(0, SpecTo(resets.port())), DataFrame(0, "x")});
  rst.AwaitEnd();
  close = recorded.Await("close", 2);
  EXPECT_EQ(At(close, "end_kind"), "rst");
  EXPECT_EQ(At(close, "closed_by"), "target");
  EXPECT_EQ(At(close, "error.symbol"), "ECONNRESET");
  // Denied: one decision that says so, and its end.
  v1::StreamPairSpec spec = HeldSpecTo(80);
  spec.mutable_target()->mutable_host()->set_name("169.254.169.254");
  const std::string denied = recorded.calls().MakePair(spec);
  EXPECT_THAT(recorded.calls().Open(denied).status, IsStatus(kDenied));
  const Struct decision = recorded.Await("decision", 3);
  EXPECT_EQ(At(decision, "verdict"), "deny");
  EXPECT_EQ(At(decision, "rule"), "guard");
  EXPECT_EQ(At(decision, "answers.0.class"), "metadata");
  EXPECT_EQ(At(decision, "answers.0.verdict"), "deny");
  EXPECT_EQ(At(decision, "pinned"), "-");
  EXPECT_EQ(At(decision, "error.symbol"), "POLICY_DENIED");
  EXPECT_EQ(At(decision, "error.domain"), "Streampair");
  recorded.calls().Delete(denied);
  close = recorded.Await("close", 3);
  EXPECT_EQ(At(close, "end_kind"), "policy");
  EXPECT_EQ(At(close, "closed_by"), "operator");
  // Never opened: nothing was decided.
  recorded.calls().Delete(recorded.calls().MakePair(HeldSpecTo(1)));
  close = recorded.Await("close", 4);
  EXPECT_EQ(At(close, "end_kind"), "deleted");
  EXPECT_EQ(At(close, "closed_by"), "client");
  EXPECT_EQ(recorded.Lines("decision").size(), 3u);
}

TEST(Record, HasNoSecrets) {
  TcpTarget proxy([](TargetConnection& connection) { connection.ReadToEnd(); });
  Recorded recorded;
  v1::StreamPairSpec spec = HeldSpecTo(80);
  spec.mutable_target()->mutable_host()->set_name("a.example");
  v1::HttpProxy& http = *spec.add_properties()->mutable_proxy_chain()->add_hops()->mutable_http();
  http.set_host("127.0.0.1");
  http.set_port(proxy.port());
  http.set_user("hidden-user");
  http.set_password("hidden-password");
  const std::string name = recorded.calls().MakePair(spec);
  Watcher watcher(recorded.server().stub(), name);
  EXPECT_EQ(recorded.calls().Open(name).status.error_code(), grpc::StatusCode::OK);
  recorded.calls().Delete(name);
  const Struct decision = recorded.Await("decision", 1);
  EXPECT_EQ(At(decision, "proxy.0"), absl::StrCat("http://", proxy.address()));
  EXPECT_EQ(At(decision, "answers.0.address"), "unverifiable");
  EXPECT_EQ(At(decision, "answers.1.hop"), "proxy");
  EXPECT_EQ(At(decision, "error.symbol"), "ECANCELED");
  EXPECT_EQ(At(decision, "verdict"), "allow");
  const std::string text = *ReadFile(recorded.file());
  EXPECT_THAT(text, Not(HasSubstr("hidden-")));
  EXPECT_THAT(text, Not(HasSubstr("aGlkZGVu"))) << "in Base64";
}

TEST(Record, AFullDiskRefusesOpensUntilThereIsRoom) {
  TcpTarget target(Echo);
  Recorded recorded(", on_loss: refuse", "/dev/full");
  const auto open = [&] {
    return recorded.calls().Open(recorded.calls().MakePair(HeldSpecTo(target.port()))).status;
  };
  EXPECT_THAT(open(), IsOk()) << "nothing has failed yet";
  grpc::Status last;
  EXPECT_TRUE(WaitUntil([&] { return !(last = open()).ok(); }));
  EXPECT_THAT(last, IsStatus(kDiskFull));
  EXPECT_THAT(last.error_message(), HasSubstr("nothing is opened without it"));
  EXPECT_THAT(recorded.server().process().Output(),
              HasSubstr("record_failing reason=\"No space left on device\""));
  const std::string good = recorded.scratch().File("good.jsonl");
  recorded.PointTo(good);
  EXPECT_TRUE(WaitUntil([&] { return open().ok(); }));
  EXPECT_TRUE(WaitUntil(
      [&] { return absl::StrContains(recorded.server().process().Output(), "record_resumed"); }));
  // The lines of then are not lost.
  EXPECT_EQ(At(recorded.Lines("decision", good)[0], "verdict"), "allow");
}

TEST(Record, AFullDiskStopsNothingIfSoConfigured) {
  TcpTarget target(Echo);
  Recorded recorded(", on_loss: continue", "/dev/full");
  const auto open = [&] {
    return recorded.calls().Open(recorded.calls().MakePair(HeldSpecTo(target.port()))).status;
  };
  EXPECT_THAT(open(), IsOk());
  EXPECT_TRUE(WaitUntil(
      [&] { return absl::StrContains(recorded.server().process().Output(), "record_failing"); }));
  EXPECT_THAT(open(), IsOk());
}

TEST(Record, IsRotatedAndOpenedAnew) {
  Recorded recorded(", max_bytes: 4096, max_files: 50");
  constexpr size_t kPairs = 60;  // A close line of 300 bytes each.
  for (size_t i = 0; i < kPairs; ++i) {
    recorded.calls().Delete(recorded.calls().MakePair(HeldSpecTo(1)));
  }
  size_t files = 0;
  const auto count = [&] {
    size_t lines = recorded.Lines("close").size();
    for (files = 0; access(absl::StrCat(recorded.file(), ".", files + 1).c_str(), F_OK) == 0;) {
      ++files;
      const std::string path = absl::StrCat(recorded.file(), ".", files);
      EXPECT_LE(ReadFile(path)->size(), 4096u);
      lines += recorded.Lines("close", path).size();
    }
    return lines;
  };
  EXPECT_TRUE(WaitUntil([&] { return count() == kPairs; })) << count();
  EXPECT_GE(files, 2u);

  // As logrotate does it.
  const std::string moved = recorded.scratch().File("moved.jsonl");
  ASSERT_EQ(rename(recorded.file().c_str(), moved.c_str()), 0);
  recorded.server().process().Signal(SIGHUP);
  EXPECT_TRUE(WaitUntil(
      [&] { return absl::StrContains(recorded.server().process().Output(), "generation=2"); }));
  EXPECT_TRUE(WaitUntil([&] {
    recorded.calls().Delete(recorded.calls().MakePair(HeldSpecTo(1)));
    return !recorded.Lines("close").empty();
  }));
}

TEST(Record, GoesToStandardOutputByDefault) {
  ScratchDir scratch;
  scratch.Write("egress.yaml", absl::StrCat(kPolicy, "record: {}\n"));
  ServerProcess server({absl::StrCat("--config=", scratch.File("egress.yaml")), "--log-level=off"});
  Calls calls(server.stub());
  calls.Delete(calls.MakePair(HeldSpecTo(1)));
  EXPECT_TRUE(WaitUntil([&] {
    return absl::StartsWith(server.process().Output(), "{\"event\":\"close\",\"ts\":\"");
  })) << server.process().Output();
}

}  // namespace
}  // namespace streampair::testing
