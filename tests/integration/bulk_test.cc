// A gibibyte each way, byte for byte.
#include "gtest/gtest.h"
#include "tests/harness/frames.h"
#include "tests/harness/mailbox.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

constexpr uint64_t kBulkBytes = uint64_t{1} << 30;

std::string DigestOfAll(TargetConnection& connection) {
  Digest digest;
  for (std::string some = connection.ReadSome(); !some.empty(); some = connection.ReadSome()) {
    digest.Add(some);
  }
  return digest.Hex();
}

TEST(Bulk, DownloadsAGibibyte) {
  ServerProcess server;
  TcpTarget target(Pour(kBulkBytes));
  TransferClient rpc(server.stub());
  rpc.Plan(0, {.grant_window = 262144, .keep_data = false});
  rpc.Send({AttachNew(0, SpecTo(target.port())), FinishFrame(0)});
  const v1::End end = rpc.AwaitEnd(0, absl::Minutes(5));
  EXPECT_FALSE(end.has_error());
  EXPECT_EQ(end.bytes_read(), kBulkBytes);
  EXPECT_EQ(rpc.log().digest.Hex(), PatternDigest(kBulkBytes));
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST(Bulk, UploadsAGibibyte) {
  ServerProcess server;
  Mailbox<std::string> digests;
  TcpTarget target([&](TargetConnection& connection) { digests.Put(DigestOfAll(connection)); });
  TransferClient rpc(server.stub());
  rpc.Plan(0, {.upload = kBulkBytes, .finish = true});
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  const v1::End end = rpc.AwaitEnd(0, absl::Minutes(5));
  EXPECT_FALSE(end.has_error());
  EXPECT_EQ(end.bytes_written(), kBulkBytes);
  EXPECT_EQ(digests.Take(), PatternDigest(kBulkBytes));
  EXPECT_THAT(rpc.Leave(), IsOk());
}

}  // namespace
}  // namespace streampair::testing
