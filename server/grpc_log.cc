#include "server/grpc_log.h"

#include "grpc/support/log.h"

namespace streampair {
namespace {

Log* receiver = nullptr;  // gRPC's function has no place for an argument.

void Receive(gpr_log_func_args* message) {
  const bool is_error = message->severity == GPR_LOG_SEVERITY_ERROR;
  receiver->Write(is_error ? LogLevel::kError : LogLevel::kDebug,
                  LogLine("grpc").Add("text", message->message));
}

}  // namespace

void SendGrpcMessagesTo(Log& log) {
  receiver = &log;
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  gpr_set_log_function(&Receive);
}

}  // namespace streampair
