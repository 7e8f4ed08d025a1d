// Without a D-Bus; with one, and with Avahi: tests/integration/services_test.cc.
#include "core/resolve/mdns_service_resolver.h"

#include <cstdlib>
#include <memory>
#include <vector>

#include "core/base/error.h"
#include "core/testing/loop_harness.h"
#include "core/testing/open_descriptors.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

class MdnsServiceResolverTest : public testing::Test {
 protected:
  MdnsServiceResolverTest() {
    setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", /*overwrite=*/1);
    harness_->Run(
        [&] { resolver_ = std::make_unique<MdnsServiceResolver>(harness_->loop(), *bus_); });
  }
  ~MdnsServiceResolverTest() override {
    harness_->Run([&] { resolver_.reset(); });
  }

  const ServiceName name_ = ServiceName::Make("x", "_http._tcp", "").value();
  std::unique_ptr<LoopHarness> harness_ = MakeEpollHarness();
  std::unique_ptr<AvahiBus> bus_ = std::make_unique<AvahiBus>();
  std::unique_ptr<MdnsServiceResolver> resolver_;
};

TEST_F(MdnsServiceResolverTest, SaysThatThereIsNoDaemon) {
  for (int round = 0; round < 2; ++round) {
    std::vector<Result<ResolvedService>> answers;
    harness_->Run([&] {
      resolver_->Start(
          name_, [&](Result<ResolvedService> answer) { answers.push_back(std::move(answer)); });
      EXPECT_TRUE(answers.empty());
    });
    ASSERT_TRUE(harness_->RunUntil([&] { return !answers.empty(); }));
    ASSERT_FALSE(answers[0].ok());
    EXPECT_EQ(answers[0].error().id(), (ErrorId{ErrorDomain::kNetServices, 0, -72000}));
    EXPECT_NE(answers[0].error().detail().find("Avahi"), absl::string_view::npos);
  }
}

TEST_F(MdnsServiceResolverTest, ACancelledLookupIsNeverTold) {
  auto witness = std::make_shared<int>(0);
  harness_->Run([&] {
    for (int i = 0; i < 100; ++i) {
      const auto id = resolver_->Start(name_, [witness](const auto&) { FAIL(); });
      resolver_->Cancel(id);
      resolver_->Cancel(id);
    }
    EXPECT_EQ(witness.use_count(), 1);
    resolver_->Start(name_, [witness](const auto&) { FAIL(); });
    resolver_.reset();
    EXPECT_EQ(witness.use_count(), 1);
  });
  bus_.reset();
}

}  // namespace
}  // namespace streampair
