#include "clients/cli/child_test_util.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <utility>

namespace streampair::cli {
namespace {

constexpr char kProgram[] = "clients/cli/streampair";
constexpr int kPatienceMs = 30000;

std::string ReadWhole(int fd) {
  std::string all;
  char buffer[65536];
  for (off_t offset = 0;;) {
    const ssize_t bytes = pread(fd, buffer, sizeof buffer, offset);
    if (bytes <= 0) return all;
    all.append(buffer, static_cast<size_t>(bytes));
    offset += bytes;
  }
}

}  // namespace

Child::Child(std::vector<std::string> arguments, Options options) {
  signal(SIGPIPE, SIG_IGN);
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) abort();
  // A file, so that it never fills up.
  error_file_ = memfd_create("stderr", MFD_CLOEXEC);
  std::vector<char*> argv = {const_cast<char*>("streampair")};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (char** each = environ; *each != nullptr; ++each) {
    const absl::string_view variable = *each;
    if (variable.find("STREAMPAIR_") == 0 || variable.find("NO_COLOR=") == 0 ||
        variable.find("HOME=") == 0 || variable.find("XDG_CONFIG_HOME=") == 0) {
      continue;
    }
    environment.push_back(*each);
  }
  for (std::string& variable : options.environment) environment.push_back(variable.data());
  environment.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(options.input >= 0 ? options.input : in[0], 0);
    dup2(out[1], 1);
    dup2(error_file_, 2);
    if (options.close_input) close(0);
    if (options.close_output) close(1);
    signal(SIGPIPE, SIG_DFL);
    execve(kProgram, argv.data(), environment.data());
    _exit(126);
  }
  close(in[0]);
  close(out[1]);
  input_ = in[1];
  output_ = out[0];
}

Child::~Child() {
  if (!waited_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  CloseInput();
  CloseOutput();
  close(error_file_);
}

void Child::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(input_, bytes.data(), bytes.size());
    if (written < 0) return;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void Child::CloseInput() {
  if (input_ >= 0) close(input_);
  input_ = -1;
}

void Child::CloseOutput() {
  if (output_ >= 0) close(output_);
  output_ = -1;
}

std::string Child::ReadOutput(size_t size) {
  std::string bytes(size, '\0');
  size_t have = 0;
  while (have < size) {
    pollfd polled = {output_, POLLIN, 0};
    if (poll(&polled, 1, kPatienceMs) <= 0) {
      ADD_FAILURE() << "no output came";
      break;
    }
    const ssize_t got = read(output_, &bytes[have], size - have);
    if (got <= 0) break;
    have += static_cast<size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

std::string Child::ReadOutputToEnd() {
  std::string all;
  for (std::string piece; !(piece = ReadOutput(1 << 16)).empty();) all += piece;
  return all;
}

void Child::Kill(int signal) { kill(pid_, signal); }

int Child::Wait() {
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd polled = {handle, POLLIN, 0};
  if (poll(&polled, 1, kPatienceMs) <= 0) {
    ADD_FAILURE() << "the program did not end; it said: " << ReadWhole(error_file_);
    kill(pid_, SIGKILL);
  }
  close(handle);
  int status = 0;
  waitpid(pid_, &status, 0);
  waited_ = true;
  errors_ = ReadWhole(error_file_);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

Finished RunChild(std::vector<std::string> arguments, absl::string_view input,
                  std::vector<std::string> environment) {
  Child::Options options;
  options.environment = std::move(environment);
  Child child(std::move(arguments), options);
  std::thread writer([&] {
    child.Write(input);
    child.CloseInput();
  });
  Finished finished;
  finished.output = child.ReadOutputToEnd();
  finished.code = child.Wait();
  writer.join();
  finished.errors = child.errors();
  return finished;
}

}  // namespace streampair::cli
