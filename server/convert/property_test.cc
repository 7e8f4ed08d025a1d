#include "server/convert/property.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/streampair_errors.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

v1::Property Parse(const std::string& text) {
  v1::Property property;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &property)) << text;
  return property;
}

TEST(ApplyProperty, ReplacesAPropertyAsAWhole) {
  PairOptions options;
  options.dial.user_timeout = absl::Seconds(7);
  RequestCheck check;
  ApplyProperty(Parse("timeouts { connect { seconds: 3 } }"), "property", PairOptions(), check,
                options);
  EXPECT_TRUE(check.ok());
  EXPECT_EQ(options.dial.connect_timeout, absl::Seconds(3));
  EXPECT_EQ(options.dial.user_timeout, absl::ZeroDuration())
      << "a field that is absent is its default";
}

TEST(ApplyProperty, GoesBackToTheDefaultForNull) {
  PairOptions defaults;
  defaults.dial.connect_timeout = absl::Seconds(11);
  PairOptions options;
  options.dial.connect_timeout = absl::Seconds(1);
  options.dial.user_timeout = absl::Seconds(7);
  options.dial.keepalive.on = true;
  options.dial.no_delay = false;
  RequestCheck check;
  for (const char* key : {"PROPERTY_KEY_TIMEOUTS", "PROPERTY_KEY_KEEPALIVE",
                          "PROPERTY_KEY_NO_DELAY", "PROPERTY_KEY_ERROR_NUMBERING"}) {
    ApplyProperty(Parse(std::string("null: ") + key), "property", defaults, check, options);
  }
  EXPECT_TRUE(check.ok());
  EXPECT_EQ(options.dial.connect_timeout, absl::Seconds(11));
  EXPECT_EQ(options.dial.user_timeout, absl::ZeroDuration());
  EXPECT_FALSE(options.dial.keepalive.on);
  EXPECT_TRUE(options.dial.no_delay);
}

TEST(ApplyProperty, ChangesNothingWhenItRefuses) {
  PairOptions options;
  options.dial.connect_timeout = absl::Seconds(5);
  RequestCheck check;
  ApplyProperty(Parse("timeouts { connect { seconds: 3 } unacknowledged { seconds: -1 } }"),
                "property", PairOptions(), check, options);
  EXPECT_EQ(options.dial.connect_timeout, absl::Seconds(5));
  EXPECT_EQ(check.Verdict()->violations[0].field, "property.timeouts.unacknowledged");
}

TEST(ApplyProperty, ReadsBackWhatItSet) {
  for (const auto& [key, text] : std::vector<std::pair<v1::PropertyKey, std::string>>{
           {v1::PROPERTY_KEY_LOCAL_ADDRESS,
            "local_address { address: \"192.0.2.1\" port: 1024 interface: \"eth0\" }"},
           {v1::PROPERTY_KEY_CONNECT_STRATEGY,
            "connect_strategy { order: CONNECT_ORDER_SEQUENTIAL attempt_delay { seconds: 1 } "
            "family: ADDRESS_FAMILY_IPV6 }"},
           {v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET, "should_close_native_socket: false"},
           {v1::PROPERTY_KEY_NO_CELLULAR, "no_cellular: true"},
           {v1::PROPERTY_KEY_NETWORK_SERVICE_TYPE,
            "network_service_type: NETWORK_SERVICE_TYPE_VIDEO"},
           {v1::PROPERTY_KEY_ERROR_NUMBERING, "error_numbering: ERROR_NUMBERING_WINDOWS"},
           {v1::PROPERTY_KEY_TIMEOUTS,
            "timeouts { connect { seconds: 3 } unacknowledged { } resolve { seconds: 1 } "
            "handshake { seconds: 4 } }"}}) {
    PairOptions options;
    RequestCheck check;
    ApplyProperty(Parse(text), "property", PairOptions(), check, options);
    const auto read = ReadProperty(key, "key", PairSpec(), options, PairSnapshot(), check);
    EXPECT_EQ(read.has_value() ? read->ShortDebugString() : "absent", text);
    ApplyProperty(Parse("null: " + v1::PropertyKey_Name(key)), "property", PairOptions(), check,
                  options);
    EXPECT_TRUE(check.ok());
    const auto after = ReadProperty(key, "key", PairSpec(), options, PairSnapshot(), check);
    EXPECT_TRUE(!after.has_value() || after->ShortDebugString() != text);
  }
}

class ReadPropertyTest : public ::testing::Test {
 protected:
  std::string Read(v1::PropertyKey key) {
    const auto property = ReadProperty(key, "key", spec_, options_, snapshot_, check_);
    return property ? property->ShortDebugString() : "absent";
  }
  PairSpec spec_;
  PairOptions options_;
  PairSnapshot snapshot_;
  RequestCheck check_;
};

TEST_F(ReadPropertyTest, AnswersWhatIsOffered) {
  EXPECT_EQ(Read(v1::PROPERTY_KEY_TIMEOUTS),
            "timeouts { connect { seconds: 30 } unacknowledged { } handshake { seconds: 30 } }");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_KEEPALIVE), "absent");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_LOCAL_ADDRESS), "absent");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_CONNECT_STRATEGY),
            "connect_strategy { order: CONNECT_ORDER_RACE attempt_delay { nanos: 250000000 } }");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_NO_DELAY), "no_delay: true");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_ERROR_NUMBERING), "error_numbering: ERROR_NUMBERING_LINUX");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE), "absent");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_CONNECTION_IS_CELLULAR), "connection_is_cellular: false");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_NO_CELLULAR), "no_cellular: false");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_NETWORK_SERVICE_TYPE), "absent");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET), "absent");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE), "absent");
  options_.dial.keepalive.on = true;
  EXPECT_EQ(Read(v1::PROPERTY_KEY_KEEPALIVE),
            "keepalive { idle { seconds: 60 } interval { seconds: 15 } count: 4 }");
  EXPECT_TRUE(check_.ok());
}

TEST_F(ReadPropertyTest, ShowsTheHostAsFarAsItIsResolved) {
  const auto host = HostName::Parse("www.example");
  spec_.host_name = "WWW.example.";
  spec_.target.host = DialTarget::NamedHost{*host, *Port::Make(80)};
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_REMOTE_HOST),
            "socket_remote_host { names: \"WWW.example.\" }");
  snapshot_.dial.resolution = Resolution{{*IpAddress::Parse("192.0.2.1")}, "real.example"};
  snapshot_.dial.remote = *Endpoint::Parse("192.0.2.1:80");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_REMOTE_HOST),
            "socket_remote_host { names: \"WWW.example.\" names: \"real.example\" "
            "addresses: \"192.0.2.1\" connected_address: \"192.0.2.1:80\" "
            "resolved_by: RESOLVED_BY_SERVER }");
}

TEST_F(ReadPropertyTest, ShowsThatAddressesNeedNoLookup) {
  spec_.target = DialTarget::ToEndpoints({*Endpoint::Parse("192.0.2.1:80")});
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_REMOTE_HOST),
            "socket_remote_host { addresses: \"192.0.2.1\" resolved_by: RESOLVED_BY_NOBODY }");
}

TEST_F(ReadPropertyTest, ShowsTheServiceAsFarAsItIsResolved) {
  spec_.target = DialTarget::ToService(ServiceName::Make("Printer", "_ipp._tcp.", "").value());
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_REMOTE_HOST), "absent");
  const std::string service =
      "service { name: \"Printer\" type: \"_ipp._tcp\" domain: \"local\" } ";
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE),
            "socket_remote_net_service { " + service + "}");
  const Port port = Port::Make(631).value();
  snapshot_.dial.service =
      ResolvedService{{ServiceHost{HostName::Parse("dead.local").value(), port, {}},
                       ServiceHost{HostName::Parse("live.local").value(), port, {}}},
                      {"rp=queue"}};
  snapshot_.dial.service_host = 1;
  snapshot_.dial.resolution = Resolution{{*IpAddress::Parse("2001:db8::1")}, "live.local"};
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE),
            "socket_remote_net_service { " + service +
                "host: \"live.local\" port: 631 addresses: \"[2001:db8::1]:631\" "
                "txt: \"rp=queue\" }");
}

TEST_F(ReadPropertyTest, ShowsTheHandleWhileThereIsASocket) {
  snapshot_.socket_token = "sockets/x";
  snapshot_.descriptor = 7;
  snapshot_.dial.remote = *Endpoint::Parse("192.0.2.1:80");
  snapshot_.dial.local = *Endpoint::Parse("192.0.2.9:1024");
  const std::string handle =
      "socket_native_handle { token: \"sockets/x\" file_descriptor: 7 "
      "local_address: \"192.0.2.9:1024\" remote_address: \"192.0.2.1:80\" }";
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE), handle);
  snapshot_.released = true;
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE), "absent");
  // A pair that is made from a socket has its handle at once.
  snapshot_ = PairSnapshot();
  snapshot_.socket_token = "sockets/x";
  spec_.parked_token = "sockets/x";
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE),
            "socket_native_handle { token: \"sockets/x\" }");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET), "should_close_native_socket: false");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKET_REMOTE_HOST), "absent");
}

TEST_F(ReadPropertyTest, RefusesWhatItCannotAnswer) {
  Read(static_cast<v1::PropertyKey>(999));
  EXPECT_EQ(check_.Verdict()->error.id().code, static_cast<int>(StreampairCode::kInvalidRequest));
  Read(v1::PROPERTY_KEY_UNSPECIFIED);
  EXPECT_EQ(check_.Verdict()->error.id().code, static_cast<int>(StreampairCode::kInvalidRequest));
}

}  // namespace
}  // namespace streampair
