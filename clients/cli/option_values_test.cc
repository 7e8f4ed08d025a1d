#include "clients/cli/option_values.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace streampair::cli {
namespace {

TEST(ParseDuration, TakesUnitsAndPlainSeconds) {
  EXPECT_EQ(ParseDuration("10s"), absl::Seconds(10));
  EXPECT_EQ(ParseDuration("1m30s"), absl::Seconds(90));
  EXPECT_EQ(ParseDuration("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(ParseDuration("10"), absl::Seconds(10));
  EXPECT_EQ(ParseDuration("0"), absl::ZeroDuration());
  for (const char* text : {"", "x", "-1s", "-1", "10 apples", "inf", "nan", "1e30"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(ParsePort, TakesPortsOnly) {
  EXPECT_EQ(ParsePort("1"), 1);
  EXPECT_EQ(ParsePort("65535"), 65535);
  for (const char* text : {"", "0", "-1", "65536", "4294967376", "80x", "http"}) {
    EXPECT_FALSE(ParsePort(text)) << text;
  }
}

TEST(ParseLabels, TakesKeysWithValues) {
  std::string complaint;
  using Labels = std::map<std::string, std::string>;
  EXPECT_EQ(ParseLabels({"a=b", "c=d=e", "f="}, &complaint),
            (Labels{{"a", "b"}, {"c", "d=e"}, {"f", ""}}));
  EXPECT_FALSE(ParseLabels({"a"}, &complaint));
  EXPECT_EQ(complaint, "--label=a is not KEY=VALUE");
  EXPECT_FALSE(ParseLabels({"=b"}, &complaint));
  EXPECT_FALSE(ParseLabels({"a=1", "a=2"}, &complaint));
  EXPECT_EQ(complaint, "--label gives a twice");
}

TEST(ServerComplaint, TakesWhatGrpcResolves) {
  for (const char* server : {"127.0.0.1:7450", "host:1", "[::1]:7450", "unix:/run/x",
                             "unix-abstract:x", "dns:///host:1", "ipv6:[::1]:1"}) {
    EXPECT_FALSE(ServerComplaint(server)) << server;
  }
  for (const char* server :
       {"", "host", "host:", "host:0", "host:http", ":7450", "::1", "::1:7450", "unix:"}) {
    EXPECT_TRUE(ServerComplaint(server)) << server;
  }
}

}  // namespace
}  // namespace streampair::cli
