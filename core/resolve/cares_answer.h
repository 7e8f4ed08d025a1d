#ifndef STREAMPAIR_CORE_RESOLVE_CARES_ANSWER_H_
#define STREAMPAIR_CORE_RESOLVE_CARES_ANSWER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/addr/ip_address.h"
#include "core/base/error.h"

struct ares_addrinfo;

namespace streampair {

// How one question, a name and a family, was answered. Its addresses are of that family.
struct CaresAnswer {
  int status;  // ARES_SUCCESS exactly if there are addresses, else another ARES_ number.
  std::vector<IpAddress> addresses;
  std::string canonical_name;  // The end of the CNAME chain; empty if there is no chain.
  absl::Duration ttl = absl::ZeroDuration();  // The least of all records, with addresses only.
};

// Copies what c-ares hands to a callback. Success without an address (an alias to nothing) becomes
// ARES_ENODATA. At most `kMaxAddressesPerFamily` addresses are taken: nobody tries more, and a
// hostile answer could hold thousands.
inline constexpr size_t kMaxAddressesPerFamily = 64;
CaresAnswer MakeCaresAnswer(int status, const ares_addrinfo* info);

// The NetDB error for a status of c-ares, by the table in cares_answer.cc. `name` goes into the
// text. Requires: status is not ARES_SUCCESS.
Error CaresError(int status, absl::string_view name);

// Whether a server answered that it will not or cannot: another server may still know.
bool IsRefusal(int status);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_CARES_ANSWER_H_
