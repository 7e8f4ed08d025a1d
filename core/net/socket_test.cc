#include "core/net/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/error.h"
#include "core/testing/loopback_listener.h"
#include "core/testing/tcp_pair.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using Outcome = IoResult::Outcome;

int Option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof(value);
  EXPECT_EQ(getsockopt(fd, level, name, &value, &length), 0);
  return value;
}

bool WaitFor(const UniqueFd& fd, short events) {
  pollfd wait = {fd.get(), events, 0};
  return poll(&wait, 1, 30'000) == 1;
}

iovec Part(const std::string& text) { return {const_cast<char*>(text.data()), text.size()}; }

IoResult Send(const UniqueFd& fd, const std::string& text) {
  return SendVector(fd.get(), {Part(text)});
}

std::string ReceiveAll(const UniqueFd& fd, size_t size) {
  std::string all;
  char buffer[4096];
  while (all.size() < size && WaitFor(fd, POLLIN)) {
    const IoResult result = Receive(fd.get(), absl::MakeSpan(buffer));
    if (!result.ok()) break;
    all.append(buffer, result.bytes);
  }
  return all;
}

TEST(Socket, OpensNonBlockingAndClosedOnExec) {
  for (const auto family : {IpAddress::Family::kV4, IpAddress::Family::kV6}) {
    const Result<UniqueFd> fd = OpenTcpSocket(family);
    if (family == IpAddress::Family::kV6 && !fd.ok()) continue;  // A machine without IPv6.
    ASSERT_TRUE(fd.ok());
    EXPECT_NE(fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST(Socket, SetsOptions) {
  const UniqueFd fd = OpenTcpSocket(IpAddress::Family::kV4).value();
  ASSERT_TRUE(SetNoDelay(fd.get(), true).ok());
  EXPECT_EQ(Option(fd.get(), IPPROTO_TCP, TCP_NODELAY), 1);
  ASSERT_TRUE(SetNoDelay(fd.get(), false).ok());
  EXPECT_EQ(Option(fd.get(), IPPROTO_TCP, TCP_NODELAY), 0);

  ASSERT_TRUE(SetUserTimeout(fd.get(), absl::Milliseconds(1500) + absl::Nanoseconds(1)).ok());
  EXPECT_EQ(Option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT), 1501);
  ASSERT_TRUE(SetUserTimeout(fd.get(), absl::InfiniteDuration()).ok());
  ASSERT_TRUE(SetUserTimeout(fd.get(), absl::ZeroDuration()).ok());
  EXPECT_EQ(Option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT), 0);

  const int before = Option(fd.get(), SOL_SOCKET, SO_RCVBUF);
  ASSERT_TRUE(SetReceiveBuffer(fd.get(), 0).ok());
  EXPECT_EQ(Option(fd.get(), SOL_SOCKET, SO_RCVBUF), before);
  ASSERT_TRUE(SetReceiveBuffer(fd.get(), 20'000).ok());
  EXPECT_EQ(Option(fd.get(), SOL_SOCKET, SO_RCVBUF), 40'000);
  ASSERT_TRUE(SetSendBuffer(fd.get(), 30'000).ok());
  EXPECT_EQ(Option(fd.get(), SOL_SOCKET, SO_SNDBUF), 60'000);
}

TEST(Socket, SetsKeepalive) {
  const UniqueFd fd = OpenTcpSocket(IpAddress::Family::kV4).value();
  KeepaliveOptions options;
  options.on = true;
  options.idle = absl::Milliseconds(1500);
  options.interval = absl::Seconds(7);
  options.count = 3;
  ASSERT_TRUE(SetKeepalive(fd.get(), options).ok());
  EXPECT_EQ(Option(fd.get(), SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(Option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE), 2);
  EXPECT_EQ(Option(fd.get(), IPPROTO_TCP, TCP_KEEPINTVL), 7);
  EXPECT_EQ(Option(fd.get(), IPPROTO_TCP, TCP_KEEPCNT), 3);
  options.on = false;
  ASSERT_TRUE(SetKeepalive(fd.get(), options).ok());
  EXPECT_EQ(Option(fd.get(), SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST(Socket, ReportsWhatTheKernelRefuses) {
  const UniqueFd fd = OpenTcpSocket(IpAddress::Family::kV4).value();
  KeepaliveOptions options;
  options.on = true;
  options.idle = -absl::Seconds(1);
  const Result<void> refused = SetKeepalive(fd.get(), options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().id(), (ErrorId{ErrorDomain::kPosix, 0, EINVAL}));
  EXPECT_FALSE(SetNoDelay(-1, true).ok());
}

TEST(Socket, ConnectsAndKnowsBothEnds) {
  LoopbackListener listener;
  const UniqueFd client = OpenTcpSocket(IpAddress::Family::kV4).value();
  const Result<bool> started = StartConnect(client.get(), listener.endpoint());
  ASSERT_TRUE(started.ok());
  ASSERT_TRUE(WaitFor(client, POLLOUT));
  EXPECT_EQ(TakeSocketError(client.get()), 0);
  const UniqueFd server = listener.Accept();
  EXPECT_EQ(*PeerEndpoint(client.get()), listener.endpoint());
  EXPECT_EQ(*LocalEndpoint(server.get()), listener.endpoint());
  EXPECT_EQ(*LocalEndpoint(client.get()), *PeerEndpoint(server.get()));
}

TEST(Socket, WorksOverIpv6) {
  if (!HasIpv6Loopback()) GTEST_SKIP() << "no IPv6 here";
  const TcpPair pair = MakeTcpPair(IpAddress::Family::kV6);
  EXPECT_TRUE(PeerEndpoint(pair.client.get())->address.IsLoopback());
  EXPECT_TRUE(PeerEndpoint(pair.client.get())->address.is_v6());
}

TEST(Socket, ReportsARefusalWhenAsked) {
  const ClosedPort closed;
  const UniqueFd client = OpenTcpSocket(IpAddress::Family::kV4).value();
  const Result<bool> started = StartConnect(client.get(), closed.endpoint());
  if (started.ok()) {
    ASSERT_TRUE(WaitFor(client, POLLOUT));
    EXPECT_EQ(TakeSocketError(client.get()), ECONNREFUSED);
    EXPECT_EQ(TakeSocketError(client.get()), 0);
  } else {
    EXPECT_EQ(started.error().id().code, ECONNREFUSED);
    EXPECT_EQ(started.error().address(), closed.endpoint().ToString());
  }
}

TEST(Socket, AConnectIntoAFullQueueStaysUnderWay) {
  const SilentListener silent;
  const UniqueFd client = OpenTcpSocket(IpAddress::Family::kV4).value();
  const Result<bool> started = StartConnect(client.get(), silent.endpoint());
  ASSERT_TRUE(started.ok());
  EXPECT_FALSE(*started);
  pollfd wait = {client.get(), POLLOUT, 0};
  EXPECT_EQ(poll(&wait, 1, 0), 0);
}

TEST(Socket, AConnectThatFailsAtOnceNamesTheAddress) {
  const UniqueFd v4 = OpenTcpSocket(IpAddress::Family::kV4).value();
  const Endpoint broadcast = *Endpoint::Parse("255.255.255.255:80");
  const Result<bool> started = StartConnect(v4.get(), broadcast);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().stage(), Stage::kConnect);
  EXPECT_EQ(started.error().address(), "255.255.255.255:80");
}

TEST(Socket, MovesBytesInOrder) {
  const TcpPair pair = MakeTcpPair();
  const std::string parts[] = {"ab", "", "cde", "f"};
  const iovec vector[] = {Part(parts[0]), Part(parts[1]), Part(parts[2]), Part(parts[3])};
  const IoResult sent = SendVector(pair.client.get(), vector);
  EXPECT_EQ(sent.outcome, Outcome::kOk);
  EXPECT_EQ(sent.bytes, 6u);
  EXPECT_EQ(ReceiveAll(pair.server, 6), "abcdef");
}

TEST(Socket, SendsNothingWhenOfferedNothing) {
  const TcpPair pair = MakeTcpPair();
  const IoResult sent = SendVector(pair.client.get(), {});
  EXPECT_TRUE(sent.ok());
  EXPECT_EQ(sent.bytes, 0u);
}

TEST(Socket, SendsAtMostTheFirst1024Parts) {
  const TcpPair pair = MakeTcpPair();
  const std::string byte = "x";
  const std::vector<iovec> parts(1500, Part(byte));
  const IoResult sent = SendVector(pair.client.get(), parts);
  EXPECT_TRUE(sent.ok());
  EXPECT_EQ(sent.bytes, 1024u);
  EXPECT_EQ(ReceiveAll(pair.server, 1024).size(), 1024u);
}

TEST(Socket, TellsThatItWouldBlock) {
  const TcpPair pair = MakeTcpPair();
  char buffer[16];
  EXPECT_EQ(Receive(pair.server.get(), absl::MakeSpan(buffer)).outcome, Outcome::kWouldBlock);
  const std::string block(1 << 20, 'x');
  IoResult sent;
  size_t total = 0;
  while ((sent = Send(pair.client, block)).ok()) total += sent.bytes;
  EXPECT_EQ(sent.outcome, Outcome::kWouldBlock);
  EXPECT_EQ(sent.bytes, 0u);
  EXPECT_EQ(ReceiveAll(pair.server, total).size(), total);
  EXPECT_TRUE(Send(pair.client, "y").ok());
}

TEST(Socket, DoesNotBlockOnABlockingDescriptor) {
  const TcpPair pair = MakeTcpPair();
  ASSERT_EQ(fcntl(pair.server.get(), F_SETFL, 0), 0);
  char buffer[16];
  EXPECT_EQ(Receive(pair.server.get(), absl::MakeSpan(buffer)).outcome, Outcome::kWouldBlock);
}

TEST(Socket, HalfCloseEndsOneDirectionOnly) {
  const TcpPair pair = MakeTcpPair();
  ASSERT_TRUE(Send(pair.client, "last").ok());
  ASSERT_TRUE(ShutdownWrite(pair.client.get()).ok());
  EXPECT_EQ(ReceiveAll(pair.server, 4), "last");
  char buffer[16];
  ASSERT_TRUE(WaitFor(pair.server, POLLIN));
  const IoResult end = Receive(pair.server.get(), absl::MakeSpan(buffer));
  EXPECT_EQ(end.outcome, Outcome::kEnd);
  EXPECT_EQ(end.bytes, 0u);
  ASSERT_TRUE(Send(pair.server, "answer").ok());
  EXPECT_EQ(ReceiveAll(pair.client, 6), "answer");
}

TEST(Socket, ResetIsAnErrorAndNotTheEnd) {
  TcpPair pair = MakeTcpPair();
  AbortConnection(pair.client.get());
  pair.client.Reset();
  ASSERT_TRUE(WaitFor(pair.server, POLLIN));
  char buffer[16];
  const IoResult result = Receive(pair.server.get(), absl::MakeSpan(buffer));
  EXPECT_EQ(result.outcome, Outcome::kError);
  EXPECT_EQ(result.err, ECONNRESET);
}

TEST(Socket, WritingToAGonePeerIsAnErrorAndNoSignal) {
  const auto previous = std::signal(SIGPIPE, SIG_DFL);  // It would end the test.
  const TcpPair pair = MakeTcpPair();
  ASSERT_TRUE(ShutdownWrite(pair.client.get()).ok());
  const IoResult result = Send(pair.client, "x");
  EXPECT_EQ(result.outcome, Outcome::kError);
  EXPECT_EQ(result.err, EPIPE);
  std::signal(SIGPIPE, previous);
}

TEST(Socket, ReportsAShutdownOfWhatIsNotConnected) {
  const UniqueFd fd = OpenTcpSocket(IpAddress::Family::kV4).value();
  const Result<void> result = ShutdownWrite(fd.get());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().id(), (ErrorId{ErrorDomain::kPosix, 0, ENOTCONN}));
  EXPECT_EQ(result.error().stage(), Stage::kStream);
  EXPECT_FALSE(PeerEndpoint(fd.get()).ok());
}

TEST(Socket, KnowsNoEndpointOfOtherFamilies) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  const UniqueFd a(fds[0]);
  const UniqueFd b(fds[1]);
  const Result<Endpoint> endpoint = LocalEndpoint(a.get());
  ASSERT_FALSE(endpoint.ok());
  EXPECT_EQ(endpoint.error().id().code, EAFNOSUPPORT);
}

TEST(Socket, TakeSocketErrorReportsABadDescriptor) { EXPECT_EQ(TakeSocketError(-1), EBADF); }

}  // namespace
}  // namespace streampair
