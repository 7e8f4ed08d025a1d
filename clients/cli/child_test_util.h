#ifndef STREAMPAIR_CLIENTS_CLI_CHILD_TEST_UTIL_H_
#define STREAMPAIR_CLIENTS_CLI_CHILD_TEST_UTIL_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace streampair::cli {

// The streampair program, run by a test with pipes for its standard descriptors. The environment is
// the test's, less what would set the program up and NO_COLOR, plus what is given.
class Child {
 public:
  struct Options {
    std::vector<std::string> environment = {};  // "NAME=VALUE".
    int input = -1;             // Instead of a pipe: this descriptor, which stays the caller's.
    bool close_input = false;   // Without descriptor 0.
    bool close_output = false;  // Without descriptor 1.
  };
  explicit Child(std::vector<std::string> arguments) : Child(std::move(arguments), Options()) {}
  Child(std::vector<std::string> arguments, Options options);
  // Kills it if it still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void Write(absl::string_view bytes);
  void CloseInput();
  // Up to `size` bytes of standard output; less only at its end.
  std::string ReadOutput(size_t size);
  std::string ReadOutputToEnd();
  void CloseOutput();
  void Kill(int signal);
  int input() const { return input_; }  // Our end of the pipe.

  // Waits for the end; then its exit code, or 1000 plus the signal that killed it. A child that
  // takes more than half a minute fails the test and is killed.
  int Wait();
  // After Wait: all of standard error.
  const std::string& errors() const { return errors_; }

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  int error_file_ = -1;
  std::string errors_;
  bool waited_ = false;
};

// Runs it with `input` as all of its standard input.
struct Finished {
  int code = -1;
  std::string output;
  std::string errors;
};
Finished RunChild(std::vector<std::string> arguments, absl::string_view input = "",
                  std::vector<std::string> environment = {});

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_CHILD_TEST_UTIL_H_
