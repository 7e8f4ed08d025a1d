#ifndef STREAMPAIR_CLIENTS_CLI_SIGNALS_H_
#define STREAMPAIR_CLIENTS_CLI_SIGNALS_H_

namespace streampair::cli {

// Blocks the signals that end the program, for this thread and those it will make: SIGINT, SIGTERM
// and SIGHUP, those aside that the caller has set to be ignored (nohup). Ignores SIGPIPE. Call it
// before any thread is made.
void BlockSignals();

// Lets them end the program as they normally do.
void UnblockSignals();

// A descriptor that is readable when one of them is pending.
int OpenSignals();

// The number of the pending one. Requires: one is pending.
int TakeSignal(int descriptor);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_SIGNALS_H_
