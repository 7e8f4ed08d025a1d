#ifndef STREAMPAIR_SERVER_PROCESS_TUNING_H_
#define STREAMPAIR_SERVER_PROCESS_TUNING_H_

namespace streampair {

// What a process that moves bytes must change of its libraries' defaults. Must come before the
// first allocation of size and before any thread, so first in main.
//
// glibc's allocator is made to keep what is freed. By default it maps and unmaps memory for every
// large message buffer, and the page faults cost more than the bytes: gRPC alone moves 2.6 to 2.9
// times as much with this.
//
// Abseil's search for deadlocks, which Debian's build has on in every program, gRPC's locks
// included, is turned off in optimised builds, where it took a twentieth of the CPU. Others keep
// it, so that tests find locks that are taken in two orders.
void TuneProcess();

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_PROCESS_TUNING_H_
