// Sets that are refused: each leaves the pair as it was, whatever state it is in.
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/contract.h"

namespace streampair::testing {
namespace {

class BadInput : public Contract {};

// Sets that no pair takes: no value, read-only keys, unknown enum values, numbers and texts out of
// range. (A value of a wrong type cannot be written down in a message: that is a message that does
// not parse, or an unknown field, which is no value.)
std::vector<std::string> NeverTaken() {
  const std::string long_text(1025, 'x');
  std::vector<std::string> sets = {
      "",
      "null: PROPERTY_KEY_UNSPECIFIED",
      "null: 99",
      "null: PROPERTY_KEY_SOCKET_NATIVE_HANDLE",
      "null: PROPERTY_KEY_SSL_PEER_TRUST",
      "socket_native_handle {}",
      "ssl_peer_certificates {}",
      "ssl_peer_trust {}",
      "socket_remote_host {}",
      "socket_remote_net_service {}",
      "connection_is_cellular: true",
      "tls_handshake_report {}",
      "socket_security_level: SECURITY_LEVEL_UNSPECIFIED",
      "socket_security_level: 99",
      "ssl_settings { level: 99 }",
      "ssl_settings { peer_name_value: \"\" }",
      "ssl_settings { identity { pem: \"rubbish\" } }",
      "ssl_settings { identity { der { certificate: \"x\" private_key: \"y\" } } }",
      "ssl_settings { certificate_chain: \"x\" }",
      "ssl_context { min_version: TLS_VERSION_1_3 max_version: TLS_VERSION_1_2 }",
      "ssl_context { cipher_suites: \"NO_SUCH_SUITE\" }",
      "ssl_context { groups: \"no-such-group\" }",
      "ssl_context { alpn_protocols: \"\" }",
      "ssl_context { trust_roots: \"x\" }",
      "ssl_context { spki_sha256_pins: \"x\" }",
      "socks_proxy {}",
      "socks_proxy { host: \"p.test\" port: -1 }",
      "socks_proxy { host: \"p.test\" port: 65536 }",
      "socks_proxy { host: \"p.test\" version: 6 }",
      "socks_proxy { host: \"two words\" }",
      "proxy_chain {}",
      "proxy_chain { hops { http { host: \"p.test\" } } }",
      "proxy_chain { hops { } }",
      "network_service_type: 99",
      "error_numbering: 99",
      "timeouts { connect { seconds: -1 } }",
      "timeouts { connect { seconds: 999999 } }",
      "keepalive { count: 128 }",
      "keepalive { idle { seconds: 99999 } }",
      "local_address { address: \"name.test\" }",
      "local_address { port: 65536 }",
      "local_address { interface: \"longer-than-fifteen\" }",
      "connect_strategy { order: 99 }",
      "connect_strategy { attempt_delay { seconds: 11 } }",
  };
  sets.push_back(absl::StrCat("socks_proxy { host: \"p.test\" user: \"", long_text, "\" }"));
  sets.push_back(absl::StrCat("ssl_settings { peer_name_value: \"", long_text, "\" }"));
  return sets;
}

// Sets that only a pair that was not opened yet takes.
std::vector<std::string> OnlyBeforeOpen() {
  return {
      "socks_proxy { host: \"192.0.2.1\" }",
      "null: PROPERTY_KEY_SOCKS_PROXY",
      "proxy_local_bypass: false",
      "network_service_type: NETWORK_SERVICE_TYPE_VIDEO",
      "null: PROPERTY_KEY_NETWORK_SERVICE_TYPE",
      "no_cellular: true",
      "error_numbering: ERROR_NUMBERING_DARWIN",
      "timeouts {}",
      "keepalive {}",
      "no_delay: false",
      "local_address { address: \"127.0.0.1\" }",
      "connect_strategy {}",
      "proxy_chain { hops { socks { host: \"192.0.2.1\" } } }",
  };
}

TEST_F(BadInput, EachRefusedSetLeavesThePairAsItWas) {
  TcpTarget target(Echo);
  ClosedPort closed;
  const std::string properties = "ssl_settings { allows_any_root: true }";
  const std::string fresh = Make(With(HeldTo(target.port(), "good.test"), properties));
  const std::string open = Make(HeldTo(target.port()));
  ASSERT_THAT(OpenReady(open), IsOk());
  const std::string half_closed = Make(HeldTo(target.port()));
  ASSERT_THAT(OpenReady(half_closed), IsOk());
  ASSERT_THAT(calls().Close(half_closed, v1::HALF_READ).status, IsOk());
  const std::string failed = Make(HeldTo(closed.port()));
  ASSERT_EQ(Triple(OpenReady(failed)), "POSIX/0/111");

  for (const std::string& name : {fresh, open, half_closed, failed}) {
    const auto before = ReadAll(name);
    const std::string portrait = Portrait(calls().Get(name).pair);
    for (const std::string& set : NeverTaken()) {
      const grpc::Status status = Set(name, set);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << set;
    }
    if (name != fresh) {
      for (const std::string& set : OnlyBeforeOpen()) {
        const grpc::Status status = Set(name, set);
        EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << set;
      }
    }
    EXPECT_EQ(ReadAll(name), before);
    EXPECT_EQ(Portrait(calls().Get(name).pair), portrait);
  }
}

TEST_F(BadInput, PairsThatAreGoneOrSomebodyElses) {
  const std::string gone = Make(HeldTo(80));
  ASSERT_THAT(calls().Delete(gone), IsOk());
  const auto other = v1::StreamPairService::NewStub(Connect(server().unix_address()));
  Calls others(*other);
  const std::string theirs = others.MakePair(HeldTo(80));
  std::string forged = theirs;
  forged.back() = forged.back() == '0' ? '1' : '0';
  for (const std::string& name : {gone, theirs, forged, std::string("streamPairs/x")}) {
    EXPECT_EQ(Triple(Set(name, "no_delay: false")), "STREAMPAIR/0/4") << name;
  }
  EXPECT_THAT(others.Delete(theirs), IsOk());
}

}  // namespace
}  // namespace streampair::testing
