#ifndef STREAMPAIR_CORE_DIAL_ATTEMPTS_TEXT_H_
#define STREAMPAIR_CORE_DIAL_ATTEMPTS_TEXT_H_

#include <string>
#include <vector>

#include "core/dial/dialer.h"

namespace streampair {

// "tried 2 addresses: [2001:db8::1]:80 ENETUNREACH, 192.0.2.1:80 ECONNREFUSED": for the text of a
// dial that failed. The first eight; the pair's record has them all.
std::string DescribeAttempts(const std::vector<Attempt>& attempts);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_ATTEMPTS_TEXT_H_
