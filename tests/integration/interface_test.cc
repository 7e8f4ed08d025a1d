// What pairs ask of the network's interfaces: none of a mobile network, and marks on the packets.
// On a machine of the test's own, which has what it needs.
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/child_process.h"
#include "tests/harness/frames.h"
#include "tests/harness/private_machine.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

const bool kPrivate = EnterPrivateMachine();  // If not, all tests are skipped.

constexpr int kFarPort = 7007;

// Another machine at the end of a cable, which sends back what comes. This end of the cable is an
// interface of that name and has 198.51.100.1, the far end 198.51.100.2.
class FarMachine {
 public:
  explicit FarMachine(const std::string& interface)
      : interface_(interface),
        machine_({.command = {"unshare", "--net", "sleep", "infinity"},
                  .output = scratch_.File("machine")}) {
    MustRun({"ip", "link", "add", interface, "type", "veth", "peer", "name", "far0"});
    const std::string pid = absl::StrCat(machine_.pid());
    EXPECT_TRUE(WaitUntil([&] {  // Until it has left our network.
      return NetworkOf(pid) != "" && NetworkOf(pid) != NetworkOf("self");
    }));
    MustRun({"ip", "link", "set", "far0", "netns", pid});
    MustRun({"ip", "address", "add", "198.51.100.1/24", "dev", interface});
    MustRun({"ip", "link", "set", interface, "up"});
    MustRun(Far({"ip", "address", "add", "198.51.100.2/24", "dev", "far0"}));
    MustRun(Far({"ip", "link", "set", "far0", "up"}));
    echo_ = std::make_unique<ChildProcess>(ChildOptions{
        .command =
            Far({"socat", absl::StrCat("TCP-LISTEN:", kFarPort, ",fork,reuseaddr"), "EXEC:cat"}),
        .output = scratch_.File("socat")});
  }
  ~FarMachine() {
    // First: a machine that ends takes its end of the cable, and so this one, with it.
    MustRun({"ip", "link", "delete", interface_});
  }

 private:
  static std::string NetworkOf(const std::string& process) {
    std::array<char, 64> link{};
    const std::string path = absl::StrCat("/proc/", process, "/ns/net");
    const ssize_t size = readlink(path.c_str(), link.data(), link.size());
    return std::string(link.data(), size > 0 ? static_cast<size_t>(size) : 0);
  }

  std::vector<std::string> Far(std::vector<std::string> command) const {
    std::vector<std::string> there = {"nsenter",
                                      absl::StrCat("--net=/proc/", machine_.pid(), "/ns/net")};
    there.insert(there.end(), command.begin(), command.end());
    return there;
  }

  const std::string interface_;
  const ScratchDir scratch_;
  ChildProcess machine_;
  std::unique_ptr<ChildProcess> echo_;
};

v1::StreamPairSpec ToFarMachine(bool no_cellular) {
  v1::StreamPairSpec spec = SpecTo(kFarPort, "198.51.100.2");
  *spec.mutable_hold_timeout() = ToProto(absl::Minutes(5));
  spec.add_properties()->set_no_cellular(no_cellular);
  return spec;
}

bool IsCellular(ServerProcess& server, const std::string& name) {
  grpc::ClientContext context;
  v1::GetPropertyRequest request;
  request.set_name(name);
  request.set_key(v1::PROPERTY_KEY_CONNECTION_IS_CELLULAR);
  v1::GetPropertyResponse response;
  EXPECT_THAT(server.stub().GetProperty(&context, request, &response), IsOk());
  return response.property().connection_is_cellular();
}

// A pair to the far machine that has come to be open: its program may still be starting.
std::string OpenToFarMachine(ServerProcess& server, bool no_cellular) {
  Calls calls(server.stub());
  std::string name;
  EXPECT_TRUE(WaitUntil([&] {
    name = calls.MakePair(ToFarMachine(no_cellular));
    EXPECT_FALSE(IsCellular(server, name));  // Not yet, whatever it will be.
    return calls.Open(name).status.ok();
  }));
  return name;
}

TEST(Cellular, ANameThatIsOnlyAMobileNetworksIsCellular) {
  for (const char* interface : {"wwan0", "rmnet1", "wwp0s20u4"}) {
    SCOPED_TRACE(interface);
    FarMachine far(interface);
    ServerProcess server;
    const std::string name = OpenToFarMachine(server, /*no_cellular=*/false);
    EXPECT_TRUE(IsCellular(server, name));
    Calls calls(server.stub());
    EXPECT_THAT(calls.Delete(name), IsOk());

    // Refused before any packet: with the number of a missing route, and the interface in the text.
    const std::string refused = calls.MakePair(ToFarMachine(/*no_cellular=*/true));
    const grpc::Status status = calls.Open(refused).status;
    const StatusDetails details = DetailsOf(status);
    ASSERT_TRUE(details.error.has_value());
    EXPECT_EQ(details.error->domain(), v1::ERROR_DOMAIN_POSIX);
    EXPECT_EQ(details.error->symbol(), "EHOSTUNREACH");
    EXPECT_EQ(details.error->stage(), v1::ERROR_STAGE_CONNECT);
    EXPECT_EQ(details.error->address(), absl::StrCat("198.51.100.2:", kFarPort));
    EXPECT_TRUE(absl::StrContains(details.error->message(), interface)) << details.error->message();
    EXPECT_FALSE(IsCellular(server, refused));
  }
}

TEST(Cellular, AnyOtherInterfaceIsNot) {
  FarMachine far("eth9");
  ServerProcess server;
  const std::string name = OpenToFarMachine(server, /*no_cellular=*/true);
  EXPECT_FALSE(IsCellular(server, name));
  TransferClient rpc(server.stub());
  rpc.Send({AttachTo(0, name), DataFrame(0, "by cable")});
  EXPECT_EQ(rpc.AwaitData(0, 8), "by cable");
}

TEST(Cellular, AnInterfaceThatTheCallerNamesIsLookedAtToo) {
  FarMachine far("wwan0");
  ServerProcess server;
  Calls calls(server.stub());
  v1::StreamPairSpec spec = ToFarMachine(/*no_cellular=*/true);
  spec.add_properties()->mutable_local_address()->set_interface("wwan0");
  const grpc::Status status = calls.Open(calls.MakePair(spec)).status;
  EXPECT_EQ(DetailsOf(status).error->symbol(), "EHOSTUNREACH");
}

// What packet sockets see on the loopback of the packets to one port: their marks, in order.
class Capture {
 public:
  explicit Capture(int port)
      : port_(port), socket_(socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, htons(ETH_P_IP))) {
    EXPECT_TRUE(socket_.valid()) << strerror(errno);
    sockaddr_ll loopback{};
    loopback.sll_family = AF_PACKET;
    loopback.sll_protocol = htons(ETH_P_IP);
    loopback.sll_ifindex = static_cast<int>(if_nametoindex("lo"));
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&loopback), sizeof(loopback)), 0);
  }

  // DSCP of each packet so far.
  std::vector<int> Marks() {
    std::array<uint8_t, 65536> packet;
    for (;;) {
      const ssize_t size = recv(socket_.get(), packet.data(), packet.size(), 0);
      if (size < 0) return marks_;
      const size_t header = (packet[0] & 0x0f) * 4;
      if (static_cast<size_t>(size) < header + 4 || packet[9] != IPPROTO_TCP) continue;
      if ((packet[header + 2] << 8 | packet[header + 3]) == port_) marks_.push_back(packet[1] >> 2);
    }
  }

 private:
  const int port_;
  const UniqueFd socket_;
  std::vector<int> marks_;
};

TEST(ServiceTypes, AreOnThePacketsOfTheLoopback) {
  struct Case {
    v1::NetworkServiceType type;
    int dscp;
  };
  ServerProcess server;
  for (const Case& each :
       {Case{v1::NETWORK_SERVICE_TYPE_VOIP, 46}, Case{v1::NETWORK_SERVICE_TYPE_VIDEO, 34},
        Case{v1::NETWORK_SERVICE_TYPE_BACKGROUND, 8}, Case{v1::NETWORK_SERVICE_TYPE_VOICE, 46},
        Case{v1::NETWORK_SERVICE_TYPE_UNSPECIFIED, 0}}) {
    TcpTarget target(Echo);
    Capture capture(target.port());
    v1::StreamPairSpec spec = SpecTo(target.port());
    spec.add_properties()->set_network_service_type(each.type);
    TransferClient rpc(server.stub());
    rpc.Send({AttachNew(0, spec), DataFrame(0, "marked")});
    EXPECT_EQ(rpc.AwaitData(0, 6), "marked");
    // From the SYN on, all of them: the acknowledgement and the data too.
    const std::vector<int> marks = capture.Marks();
    EXPECT_GE(marks.size(), 3u);
    EXPECT_THAT(marks, ::testing::Each(each.dscp)) << v1::NetworkServiceType_Name(each.type);
  }
}

}  // namespace
}  // namespace streampair::testing
