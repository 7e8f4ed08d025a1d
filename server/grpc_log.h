#ifndef STREAMPAIR_SERVER_GRPC_LOG_H_
#define STREAMPAIR_SERVER_GRPC_LOG_H_

#include "server/log.h"

namespace streampair {

// Sends what gRPC itself has to say (errors only) to `log`, which must live as long as the process.
// gRPC knows one receiver a process, so this is for main.
void SendGrpcMessagesTo(Log& log);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_GRPC_LOG_H_
