// The main() of a fuzz target that is run as an ordinary test: feeds it each file named on the
// command line, every prefix of it, and the empty input. A finding is a crash, as under libFuzzer.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// Prefixes of longer files are sampled rather than all tried, which would take quadratic time.
constexpr size_t kMostPrefixes = 1024;

// Copies the input to a block of exactly its size, so that AddressSanitizer sees a read past its
// end.
void Run(const std::vector<uint8_t>& bytes, size_t size) {
  const std::vector<uint8_t> exact(bytes.begin(),
                                   bytes.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argc, char** argv) {
  Run({}, 0);
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot open corpus file %s\n", argv[i]);
      return 1;
    }
    const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file),
                                     std::istreambuf_iterator<char>()};
    if (file.bad()) {
      std::fprintf(stderr, "cannot read corpus file %s\n", argv[i]);
      return 1;
    }
    // Said before the input is run: if it crashes, the log names it.
    std::fprintf(stderr, "replaying %s (%zu bytes)\n", argv[i], bytes.size());
    const size_t step = bytes.size() / kMostPrefixes + 1;
    for (size_t size = 0; size < bytes.size(); size += step) Run(bytes, size);
    Run(bytes, bytes.size());
  }
  return 0;
}
