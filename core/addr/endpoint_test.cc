#include "core/addr/endpoint.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

Endpoint Parsed(absl::string_view text) {
  const Result<Endpoint> endpoint = Endpoint::Parse(text);
  EXPECT_TRUE(endpoint.ok()) << text;
  return endpoint.ok() ? *endpoint : Endpoint();
}

TEST(Endpoint, TextSurvivesTheTrip) {
  for (const absl::string_view text :
       {"192.0.2.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[::]:0",
        "[2001:db8::1]:65535", "[::ffff:1.2.3.4]:1"}) {
    EXPECT_EQ(Parsed(text).ToString(), text);
  }
}

TEST(Endpoint, RefusesOddText) {
  using namespace std::string_literals;
  const std::string refused[] = {
      "",
      ":",
      ":80",
      "1.2.3.4",
      "1.2.3.4:",
      "1.2.3.4:65536",
      "1.2.3.4:-1",
      "1.2.3.4:+1",
      "1.2.3.4: 1",
      "1.2.3.4:01",
      "1.2.3.4:00",
      "1.2.3.4:0x50",
      "1.2.3.4:http",
      "1.2.3.4:80 ",
      "1.2.3.4:99999999999999999999",
      "[1.2.3.4]:80",
      "::1:80",
      "[::1]",
      "[::1]80",
      "[::1:80",
      "::1]:80",
      "[[::1]]:80",
      "[]:80",
      "[:80",
      "]:80",
      "[fe80::1%lo]:80",
      "localhost:80",
      "1.2.3.4:8\0"s,
      "1.2.3.4\0:80"s,
      "1.2.3.4:\xd9\xa1",
  };
  for (const std::string& text : refused) EXPECT_FALSE(Endpoint::Parse(text).ok()) << text;
}

TEST(Endpoint, SockaddrSurvivesTheTrip) {
  for (const absl::string_view text : {"192.0.2.1:80", "[2001:db8::1]:65535", "0.0.0.0:0"}) {
    const SocketAddress address = Parsed(text).ToSockaddr();
    const std::optional<Endpoint> back = Endpoint::FromSockaddr(address.get(), address.length);
    ASSERT_TRUE(back.has_value()) << text;
    EXPECT_EQ(*back, Parsed(text));
  }
}

TEST(Endpoint, FillsSockaddrInNetworkOrder) {
  const SocketAddress v4 = Parsed("192.0.2.1:258").ToSockaddr();
  EXPECT_EQ(v4.length, sizeof(sockaddr_in));
  const auto* in = reinterpret_cast<const sockaddr_in*>(v4.get());
  EXPECT_EQ(in->sin_family, AF_INET);
  EXPECT_EQ(in->sin_port, htons(258));
  EXPECT_EQ(in->sin_addr.s_addr, htonl(0xc0000201));
  const SocketAddress v6 = Parsed("[::1]:1").ToSockaddr();
  EXPECT_EQ(v6.length, sizeof(sockaddr_in6));
  EXPECT_EQ(v6.get()->sa_family, AF_INET6);
}

TEST(Endpoint, RefusesOtherFamiliesAndCutStructures) {
  SocketAddress v4 = Parsed("192.0.2.1:80").ToSockaddr();
  EXPECT_EQ(Endpoint::FromSockaddr(v4.get(), sizeof(sockaddr_in) - 1), std::nullopt);
  EXPECT_EQ(Endpoint::FromSockaddr(v4.get(), 1), std::nullopt);
  EXPECT_EQ(Endpoint::FromSockaddr(v4.get(), 0), std::nullopt);
  const SocketAddress v6 = Parsed("[::1]:80").ToSockaddr();
  EXPECT_EQ(Endpoint::FromSockaddr(v6.get(), sizeof(sockaddr_in6) - 1), std::nullopt);
  v4.storage.ss_family = AF_UNIX;
  EXPECT_EQ(Endpoint::FromSockaddr(v4.get(), sizeof(sockaddr_un)), std::nullopt);
}

TEST(Endpoint, OrdersByAddressThenPort) {
  EXPECT_LT(Parsed("1.2.3.4:80"), Parsed("1.2.3.4:81"));
  EXPECT_LT(Parsed("1.2.3.4:81"), Parsed("1.2.3.5:80"));
  EXPECT_EQ(Parsed("1.2.3.4:80"), Parsed("1.2.3.4:80"));
}

}  // namespace
}  // namespace streampair
