// Native sockets: the handle, parking instead of closing, and taking a parked socket up.
#include "absl/strings/str_cat.h"
#include "tests/conformance/contract.h"
#include "tests/harness/mailbox.h"

namespace streampair::testing {
namespace {

class NativeSocket : public Contract {
 protected:
  static std::string TokenOf(const std::string& name) {
    return ReadValue(name, v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE).socket_native_handle().token();
  }
  static v1::StreamPairSpec Parked(const std::string& token) {
    v1::StreamPairSpec spec = HeldTo(1);
    spec.mutable_target()->mutable_parked_socket()->set_token(token);
    return spec;
  }
  // A parked socket of a new connection to `target`.
  std::string Park(const TcpTarget& target) {
    const std::string name = Make(With(HeldTo(target.port()), "should_close_native_socket: false"));
    EXPECT_THAT(OpenReady(name), IsOk());
    const std::string token = TokenOf(name);
    EXPECT_THAT(calls().Delete(name), IsOk());
    return token;
  }
};

TEST_F(NativeSocket, TheHandleIsATokenWithTheDescriptorsFacts) {
  const std::string name = Make(HeldTo(echo().port()));
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE), "absent");
  ASSERT_THAT(OpenReady(name), IsOk());
  const v1::NativeHandle handle =
      ReadValue(name, v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE).socket_native_handle();
  EXPECT_NE(handle.token(), "");
  EXPECT_NE(handle.token(), name);
  EXPECT_GT(handle.file_descriptor(), 2);
  EXPECT_EQ(handle.remote_address(), echo().address());
  EXPECT_EQ(handle.local_address(), calls().Get(name).pair.local_address());
  EXPECT_EQ(Triple(Set(name, "socket_native_handle { token: \"x\" }")), "STREAMPAIR/0/3");
}

TEST_F(NativeSocket, IsClosedByDefaultAndWhenToldSo) {
  TcpTarget target(Echo);
  int opened = 0;
  for (const char* set : {"no_delay: true", "should_close_native_socket: true"}) {
    const std::string name = Make(With(HeldTo(target.port()), set));
    ASSERT_THAT(OpenReady(name), IsOk());
    const std::string token = TokenOf(name);
    ASSERT_THAT(calls().Delete(name), IsOk());
    ++opened;
    EXPECT_TRUE(WaitUntil([&] { return target.accepted() == opened && target.open() == 0; }))
        << set;
    EXPECT_EQ(FailureOf(Parked(token)), "POSIX/0/9") << set;
  }
}

TEST_F(NativeSocket, IsParkedAndTakenUp) {
  TcpTarget target(Echo);
  const std::string token = Park(target);
  EXPECT_TRUE(WaitUntil([&] { return target.accepted() == 1; }));
  EXPECT_EQ(target.open(), 1);
  EXPECT_EQ(server().Pairs(), 0);

  const std::string name = Make(Parked(token));
  EXPECT_EQ(calls().Get(name).pair.target().parked_socket().token(), token);
  // As in the original: created from a native socket, it is not closed by default, has its handle
  // before it is open, and neither host nor service; a proxy cannot be set.
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET),
            "should_close_native_socket: false");
  EXPECT_EQ(TokenOf(name), token);
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_REMOTE_HOST), "absent");
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE), "absent");
  EXPECT_EQ(Triple(Set(name, "socks_proxy { host: \"192.0.2.1\" }")), "STREAMPAIR/0/3");
  ExpectEcho(name, "the same connection");
  EXPECT_EQ(target.accepted(), 1);

  // And again, by closing both halves.
  EXPECT_THAT(calls().Close(name).status, IsOk());
  EXPECT_EQ(target.open(), 1);
  const std::string again = Make(Parked(token));
  ASSERT_THAT(Set(again, "should_close_native_socket: true"), IsOk());
  ExpectEcho(again, "once more");
  EXPECT_THAT(calls().Delete(again), IsOk());
  EXPECT_TRUE(WaitUntil([&] { return target.open() == 0; }));
}

TEST_F(NativeSocket, MayBeSetAtAnyTimeAndTakenBack) {
  TcpTarget target(Echo);
  const std::string name = Make(HeldTo(target.port()));
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET), "absent");
  ASSERT_THAT(OpenReady(name), IsOk());
  EXPECT_THAT(Set(name, "should_close_native_socket: false"), IsOk());
  EXPECT_THAT(Set(name, "null: PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET"), IsOk());
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET), "absent");
  EXPECT_THAT(calls().Delete(name), IsOk());
  EXPECT_TRUE(WaitUntil([&] { return target.accepted() == 1 && target.open() == 0; }));
}

TEST_F(NativeSocket, IsForItsOwnerAlone) {
  TcpTarget target(Echo);
  const std::string token = Park(target);
  // By the Unix socket, callers are somebody else.
  const auto other = v1::StreamPairService::NewStub(Connect(server().unix_address()));
  Calls others(*other);
  const std::string stolen = others.MakePair(Parked(token));
  EXPECT_EQ(Triple(others.Open(stolen).status), "POSIX/0/9");
  EXPECT_THAT(others.Delete(stolen), IsOk());
  const std::string mine = Make(Parked(token));
  ASSERT_THAT(Set(mine, "should_close_native_socket: true"), IsOk());
  ExpectEcho(mine, "still mine");
}

TEST_F(NativeSocket, ThatItsPeerClosesIsNoticed) {
  Mailbox<bool> finish;
  TcpTarget target([&](TargetConnection& connection) {
    finish.Take();
    connection.Finish();
    connection.ReadToEnd();
  });
  const std::string token = Park(target);
  EXPECT_TRUE(WaitUntil([&] { return target.accepted() == 1; }));
  EXPECT_EQ(target.open(), 1);
  finish.Put(true);
  EXPECT_TRUE(WaitUntil([&] { return target.open() == 0; }));  // The server closed it too.
  EXPECT_EQ(FailureOf(Parked(token)), "POSIX/0/9");
}

class BoundedParking : public ::testing::Test {
 protected:
  v1::StreamPairSpec Parking() {
    v1::StreamPairSpec spec = HeldSpecTo(target_.port());
    spec.add_properties()->set_should_close_native_socket(false);
    return spec;
  }
  TcpTarget target_{Echo};
};

TEST_F(BoundedParking, InTime) {
  ServerProcess server({"--parking-grace=200ms"});
  Calls calls(server.stub());
  const std::string name = calls.MakePair(Parking());
  ASSERT_THAT(calls.Open(name).status, IsOk());
  ASSERT_THAT(calls.Delete(name), IsOk());
  EXPECT_TRUE(WaitUntil([&] { return target_.accepted() == 1 && target_.open() == 0; }));
}

TEST_F(BoundedParking, InNumber) {
  ServerProcess server({"--max-parked-per-caller=2"});
  Calls calls(server.stub());
  const std::string first = calls.MakePair(Parking());
  const std::string second = calls.MakePair(Parking());
  const PairAnswer third = calls.Create(Parking());
  EXPECT_THAT(third.status, IsStatus(OwnRow(v1::STREAMPAIR_CODE_QUOTA)));
  EXPECT_EQ(server.Pairs(), 2);  // A pair that was refused its place is not there.
  v1::Property keep;
  keep.set_should_close_native_socket(false);
  const std::string plain = calls.MakePair(HeldSpecTo(target_.port()));
  EXPECT_THAT(calls.SetProperty(plain, keep), IsStatus(OwnRow(v1::STREAMPAIR_CODE_QUOTA)));
  EXPECT_THAT(calls.Delete(first), IsOk());
  EXPECT_THAT(calls.SetProperty(plain, keep), IsOk());
}

}  // namespace
}  // namespace streampair::testing
