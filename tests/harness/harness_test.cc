// The harness itself: a test that cannot trust its peers proves nothing.
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "core/base/unique_fd.h"
#include "gtest/gtest.h"
#include "tests/harness/child_process.h"
#include "tests/harness/mailbox.h"
#include "tests/harness/pattern.h"
#include "tests/harness/peers.h"
#include "tests/harness/tcp_target.h"

namespace streampair::testing {
namespace {

UniqueFd ConnectTo(int port, int flags = 0) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 &&
      errno != EINPROGRESS) {
    fd.Reset();
  }
  return fd;
}

std::string Ask(int port, const std::string& question) {
  const UniqueFd fd = ConnectTo(port);
  EXPECT_TRUE(fd.valid());
  EXPECT_EQ(send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL), question.size());
  shutdown(fd.get(), SHUT_WR);
  std::string answer;
  char buffer[65536];
  for (ssize_t got; (got = recv(fd.get(), buffer, sizeof(buffer), 0)) > 0;) {
    answer.append(buffer, static_cast<size_t>(got));
  }
  return answer;
}

TEST(ChildProcess, TellsExitCodesAndSignalsApart) {
  ChildProcess fails({.command = {"sh", "-c", "exit 3"}});
  EXPECT_EQ(fails.Wait(), 3);
  ChildProcess stays({.command = {"cat"}, .input = "/dev/zero"});
  EXPECT_TRUE(stays.Running());
  stays.Signal(SIGKILL);
  EXPECT_EQ(stays.Wait(), 128 + SIGKILL);
}

TEST(ChildProcess, TakesItsChildrenAlong) {
  ScratchDir scratch;
  const std::string output = scratch.File("pid");
  {
    ChildProcess parent(
        {.command = {"sh", "-c", "cat /dev/zero >/dev/null & echo $!; wait"}, .output = output});
    ASSERT_TRUE(WaitUntil([&] { return !parent.Output().empty(); }));
  }
  const int grandchild = std::stoi(ReadFile(output).value());
  // Dead or a zombie that init has yet to reap.
  EXPECT_TRUE(WaitUntil([&] {
    const auto stat = ReadFile("/proc/" + std::to_string(grandchild) + "/stat");
    return !stat.has_value() || stat->find(") Z") != std::string::npos;
  }));
}

TEST(TcpTarget, EchoesUntilTheClientFinishes) {
  TcpTarget target(Echo);
  EXPECT_EQ(Ask(target.port(), PatternText(0, 3000000)), PatternText(0, 3000000));
}

TEST(TcpTarget, SeesResetAndFinApart) {
  Mailbox<TargetEnd> ends;
  TcpTarget target([&](TargetConnection& connection) {
    connection.ReadToEnd();
    ends.Put(connection.end());
  });
  ConnectTo(target.port()).Reset();
  EXPECT_EQ(ends.Take(), TargetEnd::kFin);
  UniqueFd client = ConnectTo(target.port());
  const linger now{1, 0};
  setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  client.Reset();
  EXPECT_EQ(ends.Take(), TargetEnd::kReset);
}

TEST(TcpTarget, StopsWhileConnectionsAreHeld) {
  UniqueFd client;
  {
    TcpTarget target(NeverRead);
    client = ConnectTo(target.port());
    ASSERT_TRUE(WaitUntil([&] { return target.open() == 1; }));
  }
  char byte;
  EXPECT_EQ(recv(client.get(), &byte, 1, 0), 0);
}

TEST(ClosedPort, Refuses) {
  ClosedPort port;
  EXPECT_FALSE(ConnectTo(port.port()).valid());
}

TEST(FullBacklog, LeavesConnectsWithoutAnswer) {
  FullBacklog listener;
  const UniqueFd fd = ConnectTo(listener.port(), SOCK_NONBLOCK);
  ASSERT_TRUE(fd.valid());
  pollfd polled{fd.get(), POLLOUT, 0};
  EXPECT_EQ(poll(&polled, 1, 300), 0);
}

TEST(Peers, NginxServesItsFile) {
  const std::string body = PatternText(0, 1 << 20);
  Nginx nginx(body);
  const std::string answer =
      Ask(nginx.port(), "GET /file HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  ASSERT_NE(answer.find("\r\n\r\n"), std::string::npos) << answer.substr(0, 500);
  EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body);
}

TEST(Peers, SocatRunsPrograms) {
  Socat socat("EXEC:cat");
  EXPECT_EQ(Ask(socat.port(), "hello"), "hello");
}

TEST(Peers, OpensslAnswersABadHandshakeWithAnAlert) {
  OpensslServer server;
  const std::string answer = Ask(server.port(), std::string("\x16\x03\x01\x00\x05hello", 10));
  ASSERT_FALSE(answer.empty());
  EXPECT_EQ(answer[0], 21);  // An alert record.
}

TEST(Peers, DnsmasqAndHaproxyListen) {
  Dnsmasq dnsmasq;
  Nginx nginx("");
  Haproxy haproxy(nginx.address(), "5s");
}

}  // namespace
}  // namespace streampair::testing
