// Fetches a page: example SERVER HOST PORT. README.md shows this file; a test compares the two.
#include <iostream>

#include "clients/cpp/client.h"

int main(int argc, char** argv) {
  using namespace streampair::client;
  if (argc != 4) return 2;
  auto client = Client::Make(argv[1]);
  Stream stream = client->Connect(argv[2], std::stoi(argv[3]));
  stream.Write("GET / HTTP/1.0\r\n\r\n");
  stream.Finish();
  char buffer[65536];
  ReadResult read;
  while ((read = stream.Read(absl::MakeSpan(buffer))).bytes > 0) {
    std::cout.write(buffer, static_cast<std::streamsize>(read.bytes));
  }
  if (read.error) std::cerr << read.error->ToString() << "\n";
  return read.error ? 1 : 0;
}
