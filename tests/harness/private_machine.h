#ifndef STREAMPAIR_TESTS_HARNESS_PRIVATE_MACHINE_H_
#define STREAMPAIR_TESTS_HARNESS_PRIVATE_MACHINE_H_

#include <string>
#include <vector>

namespace streampair::testing {

// Puts this process, and all that it starts from now on, onto a machine of its own: a network with
// a loopback only, an empty /run, and account files in which every daemon's user is us. By
// namespaces, which need no privilege; root or not, this process is root there. To be called once,
// before the process has a second thread: for a constant of namespace scope.
//
//   const bool kPrivate = EnterPrivateMachine();
//
// Where the system allows no namespaces (in a chroot, in some containers) it changes nothing,
// returns false, and all tests of the process are skipped with that reason.
bool EnterPrivateMachine();

// Whether namespaces can be made, as above; for tests whose programs make their own.
bool NeedNamespaces();

// The same for single tests, which skip themselves: an errno, 0 if namespaces can be made.
int NamespaceError();

// Runs a program to its end; a test failure, with its output, unless it succeeds.
void MustRun(const std::vector<std::string>& command);

// Makes addresses of this network swallow packets: nothing answers, as behind a broken route.
// `prefix`: "2001:db8:dead::/48", "192.0.2.0/24". Gives the loopback an address to send from, too.
void MakeBlackHole(const std::string& prefix, const std::string& source);

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_PRIVATE_MACHINE_H_
