#include "clients/cli/pair_option.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/cli/tls_option.h"
#include "clients/cpp/pair_spec.h"
#include "gtest/gtest.h"

namespace streampair::cli {
namespace {

const ProgramSpec& Program() {
  static const auto* const program = [] {
    auto* made = new ProgramSpec();
    made->commands.emplace_back();
    made->commands[0].name = "go";
    for (const auto& specs : {PairOptionSpecs(), TlsOptionSpecs()}) {
      for (const OptionSpec& spec : specs) made->commands[0].options.push_back(spec);
    }
    made->commands[0].options.push_back({"starttls", "PROTOCOL", ""});
    return made;
  }();
  return *program;
}

CommandLine Line(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "go");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  CommandLine line = ReadCommandLine(Program(), pointers);
  EXPECT_EQ(line.complaint, "");
  return line;
}

std::string File(const std::string& name, const std::string& text) {
  const std::string path = absl::StrCat(getenv("TEST_TMPDIR"), "/", name);
  std::ofstream(path) << text;
  return path;
}

// The properties that the options lead to, or the complaint.
std::string Read(const std::vector<std::string>& arguments) {
  std::string complaint;
  const auto options = ReadPairOptions(Line(arguments), &complaint);
  if (!options) return complaint;
  EXPECT_EQ(complaint, "");
  std::string text;
  const v1::StreamPairSpec spec = client::HostPairSpec("h", 1, *options);
  for (const v1::Property& property : spec.properties()) {
    absl::StrAppend(&text, property.ShortDebugString(), ";");
  }
  return text;
}

TEST(PairOption, SaysHowToConnect) {
  EXPECT_EQ(Read({}), "");
  EXPECT_EQ(Read({"--connect-timeout=1", "--resolve-timeout=2s", "--handshake-timeout=3s",
                  "--unacknowledged-timeout=4s"}),
            "timeouts { connect { seconds: 1 } unacknowledged { seconds: 4 } "
            "resolve { seconds: 2 } handshake { seconds: 3 } };");
  EXPECT_EQ(Read({"--local-address=127.0.0.2", "--interface=lo", "--family=ipv4"}),
            "local_address { address: \"127.0.0.2\" interface: \"lo\" };"
            "connect_strategy { family: ADDRESS_FAMILY_IPV4 };");
  EXPECT_EQ(Read({"--sequential"}), "connect_strategy { order: CONNECT_ORDER_SEQUENTIAL };");
  EXPECT_EQ(Read({"--family=any"}), "connect_strategy { };");
}

TEST(PairOption, TlsVerifiesUnlessToldOtherwise) {
  EXPECT_EQ(Read({"--tls"}), "ssl_context { settings { } };");
  EXPECT_EQ(Read({"--tls", "--tls-name=n", "--sni=", "--alpn=h2,http/1.1", "--alpn=x", "--ca",
                  File("ca", "roots"), "--system-roots", "--crl", File("crl", "lists"),
                  "--tls-min=1.2", "--tls-max=1.3"}),
            "ssl_context { min_version: TLS_VERSION_1_2 max_version: TLS_VERSION_1_3 "
            "alpn_protocols: \"h2\" alpn_protocols: \"http/1.1\" alpn_protocols: \"x\" "
            "server_name: \"\" trust_roots: \"roots\" trust_system_roots: true crls: \"lists\" "
            "settings { peer_name_value: \"n\" } };");
  EXPECT_EQ(Read({"--tls", "--cert", File("cert", "c"), "--key", File("key", "k")}),
            "ssl_context { settings { identity { pem: \"c\\nk\\n\" } } };");
  const std::string pin(64, 'a');
  EXPECT_EQ(Read({"--tls", "--pin", pin}),
            Read({"--tls", "--pin", "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo="}));
  EXPECT_EQ(Read({"--starttls=smtp", "--alpn=x"}), "") << "TLS comes later";
}

TEST(PairOption, EachWeakeningIsNamedAsThePolicyNamesIt) {
  const std::pair<const char*, const char*> rows[] = {
      {"--allow-expired-certificates", "settings { allows_expired_certificates: true }"},
      {"--allow-expired-roots", "settings { allows_expired_roots: true }"},
      {"--allow-any-root", "settings { allows_any_root: true }"},
      {"--allow-no-chain", "settings { validates_certificate_chain: false }"},
      {"--allow-other-peer-name", "settings { peer_name_null: NULL_VALUE_UNSPECIFIED }"},
      {"--allow-old-versions", "min_version: TLS_VERSION_1_0 settings { }"},
  };
  for (const auto& [option, settings] : rows) {
    EXPECT_EQ(Read({"--tls", option}), absl::StrCat("ssl_context { ", settings, " };"));
  }
}

TEST(PairOption, SaysWhatIsWrong) {
  const std::string missing = File("there", "") + "/not";
  const std::string large = File("large", std::string((1 << 20) + 1, 'x'));
  const std::pair<std::vector<std::string>, std::string> rows[] = {
      {{"--connect-timeout=x"}, "--connect-timeout=x is no duration; write 10s, 1m30s or 250ms"},
      {{"--family=4"}, "--family=4 is none of ipv4, ipv6, any"},
      {{"--alpn=h2"}, "--alpn goes with --tls"},
      {{"--allow-any-root"}, "--allow-any-root goes with --tls"},
      {{"--tls", "--tls-min=1.4"}, "--tls-min=1.4 is no version; there are 1.0, 1.1, 1.2, 1.3"},
      {{"--tls", "--tls-name=n", "--allow-other-peer-name"},
       "--tls-name names what to verify, --allow-other-peer-name forbids it"},
      {{"--tls", "--key", missing}, "--key needs --cert, the certificate that it belongs to"},
      {{"--tls", "--ca", missing}, missing + " cannot be read: Not a directory"},
      {{"--tls", "--ca", large}, large + " is larger than 1 MiB"},
      {{"--tls", "--ca", "/"}, "/ cannot be read: Is a directory"},
      {{"--tls", "--pin=abc"}, "--pin=abc is no SHA-256; write 64 hexadecimal digits, or base64"},
  };
  for (const auto& [arguments, complaint] : rows) EXPECT_EQ(Read(arguments), complaint);
}

}  // namespace
}  // namespace streampair::cli
