#include "server/convert/spec.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

v1::StreamPairSpec Parse(const std::string& text) {
  v1::StreamPairSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  return spec;
}

std::string Host(absl::string_view name, int64_t port) {
  return absl::StrCat("target { host { name: '", name, "' port: ", port, " } } ");
}
std::string Good() { return Host("example.com", 80); }

std::optional<Failure> Convert(const std::string& text, PairSpec* spec,
                               MadeBy made_by = MadeBy::kCreateCall) {
  return SpecFromProto(Parse(text), "spec", SpecRules(), made_by, *spec);
}

PairSpec MustConvert(const std::string& text, MadeBy made_by = MadeBy::kCreateCall) {
  PairSpec spec;
  const auto failure = Convert(text, &spec, made_by);
  EXPECT_FALSE(failure.has_value()) << text << ": " << failure->error.ToString();
  return spec;
}

TEST(SpecFromProto, FillsInDefaults) {
  const PairSpec spec = MustConvert(Good());
  ASSERT_TRUE(spec.target.host.has_value());
  EXPECT_EQ(spec.target.host->name.str(), "example.com");
  EXPECT_EQ(spec.target.host->port.value(), 80);
  EXPECT_EQ(spec.host_name, "example.com");
  EXPECT_EQ(spec.halves, Halves::kBoth);
  EXPECT_EQ(spec.options.dial.connect_timeout, absl::Seconds(30));
  EXPECT_TRUE(spec.options.dial.no_delay);
  EXPECT_FALSE(spec.options.dial.keepalive.on);
  EXPECT_EQ(spec.hold_timeout, absl::Seconds(60));
  EXPECT_EQ(MustConvert(Good(), MadeBy::kAttachFrame).hold_timeout, absl::ZeroDuration());
}

TEST(SpecFromProto, TakesTheOperatorsDefaults) {
  SpecRules rules;
  rules.option_defaults.dial.receive_buffer = 4096;
  rules.option_defaults.dial.connect_timeout = absl::Seconds(5);
  rules.default_hold = absl::Seconds(20);
  rules.max_hold = absl::Seconds(30);
  PairSpec spec;
  ASSERT_FALSE(SpecFromProto(Parse(Good()), "spec", rules, MadeBy::kCreateCall, spec));
  EXPECT_EQ(spec.options.dial.receive_buffer, 4096);
  EXPECT_EQ(spec.options.dial.connect_timeout, absl::Seconds(5));
  EXPECT_EQ(spec.hold_timeout, absl::Seconds(20));
  ASSERT_FALSE(SpecFromProto(Parse(Good() + "hold_timeout { seconds: 3600 }"), "spec", rules,
                             MadeBy::kCreateCall, spec));
  EXPECT_EQ(spec.hold_timeout, absl::Seconds(30)) << "cut to the maximum";
}

TEST(SpecFromProto, TellsAddressesFromNames) {
  const PairSpec literal = MustConvert(Host("192.0.2.1", 80));
  EXPECT_FALSE(literal.target.host.has_value());
  ASSERT_EQ(literal.target.endpoints.size(), 1u);
  EXPECT_EQ(literal.host_name, "192.0.2.1");

  const PairSpec both = MustConvert(
      "target { host { name: 'a.example' addresses: '192.0.2.1' addresses: '::1' port: 7 } }");
  EXPECT_TRUE(both.target.host.has_value());
  ASSERT_EQ(both.target.endpoints.size(), 2u);
  EXPECT_EQ(both.target.endpoints[1].ToString(), "[::1]:7");

  const PairSpec address = MustConvert("target { address { address: '::1' port: 7 } }");
  EXPECT_TRUE(address.is_socket_address);
  EXPECT_EQ(address.host_name, "");
  ASSERT_EQ(address.target.endpoints.size(), 1u);
}

TEST(SpecFromProto, TakesPropertiesLabelsAndHalves) {
  const PairSpec spec = MustConvert(
      Good() +
      "halves: HALF_READ "
      "properties { timeouts { connect { nanos: 1000000 } unacknowledged { seconds: 3600 } } } "
      "properties { keepalive { idle { seconds: 1 } interval { seconds: 7200 } count: 127 } } "
      "properties { no_delay: false } "
      "properties { error_numbering: ERROR_NUMBERING_LINUX } "
      "labels { key: 'ci.job-1_x' value: 'any Value' } labels { key: 'k' value: '' }");
  EXPECT_EQ(spec.halves, Halves::kRead);
  EXPECT_EQ(spec.options.dial.connect_timeout, absl::Milliseconds(1));
  EXPECT_EQ(spec.options.dial.user_timeout, absl::Hours(1));
  EXPECT_TRUE(spec.options.dial.keepalive.on);
  EXPECT_EQ(spec.options.dial.keepalive.idle, absl::Seconds(1));
  EXPECT_EQ(spec.options.dial.keepalive.interval, absl::Hours(2));
  EXPECT_EQ(spec.options.dial.keepalive.count, 127);
  EXPECT_FALSE(spec.options.dial.no_delay);
  EXPECT_EQ(spec.labels.size(), 2u);
  EXPECT_EQ(spec.labels.at("ci.job-1_x"), "any Value");
}

struct Refusal {
  std::string spec;
  std::string field;
  std::string says;
  StreampairCode code = StreampairCode::kInvalidRequest;
};

std::string Repeat(int count, absl::string_view text) {
  std::string repeated;
  for (int i = 0; i < count; ++i) absl::StrAppend(&repeated, text);
  return repeated;
}

std::string Labels(int count) {
  std::string labels;
  for (int i = 0; i < count; ++i) absl::StrAppend(&labels, "labels { key: 'k", i, "' } ");
  return labels;
}

// One row for each limit that the proto states.
std::vector<Refusal> Refusals() {
  const auto kGap = StreampairCode::kUnimplemented;
  const std::string good = Good();
  const std::string name = "spec.target.host.name";
  const std::string port = "spec.target.host.port";
  const std::string a63(63, 'a');
  return {
      {"", "spec.target", "must be given"},
      {"target {}", "spec.target", "one form"},
      {"target { host { port: 80 } }", name, "a name or addresses"},
      {Host("", 80), name, "a name or addresses"},
      {Host("a", 0), port, "65535"},
      {Host("a", -1), port, "65535"},
      {Host("a", 65536), port, "65535"},
      {Host("a", 2147483647), port, "65535"},
      {Host(absl::StrCat(a63, ".", a63, ".", a63, ".", std::string(62, 'a')), 80), name, "253"},
      {Host(std::string(64, 'a') + ".example", 80), name, "63"},
      {Host("a b", 80), name, ""},
      {Host(" a", 80), name, ""},
      {Host("a..b", 80), name, ""},
      {Host("127.1", 80), name, ""},
      {Host("010.0.0.1", 80), name, ""},
      {Host("[::1]", 80), name, ""},
      {"target { host { addresses: 'x' port: 80 } }", "spec.target.host.addresses[0]", ""},
      {"target { host { addresses: '::1' addresses: '1.2.3' port: 80 } }",
       "spec.target.host.addresses[1]", ""},
      {"target { host { " + Repeat(65, "addresses: '::1' ") + " port: 80 } }",
       "spec.target.host.addresses", "at most 64, are 65"},
      {"target { address { port: 80 } }", "spec.target.address.address", ""},
      {"target { address { address: 'a.example' port: 80 } }", "spec.target.address.address", ""},
      {"target { address { address: '::1' } }", "spec.target.address.port", "65535"},
      {"target { address { address: '::1' port: 65536 } }", "spec.target.address.port", "65535"},
      {"target { parked_socket {} }", "spec.target.parked_socket.token", "1 to 128 bytes, is 0"},
      {"target { parked_socket { token: '" + std::string(129, 'x') + "' } }",
       "spec.target.parked_socket.token", "1 to 128 bytes, is 129"},
      {"target { parked_socket { token: 'x' } } properties { socks_proxy { host: 'p' } }",
       "spec.properties", "connected already"},
      {good + "halves: 4", "spec.halves", "unknown value 4"},

      {good + "properties {}", "spec.properties[0]", "a value must be given"},
      {good + "properties { no_delay: true } properties { no_delay: false }", "spec.properties[1]",
       "no_delay is given twice"},
      {good + "properties { no_delay: true } properties { null: PROPERTY_KEY_NO_DELAY }",
       "spec.properties[1]", "no_delay is given twice"},
      {good + "properties { timeouts { connect {} } }", "spec.properties[0].timeouts.connect",
       "must be 1ms to 1h, is 0"},
      {good + "properties { timeouts { connect { seconds: 3600 nanos: 1 } } }",
       "spec.properties[0].timeouts.connect", "1ms to 1h"},
      {good + "properties { timeouts { connect { seconds: 1 nanos: -1 } } }",
       "spec.properties[0].timeouts.connect", "no valid Duration"},
      {good + "properties { timeouts { unacknowledged { seconds: -1 } } }",
       "spec.properties[0].timeouts.unacknowledged", "0 to 1h"},
      {good + "properties { timeouts { unacknowledged { seconds: 3601 } } }",
       "spec.properties[0].timeouts.unacknowledged", "0 to 1h"},
      {good + "properties { keepalive { idle { nanos: 999999999 } } }",
       "spec.properties[0].keepalive.idle", "1s to 2h"},
      {good + "properties { keepalive { idle { seconds: 7201 } } }",
       "spec.properties[0].keepalive.idle", "1s to 2h"},
      {good + "properties { keepalive { interval {} } }", "spec.properties[0].keepalive.interval",
       "1s to 2h"},
      {good + "properties { keepalive { interval { seconds: 7201 } } }",
       "spec.properties[0].keepalive.interval", "1s to 2h"},
      {good + "properties { keepalive { count: 128 } }", "spec.properties[0].keepalive.count",
       "1 to 127, is 128"},
      {good + "properties { keepalive { count: -1 } }", "spec.properties[0].keepalive.count",
       "1 to 127, is -1"},
      {good + "properties { timeouts { resolve {} } }", "spec.properties[0].timeouts.resolve",
       "1ms to 1h"},
      {good + "properties { local_address { address: 'localhost' } }",
       "spec.properties[0].local_address.address", ""},
      {good + "properties { local_address { port: 65536 } }",
       "spec.properties[0].local_address.port", "65535"},
      {good + "properties { local_address { port: -1 } }", "spec.properties[0].local_address.port",
       "65535"},
      {good + "properties { local_address { interface: 'sixteen-bytes-xx' } }",
       "spec.properties[0].local_address.interface", "15"},
      {good + "properties { local_address { interface: 'a/b' } }",
       "spec.properties[0].local_address.interface", "'/'"},
      {good + "properties { connect_strategy { order: 9 } }",
       "spec.properties[0].connect_strategy.order", "unknown value 9"},
      {good + "properties { connect_strategy { family: 9 } }",
       "spec.properties[0].connect_strategy.family", "unknown value 9"},
      {good + "properties { connect_strategy { attempt_delay { nanos: 9999999 } } }",
       "spec.properties[0].connect_strategy.attempt_delay", "10ms to 10s"},
      {good + "properties { error_numbering: 9 }", "spec.properties[0].error_numbering",
       "unknown value 9"},
      {good + "properties { socks_proxy {} }", "spec.properties[0].socks_proxy.host",
       "must be given"},
      {good + "properties { ssl_settings { level: 77 } }", "spec.properties[0].ssl_settings.level",
       "unknown level 77"},
      {good + "properties { ssl_settings { identity { pem: 'x' } } }",
       "spec.properties[0].ssl_settings.identity", "not a certificate"},
      {good + "properties { ssl_settings { identity { server_identity: 'x' } } }",
       "spec.properties[0].ssl_settings.identity.server_identity", "kept on the server", kGap},
      {good + "properties { ssl_settings { certificate_chain: 'x' } }",
       "spec.properties[0].ssl_settings.certificate_chain", "need an identity"},
      {good + "properties { ssl_settings { peer_name_value: '' } }",
       "spec.properties[0].ssl_settings.peer_name_value", ""},
      {good + "properties { ssl_context { cipher_suites: 'TLS_AES_128_GCM_SHA256' } }",
       "spec.properties[0].ssl_context", "TLS 1.3 cannot be chosen"},
      {good + "properties { ssl_context { trust_roots: 'x' } }",
       "spec.properties[0].ssl_context.trust_roots[0]", "not a certificate"},
      {good + "properties { ssl_context { spki_sha256_pins: 'x' } }",
       "spec.properties[0].ssl_context.spki_sha256_pins[0]", "32 bytes"},
      {good + "properties { socket_security_level: SECURITY_LEVEL_UNSPECIFIED }",
       "spec.properties[0].socket_security_level", "must be given"},
      {good + "properties { network_service_type: 99 }", "spec.properties[0].network_service_type",
       "unknown value 99"},
      {good + "properties { socket_remote_host {} }", "spec.properties[0].socket_remote_host",
       "read-only"},
      {good + "properties { null: PROPERTY_KEY_UNSPECIFIED }", "spec.properties[0].null",
       "unknown property key 0"},
      {good + "properties { null: 99 }", "spec.properties[0].null", "unknown property key 99"},
      {good + "properties { null: PROPERTY_KEY_SSL_PEER_TRUST }", "spec.properties[0].null",
       "read-only"},

      {good + Labels(33), "spec.labels", "at most 32, are 33"},
      {good + "labels { key: '' value: 'x' }", "spec.labels", "1 to 63 bytes"},
      {good + "labels { key: 'Upper' value: 'x' }", "spec.labels", "[a-z0-9_.-]"},
      {good + "labels { key: '" + std::string(64, 'k') + "' }", "spec.labels", "1 to 63 bytes"},
      {good + "labels { key: 'k' value: '" + std::string(256, 'v') + "' }", "spec.labels[k]",
       "at most 255 bytes, is 256"},

      {good + "hold_timeout {}", "spec.hold_timeout", "at least 1ms"},
      {good + "hold_timeout { seconds: -1 }", "spec.hold_timeout", "at least 1ms, is -1s"},
      {good + "hold_timeout { nanos: 1000000000 }", "spec.hold_timeout", "no valid Duration"},
  };
}

TEST(SpecFromProto, EnforcesEveryLimit) {
  for (const Refusal& row : Refusals()) {
    SCOPED_TRACE(row.spec);
    PairSpec spec;
    const auto failure = Convert(row.spec, &spec);
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->error.id().domain, ErrorDomain::kStreampair);
    EXPECT_EQ(failure->error.id().code, static_cast<int32_t>(row.code));
    EXPECT_EQ(failure->error.stage(), Stage::kRequest);
    ASSERT_EQ(failure->violations.size(), 1u);
    EXPECT_EQ(failure->violations[0].field, row.field);
    EXPECT_TRUE(absl::StrContains(failure->violations[0].description, row.says))
        << failure->violations[0].description;
  }
}

TEST(SpecFromProto, TakesWhatIsJustWithinTheLimits) {
  const std::string a63(63, 'a');
  for (const std::string& text : {
           Host("a", 1),
           Host("a", 65535),
           Host(absl::StrCat(a63, ".", a63, ".", a63, ".", std::string(61, 'a')), 80),
           "target { host { " + Repeat(64, "addresses: '::1' ") + " port: 80 } }",
           Good() + Labels(32),
           Good() + "labels { key: '" + std::string(63, 'k') + "' value: '" +
               std::string(255, 'v') + "' }",
           Good() + "hold_timeout { nanos: 1000000 }",
           Good() + "properties { null: PROPERTY_KEY_KEEPALIVE }",
       }) {
    MustConvert(text);
  }
  MustConvert(Good() + "hold_timeout {}", MadeBy::kAttachFrame);
}

TEST(SpecFromProto, NamesWhatIsNotAsciiAsTheContractDoes) {
  v1::StreamPairSpec proto = Parse(Good());
  for (const std::string& name : {std::string("gr\xff\xff.example"), std::string("a\0b", 3)}) {
    proto.mutable_target()->mutable_host()->set_name(name);
    PairSpec spec;
    const auto failure = SpecFromProto(proto, "spec", SpecRules(), MadeBy::kCreateCall, spec);
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->error.id(), (ErrorId{ErrorDomain::kNetDb, 0, 1}));
    EXPECT_EQ(failure->error.stage(), Stage::kRequest);
  }
}

TEST(SpecFromProto, TakesInternationalisedNamesAndShortFormsIfAllowed) {
  v1::StreamPairSpec proto = Parse(Good());
  proto.mutable_target()->mutable_host()->set_name(
      "B\xc3\xbc"
      "cher.example.");
  PairSpec spec;
  ASSERT_FALSE(SpecFromProto(proto, "spec", SpecRules(), MadeBy::kCreateCall, spec).has_value());
  EXPECT_EQ(spec.target.host->name.str(), "xn--bcher-kva.example");
  EXPECT_EQ(spec.host_name,
            "B\xc3\xbc"
            "cher.example.")
      << "to be shown again";

  proto.mutable_target()->mutable_host()->set_name("0x7f.1");
  SpecRules rules;
  EXPECT_TRUE(SpecFromProto(proto, "spec", rules, MadeBy::kCreateCall, spec).has_value());
  rules.short_forms = ShortForms::kAllowed;
  ASSERT_FALSE(SpecFromProto(proto, "spec", rules, MadeBy::kCreateCall, spec).has_value());
  EXPECT_EQ(spec.target.endpoints.at(0).address.ToString(), "127.0.0.1");
}

TEST(SpecFromProto, NamesWhatIsNoServiceAsTheContractDoes) {
  for (const std::string service :
       {"type: '_http._tcp'", "name: 'x'", "name: 'x' type: 'http._tcp'",
        "name: 'x' type: '_http._udp'", "name: 'x' type: '_http._tcp' domain: 'a b'"}) {
    PairSpec spec;
    const auto failure = Convert("target { net_service { " + service + " } }", &spec);
    ASSERT_TRUE(failure.has_value()) << service;
    EXPECT_EQ(failure->error.id(), (ErrorId{ErrorDomain::kNetServices, 0, -72004})) << service;
    EXPECT_EQ(failure->error.stage(), Stage::kRequest);
    EXPECT_EQ(failure->violations[0].field, "spec.target.net_service");
  }
}

TEST(SpecFromProto, NamesAllFaultsAtOnce) {
  PairSpec spec;
  const auto failure = Convert(
      "target { host { name: 'a b' port: 0 } } halves: 9 labels { key: 'K' } "
      "properties { keepalive { count: 200 interval {} } } "
      "properties { should_close_native_socket: false }",
      &spec);
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->error.id().code, static_cast<int>(StreampairCode::kInvalidRequest));
  EXPECT_EQ(failure->violations.size(), 6u);
}

}  // namespace
}  // namespace streampair
