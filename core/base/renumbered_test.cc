#include "core/base/renumbered.h"

#include <netdb.h>

#include <cerrno>
#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/error_catalog.h"
#include "core/base/error_table.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

ErrorId Posix(int32_t code) { return {ErrorDomain::kPosix, 0, code}; }
ErrorId NetDb(int32_t code) { return {ErrorDomain::kNetDb, 0, code}; }
ErrorId WinSock(int32_t code) { return {ErrorDomain::kWinSock, 0, code}; }

std::string SymbolOf(const ErrorId& id, ErrorNumbering numbering) {
  const auto name = LookUp(id, numbering);
  return name ? std::string(name->symbol) : "";
}

TEST(Renumbered, LeavesLinuxAlone) {
  EXPECT_EQ(Renumbered(Posix(ECONNREFUSED), ErrorNumbering::kLinux), Posix(111));
  EXPECT_EQ(Renumbered(NetDb(EAI_NONAME), ErrorNumbering::kLinux), NetDb(-2));
}

TEST(Renumbered, LeavesOtherDomainsAlone) {
  for (const ErrorId& id :
       {ErrorId{ErrorDomain::kSsl, 0, -9806}, ErrorId{ErrorDomain::kSocks, 5, 1},
        ErrorId{ErrorDomain::kNetServices, 0, -72002}, ErrorId{ErrorDomain::kHttp, 0, 407},
        ErrorId{ErrorDomain::kStreampair, 0, 4}}) {
    EXPECT_EQ(Renumbered(id, ErrorNumbering::kDarwin), id);
    EXPECT_EQ(Renumbered(id, ErrorNumbering::kWindows), id);
  }
}

// Numbers that people look up, by the platforms' own headers.
TEST(Renumbered, IsTheOtherPlatformsNumber) {
  struct Case {
    int err;
    int32_t darwin;
    int32_t winsock;
  };
  for (const Case& each : {
           Case{ECONNREFUSED, 61, 10061},
           Case{ETIMEDOUT, 60, 10060},
           Case{ECONNRESET, 54, 10054},
           Case{ENOTCONN, 57, 10057},
           Case{EAGAIN, 35, 10035},
           Case{EHOSTUNREACH, 65, 10065},
           Case{ENETUNREACH, 51, 10051},
           Case{EADDRNOTAVAIL, 49, 10049},
           Case{EADDRINUSE, 48, 10048},
           Case{EPIPE, 32, 10054},
           Case{EINVAL, 22, 10022},
           Case{EBADF, 9, 10009},
           Case{EMFILE, 24, 10024},
           Case{EACCES, 13, 10013},
           Case{ECANCELED, 89, 10103},
           Case{EAFNOSUPPORT, 47, 10047},
           Case{ENOBUFS, 55, 10055},
           Case{EDQUOT, 69, 10069},
       }) {
    EXPECT_EQ(Renumbered(Posix(each.err), ErrorNumbering::kDarwin), Posix(each.darwin));
    EXPECT_EQ(Renumbered(Posix(each.err), ErrorNumbering::kWindows), WinSock(each.winsock));
  }
  // What is no socket's error stays POSIX, as the contract has it.
  EXPECT_EQ(Renumbered(Posix(ENOMEM), ErrorNumbering::kWindows), Posix(12));
  EXPECT_EQ(Renumbered(Posix(ENODEV), ErrorNumbering::kWindows), Posix(19));
  EXPECT_EQ(Renumbered(Posix(EPROTO), ErrorNumbering::kWindows), Posix(134));
}

TEST(Renumbered, KnowsLookups) {
  struct Case {
    int code;
    int32_t darwin;
    int32_t windows;
  };
  for (const Case& each :
       {Case{EAI_NONAME, 8, 11001}, Case{EAI_NODATA, 7, 11004}, Case{EAI_AGAIN, 2, 11002},
        Case{EAI_FAIL, 4, 11003}, Case{EAI_FAMILY, 5, 10047}, Case{EAI_MEMORY, 6, 8},
        Case{HOST_NOT_FOUND, 1, 11001}}) {
    EXPECT_EQ(Renumbered(NetDb(each.code), ErrorNumbering::kDarwin), NetDb(each.darwin));
    EXPECT_EQ(Renumbered(NetDb(each.code), ErrorNumbering::kWindows), NetDb(each.windows));
  }
}

// The whole table: the symbol stays, but for those that docs/errors.md lists.
TEST(Renumbered, KeepsTheSymbolOfEveryErrno) {
  const std::map<std::string, std::string> near_darwin = {
      {"ENONET", "ENETDOWN"}, {"ERFKILL", "ENETDOWN"}, {"EBADFD", "EBADF"}, {"ERESTART", "EINTR"}};
  const std::map<std::string, std::string> near_windows = {
      {"EAGAIN", "WSAEWOULDBLOCK"}, {"ECANCELED", "WSAECANCELLED"}, {"EPIPE", "WSAECONNRESET"},
      {"ENONET", "WSAENETDOWN"},    {"ERFKILL", "WSAENETDOWN"},     {"EBADFD", "WSAEBADF"},
      {"ERESTART", "WSAEINTR"}};
  int others_on_darwin = 0;
  int others_on_windows = 0;
  for (const ErrorRow& row : PosixTable()) {
    const std::string symbol(row.symbol);
    const ErrorId darwin = Renumbered(Posix(row.code), ErrorNumbering::kDarwin);
    EXPECT_EQ(darwin.domain, ErrorDomain::kPosix);
    const std::string on_darwin = SymbolOf(darwin, ErrorNumbering::kDarwin);
    const auto near = near_darwin.find(symbol);
    if (near != near_darwin.end()) {
      EXPECT_EQ(on_darwin, near->second);
    } else if (on_darwin != symbol) {
      EXPECT_EQ(on_darwin, "EIO") << symbol;
      ++others_on_darwin;
    }
    const ErrorId windows = Renumbered(Posix(row.code), ErrorNumbering::kWindows);
    const std::string on_windows = SymbolOf(windows, ErrorNumbering::kWindows);
    const auto near_by = near_windows.find(symbol);
    if (near_by != near_windows.end()) {
      EXPECT_EQ(on_windows, near_by->second);
    } else if (windows.domain == ErrorDomain::kWinSock) {
      EXPECT_EQ(on_windows, absl::StrCat("WSA", symbol));
    } else if (on_windows != symbol) {
      EXPECT_EQ(on_windows, "EOTHER") << symbol;
      ++others_on_windows;
    }
  }
  // Streams, message queues, shared libraries, keys and media: nothing that a TCP stream meets.
  EXPECT_EQ(others_on_darwin, 40);
  EXPECT_EQ(others_on_windows, 42);
}

TEST(Renumbered, GivesWhatHasNoSymbolANumberOfTheOtherPlatform) {
  EXPECT_EQ(Renumbered(Posix(9999), ErrorNumbering::kDarwin), Posix(5));
  EXPECT_EQ(Renumbered(Posix(9999), ErrorNumbering::kWindows), Posix(131));
  EXPECT_EQ(Renumbered(NetDb(-104), ErrorNumbering::kDarwin), NetDb(4));
  EXPECT_EQ(Renumbered(NetDb(-104), ErrorNumbering::kWindows), NetDb(11003));
}

TEST(Renumbered, TablesAreWellFormed) {
  for (const auto& table : {DarwinTable(), DarwinNetDbTable(), WindowsTable(), WinSockTable()}) {
    std::set<int32_t> numbers;
    std::set<std::string> symbols;
    for (const ErrorRow& row : table) {
      EXPECT_TRUE(numbers.insert(row.code).second) << row.symbol;
      EXPECT_TRUE(symbols.insert(std::string(row.symbol)).second) << row.symbol;
      EXPECT_TRUE(absl::EndsWith(row.meaning, ".")) << row.symbol;
    }
  }
  EXPECT_EQ(DarwinTable().size(), 106u);  // ELAST of Darwin.
}

TEST(Renumbered, NamesWinSockInEveryNumbering) {
  EXPECT_EQ(SymbolOf(WinSock(10061), ErrorNumbering::kLinux), "WSAECONNREFUSED");
  EXPECT_EQ(SymbolOf(WinSock(11001), ErrorNumbering::kWindows), "WSAHOST_NOT_FOUND");
  EXPECT_EQ(SymbolOf(WinSock(1), ErrorNumbering::kWindows), "");
}

}  // namespace
}  // namespace streampair
