#include "clients/cpp/slice_queue.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>

namespace streampair::client {
namespace {

std::string Taken(SliceQueue* queue, size_t max) {
  Slices slices;
  queue->Take(max, &slices);
  size_t size = 0;
  for (const grpc::Slice& slice : slices) size += slice.size();
  std::string bytes(size, '\0');
  CopyOut(slices, bytes.data());
  return bytes;
}

TEST(SliceQueue, SharesLargeSlices) {
  SliceQueue queue;
  const grpc::Slice slice(std::string(4096, 'a'));
  queue.Append(slice);
  Slices slices;
  queue.Take(4096, &slices);
  ASSERT_EQ(slices.size(), 1u);
  EXPECT_EQ(slices[0].begin(), slice.begin());
  EXPECT_TRUE(queue.empty());
}

TEST(SliceQueue, GathersSmallPieces) {
  SliceQueue queue;
  for (int i = 0; i < 100; ++i) queue.AppendCopy("0123456789");
  Slices slices;
  queue.Take(1000, &slices);
  EXPECT_EQ(slices.size(), 1u);
}

TEST(SliceQueue, TakesNoMoreThanThereIs) {
  SliceQueue queue;
  EXPECT_EQ(Taken(&queue, 10), "");
  queue.AppendCopy("abc");
  EXPECT_EQ(Taken(&queue, 10), "abc");
  EXPECT_EQ(Taken(&queue, 10), "");
}

TEST(SliceQueue, ClearForgetsEverything) {
  SliceQueue queue;
  queue.AppendCopy("abc");
  queue.Append(grpc::Slice(std::string(5000, 'b')));
  queue.Clear();
  EXPECT_TRUE(queue.empty());
  queue.AppendCopy("d");
  EXPECT_EQ(Taken(&queue, 10), "d");
}

TEST(SliceQueue, KeepsTheOrderWhateverTheSizes) {
  std::mt19937 random(7);
  SliceQueue queue;
  std::string in, out;
  for (int step = 0; step < 3000; ++step) {
    const size_t size = std::uniform_int_distribution<size_t>(
        0, step % 7 == 0 ? 40000 : (step % 3 == 0 ? 3000 : 50))(random);
    std::string piece(size, '\0');
    for (char& byte : piece) byte = static_cast<char>(random());
    in += piece;
    if (step % 2 == 0) {
      queue.Append(grpc::Slice(piece));
    } else {
      queue.AppendCopy(piece);
    }
    out += Taken(&queue, std::uniform_int_distribution<size_t>(0, 9000)(random));
    ASSERT_EQ(queue.size(), in.size() - out.size());
  }
  out += Taken(&queue, queue.size());
  EXPECT_EQ(in, out);
}

}  // namespace
}  // namespace streampair::client
