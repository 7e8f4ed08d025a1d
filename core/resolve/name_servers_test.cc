#include "core/resolve/name_servers.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace streampair {
namespace {

std::string Parsed(absl::string_view text) {
  Result<std::vector<Endpoint>> servers = ParseNameServers(text);
  if (!servers.ok()) return "refused";
  std::string joined;
  for (const Endpoint& server : *servers) joined += server.ToString() + ";";
  return joined;
}

TEST(ParseNameServers, ReadsAddressesWithAndWithoutPorts) {
  EXPECT_EQ(Parsed("127.0.0.1"), "127.0.0.1:53;");
  EXPECT_EQ(Parsed("127.0.0.1:5353"), "127.0.0.1:5353;");
  EXPECT_EQ(Parsed("::1"), "[::1]:53;");
  EXPECT_EQ(Parsed("[::1]:5353"), "[::1]:5353;");
  EXPECT_EQ(Parsed(" 192.0.2.1 , [2001:db8::1]:54"), "192.0.2.1:53;[2001:db8::1]:54;");
}

TEST(ParseNameServers, TakesNothingAsAnEmptyList) {
  EXPECT_EQ(Parsed(""), "");
  EXPECT_EQ(Parsed("  "), "");
}

TEST(ParseNameServers, RefusesWhatIsNoAddress) {
  for (absl::string_view text : {"dns.example", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", ",",
                                 "127.0.0.1,", "127.1", "[::1]", "127.0.0.1 127.0.0.2"}) {
    EXPECT_EQ(Parsed(text), "refused") << text;
  }
}

}  // namespace
}  // namespace streampair
