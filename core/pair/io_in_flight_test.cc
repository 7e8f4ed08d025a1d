#include "core/pair/io_in_flight.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "core/base/unique_fd.h"
#include "core/net/socket.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(IoInFlight, AnEndWithoutAWriteBesideItIsOne) {
  IoInFlight write;
  EXPECT_FALSE(write.MustWait());
  write.Begin();
  EXPECT_FALSE(write.End());
  EXPECT_FALSE(write.MustWait());
}

TEST(IoInFlight, TheReaderWaitsForTheWriteBesideItAndIsWokenOnce) {
  IoInFlight write;
  write.Begin();
  EXPECT_TRUE(write.MustWait());
  EXPECT_TRUE(write.MustWait()) << "woken by something else, it goes on to wait";
  EXPECT_TRUE(write.End());
  EXPECT_FALSE(write.MustWait());
  write.Begin();
  EXPECT_FALSE(write.End());
}

TEST(IoInFlight, ItDoesNotWaitForLaterWrites) {
  IoInFlight write;
  write.Begin();
  EXPECT_TRUE(write.MustWait());
  EXPECT_TRUE(write.End());
  write.Begin();
  EXPECT_FALSE(write.MustWait()) << "the one that mattered is over";
}

TEST(IoInFlight, OnceSettledItStaysSo) {
  IoInFlight write;
  EXPECT_FALSE(write.MustWait());
  write.Begin();
  EXPECT_FALSE(write.MustWait());
  EXPECT_FALSE(write.End());
}

// A connection over loopback whose far end has sent a reset.
UniqueFd ResetConnection() {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(listen(listener.get(), 1), 0);
  EXPECT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  UniqueFd near(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(near.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  UniqueFd far(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  AbortConnection(far.get());
  far.Reset();
  pollfd reset = {near.get(), POLLERR, 0};
  EXPECT_EQ(poll(&reset, 1, 10000), 1);
  return near;
}

TEST(IoInFlight, TheKernelTellsAnErrorOnce) {
  const UniqueFd fd = ResetConnection();
  IoInFlight write;
  write.Begin();
  EXPECT_EQ(SendVector(fd.get(), {}).err, ECONNRESET);
  char byte;
  EXPECT_EQ(Receive(fd.get(), absl::MakeSpan(&byte, 1)).outcome, IoResult::Outcome::kEnd);
  EXPECT_TRUE(write.MustWait()) << "so an end beside a write is none";
  EXPECT_TRUE(write.End());
}

TEST(IoInFlight, AWriteBesideAReadThatTookTheResetSeesAClosedConnection) {
  const UniqueFd fd = ResetConnection();
  IoInFlight read;
  read.Begin();
  char byte;
  EXPECT_EQ(Receive(fd.get(), absl::MakeSpan(&byte, 1)).err, ECONNRESET);
  EXPECT_EQ(SendVector(fd.get(), {}).err, EPIPE);
  EXPECT_TRUE(read.MustWait()) << "so the read tells what it was";
  EXPECT_TRUE(read.End());
}

}  // namespace
}  // namespace streampair
