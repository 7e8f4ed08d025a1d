#include "core/pair/parked_sockets.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/error.h"
#include "core/base/streampair_errors.h"
#include "core/net/socket.h"
#include "core/testing/fake_loop.h"
#include "core/testing/tcp_pair.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

constexpr absl::Duration kGrace = absl::Seconds(10);

class ParkedSocketsTest : public testing::Test {
 protected:
  ParkedSockets& Make(size_t total = 4, size_t per_principal = 2) {
    parked_ = std::make_unique<ParkedSockets>(
        loop_, ParkedSockets::Limits{total, per_principal, kGrace},
        [this](const std::string& principal, const std::string& token, ParkedSockets::End why) {
          ends_.push_back(absl::StrCat(principal, " ", token, " ", static_cast<int>(why)));
        });
    return *parked_;
  }

  static ParkedSocket SocketOf(UniqueFd fd) {
    ParkedSocket socket;
    socket.remote = PeerEndpoint(fd.get()).value();
    socket.local = LocalEndpoint(fd.get()).value();
    socket.origin = {DialTarget::ToEndpoints({socket.remote}), socket.remote.ToString()};
    socket.unread = "early";
    socket.fd = std::move(fd);
    return socket;
  }

  // Parks one end of a connection and returns the other.
  UniqueFd Park(const std::string& principal, const std::string& token) {
    auto place = parked_->Reserve(principal);
    EXPECT_TRUE(place.ok());
    TcpPair tcp = MakeTcpPair();
    last_fd_ = tcp.client.get();
    parked_->Park(*std::move(place), token, SocketOf(std::move(tcp.client)));
    return std::move(tcp.server);
  }

  static bool IsClosedByPeer(const UniqueFd& fd) {
    char byte;
    return recv(fd.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }

  FakeLoop loop_;
  std::vector<std::string> ends_;
  std::unique_ptr<ParkedSockets> parked_;  // Tells of ends until it is gone.
  int last_fd_ = -1;
};

TEST_F(ParkedSocketsTest, AreTakenUpByTheirOwnerOnce) {
  Make();
  const UniqueFd peer = Park("ann", "sockets/1");
  EXPECT_EQ(parked_->parked(), 1u);
  auto taken = parked_->Take("ann", "sockets/1");
  ASSERT_TRUE(taken.ok()) << taken.error().ToString();
  EXPECT_EQ(taken->socket.unread, "early");
  ASSERT_EQ(write(taken->socket.fd.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(recv(peer.get(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, 'x');
  EXPECT_EQ(parked_->Take("ann", "sockets/1").error().id(),
            (ErrorId{ErrorDomain::kPosix, 0, EBADF}));
  EXPECT_EQ(ends_, std::vector<std::string>{"ann sockets/1 0"});
  EXPECT_EQ(loop_.timers(), 0u);
  EXPECT_EQ(loop_.watches(), 0u);
  EXPECT_EQ(parked_->places(), 1u);  // It goes with the socket.
}

TEST_F(ParkedSocketsTest, DoNotExistForAnybodyElse) {
  Make();
  const UniqueFd peer = Park("ann", "sockets/1");
  EXPECT_EQ(parked_->Take("bob", "sockets/1").error(), parked_->Take("bob", "none").error());
  EXPECT_EQ(parked_->parked(), 1u);
}

TEST_F(ParkedSocketsTest, AreClosedAtTheEndOfTheGrace) {
  Make();
  const UniqueFd peer = Park("ann", "sockets/1");
  loop_.Advance(kGrace - absl::Seconds(1));
  EXPECT_EQ(parked_->parked(), 1u);
  EXPECT_FALSE(IsClosedByPeer(peer));
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(parked_->parked(), 0u);
  EXPECT_EQ(parked_->places(), 0u);
  EXPECT_TRUE(IsClosedByPeer(peer));
  EXPECT_EQ(ends_, std::vector<std::string>{"ann sockets/1 2"});
  EXPECT_EQ(loop_.watches(), 0u);
}

TEST_F(ParkedSocketsTest, GainNoTimeByBeingPutBack) {
  Make();
  const UniqueFd peer = Park("ann", "sockets/1");
  loop_.Advance(kGrace / 2);
  auto taken = parked_->Take("ann", "sockets/1");
  ASSERT_TRUE(taken.ok());
  parked_->Park(std::move(taken->place), "sockets/1", std::move(taken->socket));
  loop_.Advance(kGrace / 2);
  EXPECT_EQ(parked_->parked(), 0u);
}

TEST_F(ParkedSocketsTest, AreClosedWhenThePeerFinishes) {
  Make();
  UniqueFd peer = Park("ann", "sockets/1");
  ASSERT_EQ(shutdown(peer.get(), SHUT_WR), 0);
  ASSERT_TRUE(loop_.Deliver(last_fd_, EPOLLRDHUP));
  EXPECT_EQ(parked_->parked(), 0u);
  EXPECT_EQ(parked_->places(), 0u);
  EXPECT_EQ(ends_, std::vector<std::string>{"ann sockets/1 1"});
  EXPECT_EQ(loop_.timers(), 0u);
  EXPECT_EQ(loop_.watches(), 0u);
}

TEST_F(ParkedSocketsTest, AreBoundedPerOwnerAndInAll) {
  Make(/*total=*/3, /*per_principal=*/2);
  auto a1 = parked_->Reserve("ann");
  auto a2 = parked_->Reserve("ann");
  ASSERT_TRUE(a1.ok() && a2.ok());
  const ErrorId quota = QuotaExceeded("").id();
  EXPECT_EQ(parked_->Reserve("ann").error().id(), quota);
  auto b1 = parked_->Reserve("bob");
  ASSERT_TRUE(b1.ok());
  EXPECT_EQ(parked_->Reserve("cid").error().id(), quota);
  a1->reset();
  EXPECT_TRUE(parked_->Reserve("cid").ok());
  a2->reset();
  b1->reset();
  EXPECT_EQ(parked_->places(), 0u);
}

TEST_F(ParkedSocketsTest, EndWithTheirServerAndTakeNoMore) {
  Make();
  const UniqueFd peer = Park("ann", "sockets/1");
  auto place = parked_->Reserve("ann");
  ASSERT_TRUE(place.ok());
  parked_->Clear();
  EXPECT_TRUE(IsClosedByPeer(peer));
  EXPECT_EQ(ends_, std::vector<std::string>{"ann sockets/1 3"});
  TcpPair late = MakeTcpPair();
  parked_->Park(*std::move(place), "sockets/2", SocketOf(std::move(late.client)));
  EXPECT_TRUE(IsClosedByPeer(late.server));
  EXPECT_EQ(parked_->parked(), 0u);
  EXPECT_EQ(parked_->places(), 0u);
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(ParkedSocketsTest, LetPlacesOutliveThem) {
  Make();
  auto place = parked_->Reserve("ann");
  ASSERT_TRUE(place.ok());
  parked_ = nullptr;
  place->reset();
}

}  // namespace
}  // namespace streampair
