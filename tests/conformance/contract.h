#ifndef STREAMPAIR_TESTS_CONFORMANCE_CONTRACT_H_
#define STREAMPAIR_TESTS_CONFORMANCE_CONTRACT_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "streampair/v1/stream_pair_service.grpc.pb.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/peers.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/tls_peer.h"
#include "tests/harness/transfer_client.h"
#include "tests/harness/wait.h"

namespace streampair::testing {

// What the tests of the contract share: a real streampaird, one for all tests of a suite, whose
// name server is a dnsmasq that knows
//   good.test                      127.0.0.1
//   Echo._echo._tcp.contract.test  a target that sends back what comes
// and whose trust roots are names().root. After each test its pairs are deleted, and none is left.
class Contract : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void TearDown() override;

  static ServerProcess& server();
  static const TlsNames& names();
  static TcpTarget& echo();  // The service's target.
  static Calls calls() { return Calls(server().stub()); }

  // A pair to a port of this machine, or to `host`, that outlives its clients.
  static v1::StreamPairSpec HeldTo(int port, const std::string& host = "127.0.0.1");
  // A pair that stays until the test ends.
  std::string Make(const v1::StreamPairSpec& spec);

  // Parses "no_delay: true" and the like.
  static v1::Property Parse(const std::string& text);
  static v1::StreamPairSpec With(v1::StreamPairSpec spec, const std::string& property);

  static grpc::Status Set(const std::string& name, const std::string& property);
  // As text; "absent" if it has no value. A test failure if it cannot be read.
  static std::string Read(const std::string& name, v1::PropertyKey key);
  static v1::Property ReadValue(const std::string& name, v1::PropertyKey key);
  // Everything that can be read of a pair.
  static std::map<std::string, std::string> ReadAll(const std::string& name);

  static grpc::Status OpenReady(const std::string& name);
  // How opening a new pair like that fails: "POSIX/0/111".
  std::string FailureOf(const v1::StreamPairSpec& spec);
  static v1::ExplainErrorResponse Explain(
      int32_t domain, uint32_t subdomain, int32_t code,
      v1::ErrorNumbering numbering = v1::ERROR_NUMBERING_UNSPECIFIED);

  // Writes `text` through the pair and expects the same back.
  static void ExpectEcho(const std::string& name, const std::string& text);

 private:
  std::vector<std::string> made_;
};

// "SOCKS/5/1".
std::string Triple(const v1::StreamError& error);
std::string Triple(const grpc::Status& status);

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_CONFORMANCE_CONTRACT_H_
