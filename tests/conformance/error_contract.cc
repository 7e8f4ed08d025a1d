// Errors: domains and numbers, those of other platforms, and what ExplainError knows.
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/conformance/contract.h"

namespace streampair::testing {
namespace {

class Errors : public Contract {};

TEST_F(Errors, AreDomainAndNumberEverywhere) {
  ClosedPort closed;
  const std::string name = Make(HeldTo(closed.port()));
  const grpc::Status status = OpenReady(name);
  const v1::StreamError error = *DetailsOf(status).error;
  EXPECT_EQ(error.domain(), v1::ERROR_DOMAIN_POSIX);
  EXPECT_EQ(error.code(), ECONNREFUSED);
  EXPECT_EQ(error.packed_error(), ECONNREFUSED);
  EXPECT_EQ(error.symbol(), "ECONNREFUSED");
  // The same stands in the pair.
  EXPECT_EQ(calls().Get(name).pair.error().SerializeAsString(), error.SerializeAsString());
}

// The WinSock domain is what a caller gets that asked for Windows' numbers.
TEST_F(Errors, InTheNumbersOfWindows) {
  const auto with_windows = [](v1::StreamPairSpec spec) {
    return With(std::move(spec), "error_numbering: ERROR_NUMBERING_WINDOWS");
  };
  ClosedPort closed;
  const std::string name = Make(with_windows(HeldTo(closed.port())));
  const v1::StreamError error = *DetailsOf(OpenReady(name)).error;
  EXPECT_EQ(Triple(error), "WIN_SOCK/0/10061");
  EXPECT_EQ(error.symbol(), "WSAECONNREFUSED");
  EXPECT_EQ(error.packed_error(), 10061);
  const v1::StreamPair pair = calls().Get(name).pair;
  EXPECT_EQ(Triple(pair.error()), "WIN_SOCK/0/10061");
  EXPECT_EQ(Triple(pair.attempts(0).error()), "WIN_SOCK/0/10061");
  EXPECT_EQ(FailureOf(with_windows(HeldTo(80, "unknown.test"))), "NET_DB/0/11001");
  // What no socket says stays POSIX.
  EXPECT_EQ(FailureOf(With(with_windows(HeldTo(closed.port())),
                           "local_address { interface: \"nosuch0\" }")),
            "POSIX/0/19");

  const v1::ExplainErrorResponse explained = Explain(v1::ERROR_DOMAIN_WIN_SOCK, 0, 10061);
  EXPECT_EQ(explained.domain_name(), "kCFStreamErrorDomainWinSock");
  EXPECT_EQ(explained.symbol(), "WSAECONNREFUSED");
  EXPECT_EQ(Explain(v1::ERROR_DOMAIN_POSIX, 0, 12, v1::ERROR_NUMBERING_WINDOWS).symbol(), "ENOMEM");
}

TEST_F(Errors, InTheNumbersOfDarwin) {
  ClosedPort closed;
  v1::StreamPairSpec spec = With(HeldTo(closed.port()), "error_numbering: ERROR_NUMBERING_DARWIN");
  const std::string name = Make(spec);
  // Over Transfer too.
  TransferClient rpc(server().stub());
  rpc.Send({AttachTo(0, name)});
  const v1::End end = rpc.AwaitEnd();
  EXPECT_EQ(Triple(end.error()), "POSIX/0/61");
  EXPECT_EQ(end.error().symbol(), "ECONNREFUSED");
  EXPECT_EQ(Triple(rpc.Leave()), "POSIX/0/61");
  spec = With(HeldTo(80, "unknown.test"), "error_numbering: ERROR_NUMBERING_DARWIN");
  EXPECT_EQ(FailureOf(spec), "NET_DB/0/8");
  const std::string open = Make(With(HeldTo(echo().port()), "no_delay: true"));
  ASSERT_THAT(OpenReady(open), IsOk());
  EXPECT_EQ(Triple(Set(open, "error_numbering: ERROR_NUMBERING_DARWIN")), "STREAMPAIR/0/7");
  EXPECT_EQ(Triple(Set(Make(HeldTo(80)), "error_numbering: 9")), "STREAMPAIR/0/3");
}

// In the middle of a stream, and in the events.
TEST_F(Errors, InTheNumbersOfDarwinMidStream) {
  TcpTarget target([](TargetConnection& connection) {
    connection.ReadExactly(1);
    connection.Reset();
  });
  const std::string name =
      Make(With(HeldTo(target.port()), "error_numbering: ERROR_NUMBERING_DARWIN"));
  Watcher watcher(server().stub(), name, {v1::STREAM_EVENT_TYPE_ERROR_OCCURRED});
  TransferClient rpc(server().stub());
  rpc.Send({AttachTo(0, name), DataFrame(0, "x")});
  EXPECT_EQ(Triple(rpc.AwaitEnd().error()), "POSIX/0/54");
  EXPECT_EQ(Triple(watcher.Next().error()), "POSIX/0/54");
}

TEST_F(Errors, EveryDomainIsExplained) {
  struct Case {
    v1::ErrorDomain domain;
    uint32_t subdomain;
    int32_t code;
    const char* name;
    const char* symbol;
  };
  for (const Case& each : {
           Case{v1::ERROR_DOMAIN_POSIX, 0, 111, "kCFStreamErrorDomainPOSIX", "ECONNREFUSED"},
           Case{v1::ERROR_DOMAIN_NET_DB, 0, -2, "kCFStreamErrorDomainNetDB", "EAI_NONAME"},
           Case{v1::ERROR_DOMAIN_NET_SERVICES, 0, -72002, "kCFStreamErrorDomainNetServices",
                "kCFNetServicesErrorNotFound"},
           Case{v1::ERROR_DOMAIN_SSL, 0, -9806, "kCFStreamErrorDomainSSL", "errSSLClosedAbort"},
           Case{v1::ERROR_DOMAIN_SOCKS, 5, 5, "kCFStreamErrorDomainSOCKS",
                "SOCKS5_CONNECTION_REFUSED"},
           Case{v1::ERROR_DOMAIN_HTTP, 0, 407, "kCFStreamErrorDomainHTTP",
                "HTTP_PROXY_AUTHENTICATION_REQUIRED"},
           Case{v1::ERROR_DOMAIN_WIN_SOCK, 0, 11001, "kCFStreamErrorDomainWinSock",
                "WSAHOST_NOT_FOUND"},
           Case{v1::ERROR_DOMAIN_STREAMPAIR, 0, 15, "ERROR_DOMAIN_STREAMPAIR", "POLICY_DENIED"},
       }) {
    const v1::ExplainErrorResponse explained = Explain(each.domain, each.subdomain, each.code);
    EXPECT_EQ(explained.domain_name(), each.name);
    EXPECT_TRUE(explained.known()) << each.name;
    EXPECT_EQ(explained.symbol(), each.symbol);
    EXPECT_FALSE(explained.meaning().empty());
  }
  // Domains that the contract names and that say nothing here, and what nobody knows.
  for (const auto& [domain, name] :
       {std::pair{v1::ERROR_DOMAIN_CUSTOM, "Custom"},
        std::pair{v1::ERROR_DOMAIN_MACOS_STATUS, "MacOSStatus"},
        std::pair{v1::ERROR_DOMAIN_FTP, "FTP"}, std::pair{v1::ERROR_DOMAIN_MACH, "Mach"},
        std::pair{v1::ERROR_DOMAIN_SYSTEM_CONFIGURATION, "SystemConfiguration"}}) {
    const v1::ExplainErrorResponse explained = Explain(domain, 0, 7);
    EXPECT_EQ(explained.domain_name(), absl::StrCat("kCFStreamErrorDomain", name));
    EXPECT_FALSE(explained.known());
    EXPECT_FALSE(explained.meaning().empty());
  }
  EXPECT_EQ(Explain(99, 0, 1).domain_name(), "");
  EXPECT_FALSE(Explain(v1::ERROR_DOMAIN_POSIX, 0, 99999).known());
  EXPECT_TRUE(Explain(0, 0, 0).known());  // No error.
}

// CFSocketStreamSOCKSGetError and ...GetErrorSubdomain take one number apart.
TEST_F(Errors, PackedSocksNumbersAreTakenApart) {
  struct Case {
    int32_t packed;
    uint32_t subdomain;
    int32_t code;
  };
  for (const Case& each : {Case{0x0002005B, 2, 91}, Case{0x000400FF, 4, 255},
                           Case{0x00030001, 3, 1}, Case{0x00050005, 5, 5}, Case{3, 0, 3}}) {
    const v1::ExplainErrorResponse explained = Explain(v1::ERROR_DOMAIN_SOCKS, 0, each.packed);
    EXPECT_EQ(explained.subdomain(), each.subdomain);
    EXPECT_EQ(explained.code(), each.code);
    EXPECT_TRUE(explained.known());
  }
}

}  // namespace
}  // namespace streampair::testing
