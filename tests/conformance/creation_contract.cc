// How pairs are made and opened, and how their halves end.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/conformance/contract.h"
#include "tests/harness/mailbox.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;

class Creation : public Contract {};
class Lifecycle : public Contract {};

TEST_F(Creation, ToAHost) {
  TcpTarget target(Echo);
  const std::string name = Make(HeldTo(target.port(), "good.test"));
  // Lazy: nothing is looked up or connected to.
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_REMOTE_HOST),
            "socket_remote_host { names: \"good.test\" }");
  EXPECT_EQ(calls().Get(name).pair.read_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_EQ(calls().Get(name).pair.write_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_EQ(target.accepted(), 0);
  // "If unresolved, the host will be resolved prior to connecting."
  ASSERT_THAT(OpenReady(name), IsOk());
  EXPECT_THAT(Read(name, v1::PROPERTY_KEY_SOCKET_REMOTE_HOST),
              HasSubstr("addresses: \"127.0.0.1\""));
  ExpectEcho(name, "to a host");

  // Addresses that are given are used as they are, without a look-up.
  v1::StreamPairSpec resolved = HeldTo(target.port(), "unknown.test");
  resolved.mutable_target()->mutable_host()->add_addresses("127.0.0.1");
  ExpectEcho(Make(resolved), "resolved already");
  EXPECT_EQ(FailureOf(HeldTo(target.port(), "unknown.test")), "NET_DB/0/-2");
}

TEST_F(Creation, OneHalfOnly) {
  TcpTarget target(Say("for the reader"));
  v1::StreamPairSpec spec = HeldTo(target.port());
  spec.set_halves(v1::HALF_READ);
  const std::string name = Make(spec);
  EXPECT_EQ(calls().Get(name).pair.write_status(), v1::STREAM_STATUS_UNSPECIFIED);
  EXPECT_EQ(Triple(calls().Open(name, v1::HALF_WRITE).status), "STREAMPAIR/0/7");
  EXPECT_EQ(calls().Read(name).data, "for the reader");
  // Closing the only half closes the socket.
  EXPECT_THAT(calls().Close(name).status, IsOk());
  EXPECT_TRUE(WaitUntil([&] { return target.open() == 0; }));
}

TEST_F(Creation, ToANetService) {
  v1::StreamPairSpec spec = HeldTo(1);
  v1::NetServiceTarget& service = *spec.mutable_target()->mutable_net_service();
  service.set_name("Echo");
  service.set_type("_echo._tcp");
  service.set_domain("contract.test");
  const int accepted = echo().accepted();
  const std::string name = Make(spec);
  EXPECT_EQ(ReadValue(name, v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE)
                .socket_remote_net_service()
                .port(),
            0);
  EXPECT_EQ(echo().accepted(), accepted);
  ExpectEcho(name, "to a service");
  const v1::RemoteNetService found =
      ReadValue(name, v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE).socket_remote_net_service();
  EXPECT_EQ(found.service().name(), "Echo");
  EXPECT_EQ(found.host(), "good.test");
  EXPECT_EQ(found.port(), echo().port());
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_REMOTE_HOST), "absent");
  service.set_name("Nobody");
  EXPECT_EQ(FailureOf(spec), "NET_SERVICES/0/-72002");
}

TEST_F(Creation, ToAnAddress) {
  TcpTarget target(Echo);
  v1::StreamPairSpec spec = HeldTo(1);
  spec.mutable_target()->mutable_address()->set_address("127.0.0.1");
  spec.mutable_target()->mutable_address()->set_port(target.port());
  const std::string name = Make(spec);
  EXPECT_EQ(ReadValue(name, v1::PROPERTY_KEY_SOCKET_REMOTE_HOST).socket_remote_host().names_size(),
            0);
  ExpectEcho(name, "to an address");
}

TEST_F(Lifecycle, OpeningEitherHalfOpensThePair) {
  TcpTarget target(Echo);
  const std::string name = Make(HeldTo(target.port()));
  ASSERT_THAT(calls().Open(name, v1::HALF_READ, v1::OPEN_WAIT_READY).status, IsOk());
  EXPECT_EQ(calls().Get(name).pair.read_status(), v1::STREAM_STATUS_OPEN);
  EXPECT_EQ(calls().Get(name).pair.write_status(), v1::STREAM_STATUS_NOT_OPEN);
  // The second one joins the first.
  const PairAnswer second = calls().Open(name, v1::HALF_WRITE);
  ASSERT_THAT(second.status, IsOk());
  EXPECT_EQ(second.pair.write_status(), v1::STREAM_STATUS_OPEN);
  EXPECT_TRUE(WaitUntil([&] { return target.accepted() == 1; }));
  // A half is opened once.
  const std::string before = Portrait(calls().Get(name).pair);
  EXPECT_EQ(Triple(calls().Open(name, v1::HALF_READ).status), "STREAMPAIR/0/7");
  EXPECT_EQ(Portrait(calls().Get(name).pair), before);
  EXPECT_EQ(target.accepted(), 1);
}

TEST_F(Lifecycle, ClosingOneHalfSendsNothing) {
  Mailbox<std::string> heard;
  TcpTarget target([&](TargetConnection& connection) {
    heard.Put(connection.ReadExactly(5));
    heard.Put(connection.ReadToEnd());
  });
  const std::string name = Make(HeldTo(target.port()));
  ASSERT_THAT(OpenReady(name), IsOk());
  ASSERT_THAT(calls().Close(name, v1::HALF_READ).status, IsOk());
  EXPECT_EQ(calls().Get(name).pair.read_status(), v1::STREAM_STATUS_CLOSED);
  // The other half goes on working, and the target has seen no end.
  EXPECT_THAT(calls().Write(name, {"hello"}, /*finish=*/false).status, IsOk());
  EXPECT_EQ(heard.Take(), "hello");
  EXPECT_EQ(target.open(), 1);
  // The socket goes down when both are gone, and the pair with it.
  ASSERT_THAT(calls().Close(name, v1::HALF_WRITE).status, IsOk());
  EXPECT_EQ(heard.Take(), "");
  EXPECT_EQ(Triple(calls().Get(name).status), "STREAMPAIR/0/4");
}

TEST_F(Lifecycle, ClosingBeforeOpenDoesNothing) {
  TcpTarget target(Echo);
  const std::string name = Make(HeldTo(target.port()));
  ASSERT_THAT(calls().Close(name).status, IsOk());
  EXPECT_EQ(calls().Get(name).pair.read_status(), v1::STREAM_STATUS_NOT_OPEN);
  ExpectEcho(name, "opened later");
}

TEST_F(Lifecycle, AnErrorStays) {
  ClosedPort closed;
  const std::string name = Make(HeldTo(closed.port()));
  EXPECT_EQ(Triple(calls().Open(name, v1::HALF_READ).status), "POSIX/0/111");
  const v1::StreamPair failed = calls().Get(name).pair;
  EXPECT_EQ(failed.read_status(), v1::STREAM_STATUS_ERROR);
  EXPECT_EQ(Triple(failed.error()), "POSIX/0/111");
  // The other half is told the same, and properties stay readable.
  EXPECT_EQ(Triple(calls().Open(name, v1::HALF_WRITE).status), "POSIX/0/111");
  EXPECT_EQ(Triple(calls().Read(name).status), "POSIX/0/111");
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_NO_DELAY), "no_delay: true");
  // Closing leaves the error.
  const PairAnswer closing = calls().Close(name, v1::HALF_READ);
  EXPECT_EQ(closing.pair.read_status(), v1::STREAM_STATUS_ERROR);
  EXPECT_EQ(Triple(closing.pair.error()), "POSIX/0/111");
}

TEST_F(Lifecycle, EventsFollowTheOriginalsRules) {
  TcpTarget target(Say("bytes"));
  const std::string name = Make(HeldTo(target.port()));
  Watcher watcher(server().stub(), name);
  ASSERT_THAT(calls().Open(name, v1::HALF_READ).status, IsOk());
  EXPECT_EQ(watcher.Next().type(), v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);
  const v1::StreamEvent bytes = watcher.Await(v1::STREAM_EVENT_TYPE_HAS_BYTES_AVAILABLE);
  EXPECT_EQ(bytes.half(), v1::HALF_READ);
  EXPECT_EQ(calls().Read(name).data, "bytes");
  // The end comes as an event of its own once everything was read.
  EXPECT_EQ(watcher.Await(v1::STREAM_EVENT_TYPE_END_ENCOUNTERED).half(), v1::HALF_READ);
  EXPECT_EQ(calls().Get(name).pair.read_status(), v1::STREAM_STATUS_AT_END);
  EXPECT_THAT(calls().Delete(name), IsOk());
  watcher.Await(v1::STREAM_EVENT_TYPE_RELEASED);
}

}  // namespace
}  // namespace streampair::testing
