// 'streampair socks' and 'streampair forward', used by programs that know nothing of Streampair.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/child_process.h"
#include "tests/harness/pattern.h"
#include "tests/harness/peers.h"
#include "tests/harness/proc_stats.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;

// The front as a process; made means that it listens.
class Front {
 public:
  Front(const ServerProcess& server, std::vector<std::string> arguments) {
    std::vector<std::string> command = {ProgramPath("clients/cli/streampair"),
                                        absl::StrCat("--server=", server.address())};
    command.insert(command.end(), arguments.begin(), arguments.end());
    process_ = std::make_unique<ChildProcess>(
        ChildOptions{.command = command, .errors = scratch_.File("errors")});
    EXPECT_TRUE(WaitUntil([&] { return absl::StrContains(Errors(), '\n'); })) << Errors();
    const std::string errors = Errors();
    const size_t line_end = errors.find('\n');
    port_ = std::atoi(errors.c_str() + errors.rfind(':', line_end) + 1);
  }
  int port() const { return port_; }
  std::string Errors() const { return ReadFile(scratch_.File("errors")).value_or(""); }
  ProcStats Stats() const { return ReadProcStats(process_->pid()); }
  std::optional<int> Interrupt() {
    process_->Signal(SIGTERM);
    return process_->Wait();
  }

 private:
  ScratchDir scratch_;
  std::unique_ptr<ChildProcess> process_;
  int port_ = 0;
};

struct Fetched {
  int code = -1;
  std::string body;
  std::string errors;
};

Fetched Curl(std::vector<std::string> arguments) {
  ScratchDir scratch;
  std::vector<std::string> command = {"curl",       "-sS", "--noproxy", "",
                                      "--max-time", "30",  "-o",        scratch.File("body")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ChildProcess curl({.command = command, .errors = scratch.File("errors")});
  const int code = curl.Wait().value_or(-1);
  return {code, ReadFile(scratch.File("body")).value_or(""),
          ReadFile(scratch.File("errors")).value_or("")};
}

// A connection of a local program; reads and writes wait.
UniqueFd Dial(int port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const timeval patience = {30, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return socket;
}

void Send(int socket, const std::string& bytes) {
  ASSERT_EQ(send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size()));
}

// Until the end, or so many bytes; `error` is that of the last read.
std::string Receive(int socket, size_t limit, int* error = nullptr) {
  std::string all, buffer(65536, '\0');
  while (all.size() < limit) {
    const ssize_t size =
        recv(socket, buffer.data(), std::min(buffer.size(), limit - all.size()), 0);
    if (size < 0 && error != nullptr) *error = errno;
    if (size <= 0) break;
    all.append(buffer, 0, static_cast<size_t>(size));
  }
  return all;
}

class FrontTest : public ::testing::Test {
 protected:
  ServerProcess server_;
};

TEST_F(FrontTest, CurlGetsTheSameBytesByEveryProtocol) {
  const std::string body = PatternText(0, 8 << 20);
  Nginx nginx(body);
  Front front(server_, {"socks", "--listen=0", "--label=from=curl"});
  const std::string proxy = absl::StrCat("127.0.0.1:", front.port());
  const std::string url = absl::StrCat("http://", nginx.address(), "/file");
  const std::vector<std::vector<std::string>> ways = {
      {"--proxy", "socks5://" + proxy}, {"--proxy", "socks5h://" + proxy},
      {"--proxy", "socks4://" + proxy}, {"--proxy", "socks4a://" + proxy},
      {"--proxy", "http://" + proxy},   {"--proxytunnel", "--proxy", "http://" + proxy},
  };
  for (std::vector<std::string> way : ways) {
    SCOPED_TRACE(::testing::PrintToString(way));
    way.push_back(url);
    const Fetched fetched = Curl(way);
    EXPECT_EQ(fetched.code, 0) << fetched.errors << front.Errors();
    EXPECT_TRUE(fetched.body == body) << fetched.body.size() << " bytes";
  }
  // Names are the server's to resolve.
  const Fetched named = Curl(
      {"--proxy", "socks5h://" + proxy, absl::StrCat("http://localhost:", nginx.port(), "/file")});
  EXPECT_TRUE(named.body == body) << named.errors;
  // Two requests of one curl: the first connection is closed after its answer.
  const Fetched twice = Curl({"--proxy", "http://" + proxy, url, "-o", "/dev/null", url});
  EXPECT_EQ(twice.code, 0) << twice.errors;
  EXPECT_TRUE(WaitUntil([&] { return server_.Pairs() == 0; }));
  EXPECT_EQ(front.Interrupt(), 128 + SIGTERM);
}

TEST_F(FrontTest, CurlSpeaksTlsThroughBoth) {
  ScratchDir scratch;
  ChildProcess openssl(
      {.command = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", scratch.File("key"), "-out",
                   scratch.File("certificate"), "-subj", "/CN=localhost", "-addext",
                   "subjectAltName=DNS:localhost"},
       .errors = scratch.File("errors")});
  ASSERT_EQ(openssl.Wait(), 0) << ReadFile(scratch.File("errors")).value_or("");
  const std::string body = PatternText(0, 1 << 20);
  Nginx nginx(body, ReadFile(scratch.File("certificate")).value(),
              ReadFile(scratch.File("key")).value());
  Front front(server_, {"socks", "--listen=127.0.0.1:0"});
  for (const std::string scheme : {"socks5h://", "http://"}) {
    const Fetched fetched = Curl({"--cacert", scratch.File("certificate"), "--proxy",
                                  absl::StrCat(scheme, "127.0.0.1:", front.port()),
                                  absl::StrCat("https://localhost:", nginx.port(), "/file")});
    EXPECT_EQ(fetched.code, 0) << fetched.errors << front.Errors();
    EXPECT_TRUE(fetched.body == body);
  }
}

TEST_F(FrontTest, FailuresComeBackAsTheProtocolTellsThem) {
  ClosedPort closed;
  Front front(server_, {"socks", "--listen=0"});
  const std::string proxy = absl::StrCat("127.0.0.1:", front.port());
  const std::string url = absl::StrCat("http://", closed.address(), "/");
  const Fetched socks = Curl({"--proxy", "socks5h://" + proxy, url});
  EXPECT_EQ(socks.code, 97) << "CURLE_PROXY";
  EXPECT_THAT(socks.errors, HasSubstr("(5)"));
  const Fetched tunnel = Curl({"--proxytunnel", "--proxy", "http://" + proxy, url});
  EXPECT_NE(tunnel.code, 0);
  EXPECT_THAT(tunnel.errors, HasSubstr("502"));
  const Fetched plain = Curl({"-D", "-", "--proxy", "http://" + proxy, url});
  EXPECT_EQ(plain.code, 0) << plain.errors;
  EXPECT_THAT(plain.body, HasSubstr("ECONNREFUSED (POSIX, 0, 111)"));
  EXPECT_THAT(front.Errors(), HasSubstr("ECONNREFUSED"));

  // Whoever speaks no such protocol is let go.
  const UniqueFd stranger = Dial(front.port());
  Send(stranger.get(), "\x16\x03\x01");
  EXPECT_EQ(Receive(stranger.get(), 1), "");
}

TEST_F(FrontTest, ForwardCarriesHalfClosesAndResets) {
  TcpTarget echo(Echo);
  Front front(server_, {"forward", "0", echo.address()});
  const std::string text = PatternText(0, 3 << 20);
  UniqueFd one = Dial(front.port());
  std::thread writer([&] {
    Send(one.get(), text);
    shutdown(one.get(), SHUT_WR);
  });
  const std::string answer = Receive(one.get(), text.size() + 1);
  writer.join();
  EXPECT_TRUE(answer == text) << answer.size() << " bytes";

  TcpTarget resetting([](TargetConnection& connection) {
    connection.ReadExactly(1);
    connection.Reset();
  });
  Front to_resetting(server_, {"forward", "127.0.0.1:0", resetting.address()});
  const UniqueFd two = Dial(to_resetting.port());
  Send(two.get(), "x");
  int error = 0;
  EXPECT_EQ(Receive(two.get(), 1, &error), "");
  EXPECT_EQ(error, ECONNRESET);

  std::atomic<TargetEnd> seen{TargetEnd::kOpen};
  TcpTarget watching([&](TargetConnection& connection) {
    connection.Write("hello");
    connection.ReadToEnd();
    seen = connection.end();
  });
  Front to_watching(server_, {"forward", "0", watching.address()});
  UniqueFd three = Dial(to_watching.port());
  EXPECT_EQ(Receive(three.get(), 5), "hello");
  const linger at_once = {1, 0};
  setsockopt(three.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  three.Reset();
  EXPECT_TRUE(WaitUntil([&] { return seen == TargetEnd::kReset; }));

  ClosedPort closed;
  Front to_nobody(server_, {"forward", "0", closed.address()});
  const UniqueFd four = Dial(to_nobody.port());
  error = 0;
  EXPECT_EQ(Receive(four.get(), 1, &error), "");
  EXPECT_EQ(error, ECONNRESET);
}

TEST_F(FrontTest, ManyConnectionsShareAFewRpcsAndLeaveNothing) {
  constexpr int kConnections = 500;
  TcpTarget echo(Echo);
  Front front(server_, {"forward", "0", echo.address()});
  const ProcStats before = front.Stats();
  {
    std::vector<UniqueFd> sockets;
    for (int i = 0; i < kConnections; ++i) {
      sockets.push_back(Dial(front.port()));
      Send(sockets.back().get(), absl::StrCat("connection ", i));
    }
    for (int i = 0; i < kConnections; ++i) {
      const std::string text = absl::StrCat("connection ", i);
      ASSERT_EQ(Receive(sockets[i].get(), text.size()), text);
    }
    EXPECT_EQ(server_.Pairs(), kConnections);
    EXPECT_LE(front.Stats().threads, before.threads + 16) << "no thread for each";
    EXPECT_LE(server_.Stats().sockets, kConnections + 16) << "one connection to the server";
  }
  EXPECT_TRUE(WaitUntil([&] { return server_.Pairs() == 0; }));
  // One for the connection to the server.
  EXPECT_TRUE(WaitUntil([&] { return front.Stats().sockets <= before.sockets + 1; }));
}

}  // namespace
}  // namespace streampair::testing
