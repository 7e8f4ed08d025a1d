#include "server/convert/pair.h"

#include <cerrno>

#include "core/addr/endpoint.h"
#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/convert/event.h"
#include "server/convert/half.h"
#include "server/convert/spec.h"

namespace streampair {
namespace {

PairSpec Spec(const std::string& text) {
  v1::StreamPairSpec proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &proto)) << text;
  PairSpec spec;
  EXPECT_FALSE(SpecFromProto(proto, "spec", SpecRules(), MadeBy::kCreateCall, spec));
  return spec;
}

TEST(PairToProto, ShowsTheTargetAsItWasAskedFor) {
  for (const char* target : {
           "host { name: \"Example.COM.\" port: 443 }",
           "host { name: \"192.0.2.1\" port: 443 }",
           "host { addresses: \"192.0.2.1\" addresses: \"::1\" port: 443 }",
           "host { name: \"a.example\" addresses: \"192.0.2.1\" port: 443 }",
           "host { name: \"192.0.2.9\" addresses: \"192.0.2.1\" port: 443 }",
           "address { address: \"2001:db8::1\" port: 443 }",
       }) {
    const PairSpec spec = Spec(std::string("target { ") + target + " }");
    EXPECT_EQ(PairToProto(spec).target().ShortDebugString(), target);
  }
}

TEST(PairToProto, ShowsWhatAPairWouldBe) {
  const v1::StreamPair pair = PairToProto(Spec(
      "target { host { name: 'a' port: 1 } } halves: HALF_WRITE labels { key: 'k' value: 'v' } "
      "hold_timeout { seconds: 5 }"));
  EXPECT_EQ(pair.name(), "");
  EXPECT_EQ(pair.halves(), v1::HALF_WRITE);
  EXPECT_EQ(pair.read_status(), v1::STREAM_STATUS_UNSPECIFIED);
  EXPECT_EQ(pair.write_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_EQ(pair.labels().at("k"), "v");
  EXPECT_EQ(pair.hold_timeout().seconds(), 5);
  EXPECT_FALSE(pair.has_create_time());
}

TEST(PairToProto, LeavesOutWhatHasNotHappened) {
  PairSnapshot snapshot;
  snapshot.name = "streamPairs/x.y";
  snapshot.created = absl::FromUnixSeconds(1000);
  const v1::StreamPair pair = PairToProto(Spec("target { host { name: 'a' port: 1 } }"), snapshot);
  EXPECT_EQ(pair.name(), "streamPairs/x.y");
  EXPECT_EQ(pair.create_time().seconds(), 1000);
  EXPECT_FALSE(pair.has_open_time());
  EXPECT_FALSE(pair.has_connect_time());
  EXPECT_FALSE(pair.has_expire_time());
  EXPECT_FALSE(pair.has_error());
  EXPECT_EQ(pair.remote_address(), "");
}

TEST(PairToProto, ShowsWhatHas) {
  PairSnapshot snapshot;
  snapshot.created = absl::FromUnixSeconds(1000);
  snapshot.opened = absl::FromUnixSeconds(1001);
  snapshot.connected = absl::FromUnixSeconds(1002);
  snapshot.expires = absl::FromUnixSeconds(1003);
  snapshot.read_status = HalfStatus::kAtEnd;
  snapshot.write_status = HalfStatus::kError;
  snapshot.read_attached = true;
  snapshot.error = PosixError(Stage::kStream, ECONNRESET, "write");
  snapshot.bytes_read = 5000000000;
  snapshot.bytes_written = 7;
  snapshot.dial.remote = *Endpoint::Parse("[::1]:80");
  snapshot.dial.local = *Endpoint::Parse("[::1]:5000");
  snapshot.dial.attempts.push_back({*Endpoint::Parse("127.0.0.1:80"), absl::Milliseconds(5),
                                    PosixError(Stage::kConnect, ECONNREFUSED, "connect")});
  snapshot.dial.attempts.push_back({*Endpoint::Parse("[::1]:80"), absl::Milliseconds(6), {}});
  const v1::StreamPair pair = PairToProto(Spec("target { host { name: 'a' port: 1 } }"), snapshot);
  EXPECT_EQ(pair.open_time().seconds(), 1001);
  EXPECT_EQ(pair.connect_time().seconds(), 1002);
  EXPECT_EQ(pair.expire_time().seconds(), 1003);
  EXPECT_EQ(pair.read_status(), v1::STREAM_STATUS_AT_END);
  EXPECT_EQ(pair.write_status(), v1::STREAM_STATUS_ERROR);
  EXPECT_TRUE(pair.read_attached());
  EXPECT_FALSE(pair.write_attached());
  EXPECT_EQ(pair.error().symbol(), "ECONNRESET");
  EXPECT_EQ(pair.bytes_read(), 5000000000u);
  EXPECT_EQ(pair.bytes_written(), 7u);
  EXPECT_EQ(pair.remote_address(), "[::1]:80");
  EXPECT_EQ(pair.local_address(), "[::1]:5000");
  ASSERT_EQ(pair.attempts_size(), 2);
  EXPECT_EQ(pair.attempts(0).error().code(), ECONNREFUSED);
  EXPECT_EQ(pair.attempts(0).duration().nanos(), 5000000);
  EXPECT_FALSE(pair.attempts(1).has_error());
}

TEST(StatusToProto, IsTheOriginalsNumberPlusOne) {
  for (int status = 0; status <= static_cast<int>(HalfStatus::kError); ++status) {
    EXPECT_EQ(StatusToProto(static_cast<HalfStatus>(status)), status);
  }
}

TEST(EventToProto, CarriesEveryField) {
  PairEvent event{PairEventType::kErrorOccurred, Halves::kWrite, InternalFault("x"),
                  absl::FromUnixSeconds(9),      "192.0.2.1:80", "192.0.2.2:5000"};
  const v1::StreamEvent proto = EventToProto(event);
  EXPECT_EQ(proto.type(), v1::STREAM_EVENT_TYPE_ERROR_OCCURRED);
  EXPECT_EQ(proto.half(), v1::HALF_WRITE);
  EXPECT_EQ(proto.error().code(), 1);
  EXPECT_EQ(proto.time().seconds(), 9);
  EXPECT_EQ(proto.remote_address(), "192.0.2.1:80");
  EXPECT_EQ(proto.local_address(), "192.0.2.2:5000");
}

TEST(EventTypeToProto, KnowsEveryType) {
  for (int type = 0; type <= static_cast<int>(PairEventType::kReleased); ++type) {
    EXPECT_NE(EventTypeToProto(static_cast<PairEventType>(type)),
              v1::STREAM_EVENT_TYPE_UNSPECIFIED);
  }
}

}  // namespace
}  // namespace streampair
