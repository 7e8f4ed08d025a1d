// A client to be killed: attaches to pairs and does nothing more.
//
// usage: hold SERVER READY_FILE PORT COUNT [NAME...]
//   makes COUNT pairs to PORT, and attaches to the pairs of the given NAMEs; then writes READY_FILE
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/harness/frames.h"
#include "tests/harness/transfer_client.h"

int main(int argc, char** argv) {
  using namespace streampair::testing;  // NOLINT
  if (argc < 5) return 2;
  const auto stub = streampair::v1::StreamPairService::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  TransferClient rpc(*stub);
  uint32_t channel = 0;
  for (int i = 0; i < std::atoi(argv[4]); ++i) {
    rpc.Send({AttachNew(channel++, SpecTo(std::atoi(argv[3])))});
  }
  for (int i = 5; i < argc; ++i) rpc.Send({AttachTo(channel++, argv[i])});
  for (uint32_t i = 0; i < channel; ++i) rpc.AwaitReady(i);
  if (::testing::Test::HasFailure()) return 1;
  std::ofstream(argv[2]) << "ready\n";
  pause();
}
