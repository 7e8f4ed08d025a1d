#include "core/base/error_table.h"

namespace streampair {
namespace {

// Literals rather than the macros of <netdb.h>, since two families share the header and
// not every libc has all of both; netdb_table_test.cc compares what Linux has.
//
// EAI_ values are negative, h_errno values positive, except -1: that is NETDB_INTERNAL and
// EAI_BADFLAGS at once. The contract's number -1 in this domain is the former.
constexpr ErrorRow kRows[] = {
    {0, 4, "NO_DATA", "The name exists but has no record of the kind asked for."},
    {0, 3, "NO_RECOVERY", "The lookup failed in a way that asking again does not mend."},
    {0, 2, "TRY_AGAIN", "The name server did not answer; asking again later may help."},
    {0, 1, "HOST_NOT_FOUND", "The name does not exist or cannot be in the DNS."},
    {0, -1, "NETDB_INTERNAL", "The lookup failed inside the system rather than in the DNS."},
    {0, -2, "EAI_NONAME", "No such host name or service is known."},
    {0, -3, "EAI_AGAIN", "The lookup failed for now; asking again later may help."},
    {0, -4, "EAI_FAIL", "The lookup failed for good."},
    {0, -5, "EAI_NODATA", "The name exists but has no address."},
    {0, -6, "EAI_FAMILY", "Lookups for that address family are not supported."},
    {0, -7, "EAI_SOCKTYPE", "Lookups for that socket type are not supported."},
    {0, -8, "EAI_SERVICE", "The service name is unknown for that socket type."},
    {0, -9, "EAI_ADDRFAMILY", "The name has no address of that family."},
    {0, -10, "EAI_MEMORY", "No memory was left for the lookup."},
    {0, -11, "EAI_SYSTEM", "A system call of the lookup failed."},
    {0, -12, "EAI_OVERFLOW", "An argument was too long for its buffer."},
    {0, -100, "EAI_INPROGRESS", "The lookup is still running."},
    {0, -101, "EAI_CANCELED", "The lookup was cancelled."},
    {0, -102, "EAI_NOTCANCELED", "The lookup could not be cancelled any more."},
    {0, -103, "EAI_ALLDONE", "Every lookup had finished already."},
    {0, -104, "EAI_INTR", "A signal interrupted the wait for the lookup."},
    {0, -105, "EAI_IDN_ENCODE", "The internationalised name could not be encoded."},
};

}  // namespace

absl::Span<const ErrorRow> NetDbTable() { return kRows; }

}  // namespace streampair
