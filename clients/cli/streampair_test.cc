// The streampair program as its users run it, against a scripted server.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "clients/cli/child_test_util.h"
#include "clients/cpp/scripted_server_test_util.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace streampair::cli {
namespace {

using client::Conversation;
using client::PosixStreamError;
using client::ScriptedServer;
using google::protobuf::Struct;

constexpr size_t kWindow = size_t{256} << 10;

// Sends back what comes, and ends in order.
grpc::Status Echo(Conversation& conversation) {
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

grpc::Status Refuse(Conversation& conversation) {
  uint32_t channel = 0;
  conversation.AwaitAttach(&channel);
  v1::StreamError error = PosixStreamError(111, "ECONNREFUSED");
  error.set_reason(v1::ERROR_REASON_CONNECTION_REFUSED);
  error.set_address("127.0.0.1:9");
  conversation.SendEnd(channel, error);
  conversation.AwaitHalfClose();
  return client::StatusWith(grpc::StatusCode::UNAVAILABLE, error);
}

std::string ServerOption(const ScriptedServer& server) {
  return absl::StrCat("--server=", server.address());
}

size_t Lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

Struct FromJson(const std::string& text) {
  Struct json;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &json).ok()) << text;
  return json;
}

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 37 + (i >> 11));
  return bytes;
}

TEST(Usage, MistakesAreOneLineAndNothingHappens) {
  const std::vector<std::vector<std::string>> rows = {
      {},
      {"fly"},
      {"connect"},
      {"connect", "host"},
      {"connect", "host:80"},
      {"connect", "host", "0"},
      {"connect", "host", "65536"},
      {"connect", "host", "-1"},
      {"connect", "host", "http"},
      {"connect", "host", "80", "81"},
      {"connect", "--label=x", "host", "80"},
      {"connect", "--connect-timeout=soon", "host", "80"},
      {"connect", "--hold=-1s", "host", "80"},
      {"connect", "--unknown", "host", "80"},
      {"--server=nowhere", "list"},
      {"list", "x"},
      {"explain", "POSIX"},
      {"explain", "NOSUCH", "1"},
      {"explain", "POSIX", "ENOSUCH"},
      {"explain", "SOCKS", "65536", "1"},
  };
  for (const std::vector<std::string>& row : rows) {
    const Finished run = RunChild(row);
    EXPECT_EQ(run.code, 2) << run.errors;
    EXPECT_EQ(run.output, "");
    EXPECT_EQ(Lines(run.errors), 1u) << run.errors;
    EXPECT_EQ(run.errors.find("streampair: "), 0u) << run.errors;
    EXPECT_NE(run.errors.find("--help."), std::string::npos) << run.errors;
  }
}

TEST(Usage, HelpAndVersionGoToStandardOutput) {
  for (const std::vector<std::string>& row : std::vector<std::vector<std::string>>{
           {"--help"}, {"help"}, {"connect", "--help"}, {"list", "-h"}, {"help", "explain"}}) {
    const Finished run = RunChild(row);
    EXPECT_EQ(run.code, 0);
    EXPECT_EQ(run.errors, "");
    EXPECT_EQ(run.output.find("Usage: streampair "), 0u) << run.output;
    EXPECT_NE(run.output.find("Exit codes"), std::string::npos);
  }
  const Finished version = RunChild({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.output.find("streampair "), 0u);
  EXPECT_EQ(Lines(version.output), 1u);
}

TEST(Connect, CarriesStandardInputAndOutput) {
  ScriptedServer server(Echo);
  const Finished run = RunChild({ServerOption(server), "connect", "example.com", "80"}, "hello\n");
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.output, "hello\n");
  EXPECT_EQ(run.errors, "");
}

TEST(Connect, TakesTheServerFromTheEnvironmentAndUnixSockets) {
  std::string folder = "/tmp/streampair-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string address = absl::StrCat("unix:", folder, "/s");
  ScriptedServer server(Echo, address);
  const Finished run = RunChild({"connect", "example.com", "80"}, "hello",
                                {absl::StrCat("STREAMPAIR_SERVER=", address)});
  EXPECT_EQ(run.code, 0) << run.errors;
  EXPECT_EQ(run.output, "hello");
}

TEST(Connect, AsksForWhatTheOptionsSay) {
  v1::Attach attach;
  ScriptedServer server([&](Conversation& conversation) {
    uint32_t channel = 0;
    attach = conversation.AwaitAttach(&channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  const Finished run = RunChild({ServerOption(server), "connect", "--label=job=x", "--label", "n=1",
                                 "--connect-timeout=250ms", "--hold=1m", "example.com", "8080"});
  EXPECT_EQ(run.code, 0) << run.errors;
  EXPECT_EQ(attach.create().target().host().name(), "example.com");
  EXPECT_EQ(attach.create().target().host().port(), 8080);
  EXPECT_EQ(attach.create().labels().size(), 2u);
  EXPECT_EQ(attach.create().labels().at("job"), "x");
  EXPECT_EQ(attach.create().hold_timeout().seconds(), 60);
  ASSERT_EQ(attach.create().properties_size(), 1);
  EXPECT_EQ(attach.create().properties(0).timeouts().connect().nanos(), 250000000);
}

TEST(Connect, AFailureIsOneLineWithTheTriple) {
  ScriptedServer server(Refuse);
  const Finished run = RunChild({ServerOption(server), "connect", "127.0.0.1", "9"}, "lost");
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.output, "");
  EXPECT_EQ(run.errors,
            "streampair: 127.0.0.1 port 9: ECONNREFUSED (POSIX, 0, 111) at stage connect, "
            "connection_refused, 127.0.0.1:9: scripted. Nothing listens there: check host and "
            "port.\n");
}

TEST(Connect, AFailureIsOneObjectForScripts) {
  ScriptedServer server(Refuse);
  const Finished run = RunChild({ServerOption(server), "connect", "--json", "127.0.0.1", "9"});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.output, "");
  EXPECT_EQ(Lines(run.errors), 1u);
  const Struct json = FromJson(run.errors);
  EXPECT_EQ(json.fields().at("outcome").string_value(), "pair_failed");
  EXPECT_EQ(json.fields().at("exit_code").number_value(), 1);
  EXPECT_EQ(json.fields().at("host").string_value(), "127.0.0.1");
  EXPECT_EQ(json.fields().at("port").number_value(), 9);
  const auto& error = json.fields().at("error").struct_value().fields();
  EXPECT_EQ(error.at("domain").number_value(), 1);
  EXPECT_EQ(error.at("domain_name").string_value(), "POSIX");
  EXPECT_EQ(error.at("subdomain").number_value(), 0);
  EXPECT_EQ(error.at("code").number_value(), 111);
  EXPECT_EQ(error.at("packed_error").number_value(), 111);
  EXPECT_EQ(error.at("symbol").string_value(), "ECONNREFUSED");
  EXPECT_EQ(error.at("stage").string_value(), "connect");
  EXPECT_EQ(error.at("reason").string_value(), "connection_refused");
  EXPECT_EQ(error.at("address").string_value(), "127.0.0.1:9");
  EXPECT_EQ(error.at("origin").string_value(), "server");
}

TEST(Connect, SuccessIsOneObjectForScripts) {
  ScriptedServer server(Echo);
  const Finished run =
      RunChild({ServerOption(server), "--json", "connect", "example.com", "80"}, "hello");
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.output, "hello");
  const Struct json = FromJson(run.errors);
  EXPECT_EQ(json.fields().at("outcome").string_value(), "ok");
  EXPECT_EQ(json.fields().at("pair").string_value(), "streamPairs/scripted.0");
  EXPECT_EQ(json.fields().at("remote_address").string_value(), "192.0.2.1:80");
  EXPECT_EQ(json.fields().at("bytes_written").number_value(), 5);
  EXPECT_EQ(json.fields().at("error").kind_case(), google::protobuf::Value::kNullValue);
}

TEST(Connect, AnUnreachableServerIsItsOwnExitCode) {
  std::string option;
  { option = ServerOption(ScriptedServer(Echo)); }
  for (const std::vector<std::string>& row :
       std::vector<std::vector<std::string>>{{option, "connect", "example.com", "80"},
                                             {option, "list"},
                                             {option, "explain", "1", "1"}}) {
    const Finished run = RunChild(row);
    EXPECT_EQ(run.code, 3);
    EXPECT_EQ(run.output, "");
    EXPECT_EQ(Lines(run.errors), 1u) << run.errors;
    EXPECT_NE(run.errors.find("streampaird"), std::string::npos) << run.errors;
  }
}

TEST(Connect, ALostServerIsItsOwnExitCode) {
  ScriptedServer server([&](Conversation& conversation) {
    conversation.Accept();
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going down");
  });
  const Finished run = RunChild({ServerOption(server), "connect", "example.com", "80"});
  EXPECT_EQ(run.code, 3);
  EXPECT_EQ(Lines(run.errors), 1u) << run.errors;
}

TEST(Connect, MovesManyBytesExactly) {
  ScriptedServer server(Echo);
  const std::string bytes = Pattern(size_t{48} << 20);
  const Finished run = RunChild({ServerOption(server), "connect", "example.com", "80"}, bytes);
  EXPECT_EQ(run.code, 0) << run.errors;
  EXPECT_TRUE(run.output == bytes);
}

TEST(Connect, TheTargetsEndClosesTheOutputAndTheInputGoesOn) {
  std::string received;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendData(channel, "bye");
    conversation.SendFinish(channel);
    received = conversation.AwaitFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  Child child({ServerOption(server), "connect", "example.com", "80"});
  EXPECT_EQ(child.ReadOutputToEnd(), "bye");
  child.Write("still here");
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 0) << child.errors();
  EXPECT_EQ(received, "still here");
}

TEST(Connect, APairThatFailsAfterTheTargetsEndEndsTheCommand) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendFinish(channel);
    conversation.SendEnd(channel, PosixStreamError(104, "ECONNRESET", v1::ERROR_STAGE_STREAM));
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  // The input stays open and silent.
  Child child({ServerOption(server), "connect", "example.com", "80"});
  EXPECT_EQ(child.Wait(), 1);
  EXPECT_NE(child.errors().find("(POSIX, 0, 104)"), std::string::npos) << child.errors();
}

TEST(Connect, AtATerminalTheTargetsEndIsTheEnd) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendFinish(channel);
    conversation.AwaitFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_EQ(grantpt(terminal), 0);
  ASSERT_EQ(unlockpt(terminal), 0);
  const int end = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(end, 0);
  Child::Options options;
  options.input = end;
  Child child({ServerOption(server), "connect", "example.com", "80"}, options);
  EXPECT_EQ(child.Wait(), 0) << child.errors();
  close(end);
  close(terminal);
}

// What a pipe may hold between the program and a reader that does not read.
constexpr size_t kPipe = size_t{1} << 20;
// What the program may take out of its stream for one write.
constexpr size_t kTaken = size_t{1} << 20;

TEST(Connect, AnOutputThatNobodyReadsStopsTheTarget) {
  constexpr size_t kBytes = size_t{64} << 20;
  const std::string bytes = Pattern(kBytes);
  absl::Notification stalled;
  size_t sent = 0;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    uint64_t nonce = 0;
    while (sent < kBytes) {
      if (conversation.credit(channel) == 0) {
        // Credit that was already on its way has come when the answer to a ping has. A stall is
        // when it brings none, ten times in a row.
        for (int i = 0; i < 10 && conversation.credit(channel) == 0; ++i) {
          if (!conversation.AwaitPong(++nonce)) return grpc::Status::OK;
        }
        if (conversation.credit(channel) == 0) {
          if (!stalled.HasBeenNotified()) stalled.Notify();
          conversation.AwaitCredit(channel, 1);
        }
        if (conversation.credit(channel) == 0) return grpc::Status::OK;
      }
      const size_t size = std::min<size_t>({kBytes - sent, conversation.credit(channel), kWindow});
      conversation.SendData(channel, absl::string_view(bytes).substr(sent, size));
      sent += size;
      EXPECT_TRUE(stalled.HasBeenNotified() || sent <= kWindow + kTaken + kPipe) << sent;
    }
    conversation.SendFinish(channel);
    conversation.AwaitFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  Child child({ServerOption(server), "connect", "example.com", "80"});
  ASSERT_TRUE(stalled.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_TRUE(child.ReadOutputToEnd() == bytes);
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 0) << child.errors();
}

TEST(Connect, ATargetThatDoesNotReadStopsTheInput) {
  bool reset = false;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    reset = conversation.AwaitReset(channel);
    EXPECT_EQ(conversation.received(channel), kWindow);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  Child child({ServerOption(server), "connect", "example.com", "80"});
  // A pipe that is full stays so: the window, what waits unsent, one read more, and the pipe
  // itself.
  const int input = child.input();
  fcntl(input, F_SETFL, O_NONBLOCK);
  const std::string piece(65536, 'x');
  size_t written = 0;
  for (int quiet = 0; quiet < 20;) {
    const ssize_t bytes = write(input, piece.data(), piece.size());
    if (bytes > 0) {
      written += static_cast<size_t>(bytes);
      quiet = 0;
    } else {
      pollfd polled = {input, POLLOUT, 0};
      if (poll(&polled, 1, 20) == 0) ++quiet;
    }
  }
  EXPECT_GE(written, kWindow);
  EXPECT_LE(written, kWindow + (size_t{1} << 20) + kPipe);
  child.Kill(SIGTERM);
  EXPECT_EQ(child.Wait(), 128 + SIGTERM);
  server.Stop();
  EXPECT_TRUE(reset);
}

TEST(Connect, AReaderThatGoesEndsItQuietly) {
  bool reset = false;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    const std::string piece(1000, 'x');
    while (!reset) {
      const auto frame = conversation.Next();
      if (!frame) break;
      reset = frame->has_reset();
      if (frame->has_data()) conversation.SendData(channel, piece);
    }
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  Child child({ServerOption(server), "connect", "example.com", "80"});
  child.CloseOutput();
  child.Write("go");
  EXPECT_EQ(child.Wait(), 141);
  EXPECT_EQ(child.errors(), "");
  server.Stop();
  EXPECT_TRUE(reset);
}

TEST(Connect, SignalsResetThePair) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    absl::Notification accepted;
    bool reset = false;
    ScriptedServer server([&](Conversation& conversation) {
      const uint32_t channel = conversation.Accept();
      conversation.AwaitData(channel, 1);
      accepted.Notify();
      reset = conversation.AwaitReset(channel);
      conversation.AwaitHalfClose();
      return grpc::Status::OK;
    });
    Child child({ServerOption(server), "connect", "example.com", "80"});
    child.Write("x");
    ASSERT_TRUE(accepted.WaitForNotificationWithTimeout(absl::Seconds(30)));
    child.Kill(number);
    EXPECT_EQ(child.Wait(), 128 + number);
    EXPECT_EQ(child.errors(), "");
    server.Stop();
    EXPECT_TRUE(reset);
  }
}

TEST(Connect, ASignalEndsItAlsoWhileTheOutputIsStuck) {
  absl::Notification stuck;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    const std::string piece(kWindow, 'x');
    for (size_t sent = 0; sent < kPipe + kTaken;) {
      conversation.AwaitCredit(channel, 1);
      const size_t size = std::min<size_t>(conversation.credit(channel), kWindow);
      if (size == 0) break;
      conversation.SendData(channel, absl::string_view(piece).substr(0, size));
      sent += size;
      if (sent > kPipe && !stuck.HasBeenNotified()) stuck.Notify();
    }
    conversation.AwaitReset(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  Child child({ServerOption(server), "connect", "example.com", "80"});
  ASSERT_TRUE(stuck.WaitForNotificationWithTimeout(absl::Seconds(30)));
  child.Kill(SIGINT);
  EXPECT_EQ(child.Wait(), 128 + SIGINT);
}

TEST(Connect, AnInputThatCannotBeReadIsOurFault) {
  ScriptedServer server(Echo);
  const int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Child::Options options;
  options.input = folder;
  Child child({ServerOption(server), "connect", "example.com", "80"}, options);
  EXPECT_EQ(child.Wait(), 4);
  EXPECT_EQ(child.errors(), "streampair: standard input cannot be read: Is a directory.\n");
  close(folder);
}

TEST(Connect, WithoutStandardDescriptorsNothingElseGetsTheBytes) {
  ScriptedServer server(Echo);
  Child::Options options;
  options.close_input = true;
  options.close_output = true;
  Child child({ServerOption(server), "connect", "example.com", "80"}, options);
  EXPECT_EQ(child.Wait(), 0) << child.errors();
}

TEST(List, ShowsATableOrAnObject) {
  ScriptedServer server(Echo);
  server.on_list = [](const v1::ListStreamPairsRequest& request,
                      v1::ListStreamPairsResponse* response) {
    if (request.labels().count("none") > 0) return grpc::Status::OK;
    v1::StreamPair* pair = response->add_stream_pairs();
    pair->set_name("streamPairs/a.b");
    pair->mutable_target()->mutable_host()->set_name("example.com");
    pair->mutable_target()->mutable_host()->set_port(80);
    pair->set_read_status(v1::STREAM_STATUS_READING);
    pair->set_bytes_read(12345);
    (*pair->mutable_labels())["job"] = "x";
    *pair->mutable_error() = PosixStreamError(104, "ECONNRESET");
    return grpc::Status::OK;
  };
  const Finished table = RunChild({ServerOption(server), "list"});
  EXPECT_EQ(table.code, 0);
  EXPECT_EQ(Lines(table.output), 2u) << table.output;
  EXPECT_EQ(table.output.find("NAME "), 0u) << table.output;
  for (const char* part :
       {"streamPairs/a.b", "example.com 80", "reading", "12345", "job=x", "(POSIX, 0, 104)"}) {
    EXPECT_NE(table.output.find(part), std::string::npos) << table.output;
  }
  const Finished object = RunChild({ServerOption(server), "list", "--json"});
  const Struct json = FromJson(object.output);
  EXPECT_EQ(json.fields().at("stream_pairs").list_value().values_size(), 1);
  const Finished none = RunChild({ServerOption(server), "list", "--label=none="});
  EXPECT_EQ(none.code, 0);
  EXPECT_EQ(none.output, "");
  EXPECT_EQ(none.errors, "No pairs.\n");
}

TEST(List, FailuresAreReportedInBothForms) {
  ScriptedServer server(Echo);
  const Finished text = RunChild({ServerOption(server), "list"});
  EXPECT_EQ(text.code, 3);
  EXPECT_EQ(Lines(text.errors), 1u) << text.errors;
  const Finished object = RunChild({ServerOption(server), "list", "--json"});
  EXPECT_EQ(object.code, 3);
  EXPECT_EQ(object.output, "");
  EXPECT_EQ(FromJson(object.errors).fields().at("outcome").string_value(), "failed");
}

TEST(Explain, NamesAndNumbersAreTheSameQuestion) {
  ScriptedServer server(Echo);
  server.on_explain = [](const v1::ExplainErrorRequest& request,
                         v1::ExplainErrorResponse* response) {
    response->set_code(request.code());
    response->set_subdomain(request.subdomain());
    response->set_known(request.domain() == 1 && request.code() == 111);
    response->set_meaning("A meaning.");
    if (response->known()) {
      response->set_symbol("ECONNREFUSED");
      response->set_domain_name("kCFStreamErrorDomainPOSIX");
    }
    return grpc::Status::OK;
  };
  for (const std::vector<std::string>& row : std::vector<std::vector<std::string>>{
           {"POSIX", "ECONNREFUSED"}, {"1", "111"}, {"posix", "0", "111"}}) {
    std::vector<std::string> arguments = {ServerOption(server), "explain"};
    arguments.insert(arguments.end(), row.begin(), row.end());
    const Finished run = RunChild(arguments);
    EXPECT_EQ(run.code, 0) << run.errors;
    EXPECT_EQ(run.output, "ECONNREFUSED (POSIX, 0, 111), kCFStreamErrorDomainPOSIX\nA meaning.\n");
  }
  const Finished unknown = RunChild({ServerOption(server), "explain", "SSL", "-9806"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.output, "? (SSL, 0, -9806)\nA meaning.\n");
  const Finished object = RunChild({ServerOption(server), "explain", "--json", "1", "111"});
  EXPECT_EQ(FromJson(object.output).fields().at("symbol").string_value(), "ECONNREFUSED");
}

}  // namespace
}  // namespace streampair::cli
