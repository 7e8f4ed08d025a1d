#ifndef STREAMPAIR_CLIENTS_CLI_COMMANDS_H_
#define STREAMPAIR_CLIENTS_CLI_COMMANDS_H_

#include <string>

#include "clients/cli/command_line.h"
#include "clients/cpp/client.h"

namespace streampair::cli {

// What every command gets. Standard output is for the payload, standard error for everything else.
struct Invocation {
  const CommandLine& line;
  client::Client& client;
  std::string server;  // As given.
  bool json = false;

  // Prints a complaint on standard error, as text or, with --json, as an object.
  int Fail(int code, const client::StreamError& error, const std::string& what) const;
};

// A command, and what it does. Returns the exit code.
CommandSpec ConnectSpec();
int Connect(const Invocation& invocation);

CommandSpec SocksSpec();
int Socks(const Invocation& invocation);

CommandSpec ForwardSpec();
int Forward(const Invocation& invocation);

CommandSpec ListSpec();
int List(const Invocation& invocation);

CommandSpec ShowSpec();
int Show(const Invocation& invocation);

CommandSpec WatchSpec();
int Watch(const Invocation& invocation);

CommandSpec CloseSpec();
int Close(const Invocation& invocation);

CommandSpec PingSpec();
int Ping(const Invocation& invocation);

CommandSpec TopSpec();
int Top(const Invocation& invocation);

CommandSpec ExplainSpec();
int Explain(const Invocation& invocation);

CommandSpec PolicySpec();
int Policy(const Invocation& invocation);

// These need no server.
CommandSpec CompletionSpec();
int Completion(const ProgramSpec& program, const CommandLine& line);

CommandSpec ManualSpec();
int Manual(const ProgramSpec& program, const CommandLine& line);

// For mistakes that the parser cannot see. Prints the complaint; returns kUsage.
int RefuseUsage(const CommandLine& line, const std::string& complaint);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_COMMANDS_H_
