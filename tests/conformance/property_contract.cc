// Properties: set, shared, read back, NULL, absent, and when they may be set.
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/unique_fd.h"
#include "tests/conformance/contract.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;

class Properties : public Contract {};

// A socket of the server's, to look at its options. The same socket: options that are read of it
// are those in force.
UniqueFd SocketOf(ServerProcess& server, int descriptor) {
  const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, server.process().pid(), 0)));
  EXPECT_TRUE(process.valid()) << strerror(errno);
  UniqueFd socket(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), descriptor, 0)));
  EXPECT_TRUE(socket.valid()) << strerror(errno);
  return socket;
}

int Option(const UniqueFd& socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  EXPECT_EQ(getsockopt(socket.get(), level, name, &value, &size), 0) << strerror(errno);
  return value;
}

TEST_F(Properties, EachThatCanBeSetIsReadBackAndCleared) {
  const std::pair<const char*, v1::PropertyKey> cases[] = {
      {"should_close_native_socket: false", v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET},
      {"should_close_native_socket: true", v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET},
      {"socket_security_level: SECURITY_LEVEL_NEGOTIATED_SSL",
       v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL},
      {"ssl_settings { level: SECURITY_LEVEL_TLS_V1 allows_expired_certificates: false "
       "allows_expired_roots: false allows_any_root: true validates_certificate_chain: true "
       "is_server: false }",
       v1::PROPERTY_KEY_SSL_SETTINGS},
      {"socks_proxy { host: \"192.0.2.1\" port: 1080 version: SOCKS_VERSION_5 }",
       v1::PROPERTY_KEY_SOCKS_PROXY},
      {"proxy_local_bypass: false", v1::PROPERTY_KEY_PROXY_LOCAL_BYPASS},
      {"network_service_type: NETWORK_SERVICE_TYPE_VOICE", v1::PROPERTY_KEY_NETWORK_SERVICE_TYPE},
      {"no_cellular: true", v1::PROPERTY_KEY_NO_CELLULAR},
      {"error_numbering: ERROR_NUMBERING_DARWIN", v1::PROPERTY_KEY_ERROR_NUMBERING},
  };
  for (const auto& [text, key] : cases) {
    SCOPED_TRACE(text);
    const std::string name = Make(HeldTo(80, "192.0.2.7"));
    const std::string absent = Read(name, key);
    ASSERT_THAT(Set(name, text), IsOk());
    EXPECT_EQ(Read(name, key), text);
    ASSERT_THAT(Set(name, absl::StrCat("null: ", v1::PropertyKey_Name(key))), IsOk());
    EXPECT_EQ(Read(name, key), absent);
    EXPECT_THAT(calls().Delete(name), IsOk());
  }
}

// Both halves share them: what is set while one half is at work is there for the other.
TEST_F(Properties, AreSharedByBothHalvesAndNeverWaitBehindARead) {
  TcpTarget silent(NeverRead);
  const std::string name = Make(HeldTo(silent.port()));
  TransferClient reader(server().stub());
  v1::ClientFrame attach = AttachTo(0, name);
  attach.mutable_attach()->set_halves(v1::HALF_READ);
  reader.Send({attach});
  reader.AwaitReady();  // It waits for bytes that never come.
  EXPECT_THAT(Set(name, "should_close_native_socket: false"), IsOk());
  EXPECT_THAT(calls().Write(name, {"by the other half"}, /*finish=*/false).status, IsOk());
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET),
            "should_close_native_socket: false");
  EXPECT_THAT(Set(name, "null: PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET"), IsOk());
}

TEST_F(Properties, NullAbsentAndAValueAreThree) {
  const std::string name = Make(HeldTo(443, "good.test"));
  const auto peer_name = [&] {
    return ReadValue(name, v1::PROPERTY_KEY_SSL_SETTINGS).ssl_settings().peer_name_case();
  };
  ASSERT_THAT(Set(name, "ssl_settings {}"), IsOk());
  EXPECT_EQ(peer_name(), v1::SslSettings::PEER_NAME_NOT_SET);
  ASSERT_THAT(Set(name, "ssl_settings { peer_name_null: NULL_VALUE_UNSPECIFIED }"), IsOk());
  EXPECT_EQ(peer_name(), v1::SslSettings::kPeerNameNull);
  ASSERT_THAT(Set(name, "ssl_settings { peer_name_value: \"other.test\" }"), IsOk());
  EXPECT_EQ(peer_name(), v1::SslSettings::kPeerNameValue);
  ASSERT_THAT(Set(name, "null: PROPERTY_KEY_SSL_SETTINGS"), IsOk());
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SSL_SETTINGS), "absent");
}

TEST_F(Properties, TheRemoteHostIsKnownAsFarAsItIs) {
  TcpTarget target(Echo);
  const std::string name = Make(HeldTo(target.port(), "good.test"));
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_REMOTE_HOST),
            "socket_remote_host { names: \"good.test\" }");
  ASSERT_THAT(OpenReady(name), IsOk());
  const v1::RemoteHost host =
      ReadValue(name, v1::PROPERTY_KEY_SOCKET_REMOTE_HOST).socket_remote_host();
  EXPECT_EQ(host.connected_address(), absl::StrCat("127.0.0.1:", target.port()));
  EXPECT_EQ(host.resolved_by(), v1::RESOLVED_BY_SERVER);
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE), "absent");
  EXPECT_EQ(Triple(Set(name, "socket_remote_host {}")), "STREAMPAIR/0/3");
}

TEST_F(Properties, TheRemoteNetServiceIsKnownAsFarAsItIs) {
  v1::StreamPairSpec spec = HeldTo(1);
  v1::NetServiceTarget& service = *spec.mutable_target()->mutable_net_service();
  service.set_name("Echo");
  service.set_type("_echo._tcp");
  service.set_domain("contract.test");
  const std::string name = Make(spec);
  EXPECT_THAT(Read(name, v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE),
              HasSubstr("name: \"Echo\" type: \"_echo._tcp\" domain: \"contract.test\""));
  ASSERT_THAT(OpenReady(name), IsOk());
  const v1::RemoteNetService found =
      ReadValue(name, v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE).socket_remote_net_service();
  EXPECT_THAT(found.txt(), ::testing::ElementsAre("path=/"));
  EXPECT_THAT(found.addresses(), ::testing::ElementsAre(absl::StrCat("127.0.0.1:", echo().port())));
  EXPECT_EQ(Triple(Set(name, "socket_remote_net_service {}")), "STREAMPAIR/0/3");
}

// Interfaces that are cellular: tests/integration/cellular_test.cc.
TEST_F(Properties, ConnectionIsCellularIsReadOnly) {
  TcpTarget target(Echo);
  const std::string name = Make(HeldTo(target.port()));
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_CONNECTION_IS_CELLULAR), "connection_is_cellular: false");
  ASSERT_THAT(OpenReady(name), IsOk());
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_CONNECTION_IS_CELLULAR), "connection_is_cellular: false");
  for (const char* set :
       {"connection_is_cellular: true", "null: PROPERTY_KEY_CONNECTION_IS_CELLULAR"}) {
    EXPECT_EQ(Triple(Set(name, set)), "STREAMPAIR/0/3") << set;
  }
}

TEST_F(Properties, NoCellularIsForBeforeOpen) {
  TcpTarget target(Echo);
  const std::string name = Make(HeldTo(target.port()));
  ASSERT_THAT(Set(name, "no_cellular: true"), IsOk());
  ExpectEcho(name, "by the loopback");
  const int descriptor = ReadValue(name, v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE)
                             .socket_native_handle()
                             .file_descriptor();
  // Bound to what was looked at, so that a change of the routes cannot lead it elsewhere.
  std::array<char, 16> device{};
  socklen_t size = device.size();
  EXPECT_EQ(getsockopt(SocketOf(server(), descriptor).get(), SOL_SOCKET, SO_BINDTODEVICE,
                       device.data(), &size),
            0);
  EXPECT_STREQ(device.data(), "lo");
  EXPECT_EQ(Triple(Set(name, "no_cellular: false")), "STREAMPAIR/0/7");
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_NO_CELLULAR), "no_cellular: true");
}

// What the target's listener saved of the SYN: an IP header, with the mark of its packets.
int DscpOfSyn(const UniqueFd& connection) {
  std::array<uint8_t, 256> headers{};
  socklen_t size = headers.size();
  EXPECT_EQ(getsockopt(connection.get(), IPPROTO_TCP, TCP_SAVED_SYN, headers.data(), &size), 0);
  if (headers[0] >> 4 == 4) return headers[1] >> 2;
  return ((headers[0] & 0x0f) << 4 | headers[1] >> 4) >> 2;  // IPv6's traffic class.
}

class SynSaver {
 public:
  explicit SynSaver(bool ipv6) : listener_(socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
    const int on = 1;
    EXPECT_EQ(setsockopt(listener_.get(), IPPROTO_TCP, TCP_SAVE_SYN, &on, sizeof(on)), 0);
    sockaddr_storage address{};
    socklen_t size = ipv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    address.ss_family = ipv6 ? AF_INET6 : AF_INET;
    if (ipv6) {
      reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr = in6addr_loopback;
    } else {
      reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_.get(), 8), 0);
    EXPECT_EQ(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(ipv6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                       : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
  }
  int port() const { return port_; }
  UniqueFd Accept() { return UniqueFd(accept(listener_.get(), nullptr, nullptr)); }

 private:
  UniqueFd listener_;
  int port_ = 0;
};

void ExpectMarked(ServerProcess& server, const std::string& descriptor_of, int descriptor,
                  SynSaver& target, bool ipv6, int dscp, int priority) {
  SCOPED_TRACE(descriptor_of);
  const UniqueFd accepted = target.Accept();
  EXPECT_EQ(DscpOfSyn(accepted), dscp);
  const UniqueFd socket = SocketOf(server, descriptor);
  EXPECT_EQ(Option(socket, ipv6 ? static_cast<int>(IPPROTO_IPV6) : static_cast<int>(IPPROTO_IP),
                   ipv6 ? IPV6_TCLASS : IP_TOS) >>
                2,
            dscp);
  EXPECT_EQ(Option(socket, SOL_SOCKET, SO_PRIORITY), priority);
}

class ServiceType : public Contract {
 protected:
  // `type`: the enum's value, or "" for a pair that says nothing.
  void ExpectMark(const std::string& type, int dscp, int priority) {
    for (const bool ipv6 : {false, true}) {
      SynSaver target(ipv6);
      v1::StreamPairSpec spec = HeldTo(target.port(), ipv6 ? "::1" : "127.0.0.1");
      if (!type.empty()) spec = With(spec, absl::StrCat("network_service_type: ", type));
      const std::string name = Make(spec);
      ASSERT_THAT(OpenReady(name), IsOk());
      EXPECT_EQ(Read(name, v1::PROPERTY_KEY_NETWORK_SERVICE_TYPE),
                type.empty() ? "absent" : absl::StrCat("network_service_type: ", type));
      ExpectMarked(server(), absl::StrCat(type, ipv6 ? " by IPv6" : " by IPv4"),
                   ReadValue(name, v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE)
                       .socket_native_handle()
                       .file_descriptor(),
                   target, ipv6, dscp, priority);
      EXPECT_EQ(Triple(Set(name, "network_service_type: NETWORK_SERVICE_TYPE_VIDEO")),
                "STREAMPAIR/0/7");
    }
  }
};

TEST_F(ServiceType, NoneIsBestEffort) { ExpectMark("", 0, 0); }
TEST_F(ServiceType, VoIP) { ExpectMark("NETWORK_SERVICE_TYPE_VOIP", 46, 6); }
TEST_F(ServiceType, Voice) { ExpectMark("NETWORK_SERVICE_TYPE_VOICE", 46, 6); }
TEST_F(ServiceType, Video) { ExpectMark("NETWORK_SERVICE_TYPE_VIDEO", 34, 5); }
TEST_F(ServiceType, Background) { ExpectMark("NETWORK_SERVICE_TYPE_BACKGROUND", 8, 1); }

}  // namespace
}  // namespace streampair::testing
