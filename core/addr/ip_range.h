#ifndef STREAMPAIR_CORE_ADDR_IP_RANGE_H_
#define STREAMPAIR_CORE_ADDR_IP_RANGE_H_

#include <compare>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {

// All addresses of one family that begin with the same bits (RFC 4632, RFC 4291 section 2.3). A
// value: ordered and hashable, so that ranges can be looked up.
class IpRange {
 public:
  // "10.0.0.0/8", "fd00::/8", or an address alone for itself. InvalidRequest for what is no
  // address, for a length beyond the family's, and for bits after the length, which would be a
  // mistake whose meaning nobody can tell.
  static Result<IpRange> Parse(absl::string_view text);

  // The range of `length` bits (at most 32 or 128) that `address` lies in.
  static IpRange Around(const IpAddress& address, int length);

  // Of the same family only: an IPv4-mapped address lies in no range of IPv4.
  bool Contains(const IpAddress& address) const;

  const IpAddress& first() const { return first_; }
  int length() const { return length_; }

  std::string ToString() const;  // With the length, always.

  friend auto operator<=>(const IpRange&, const IpRange&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const IpRange& r) {
    return H::combine(std::move(h), r.first_, r.length_);
  }

 private:
  IpRange(const IpAddress& first, int length) : first_(first), length_(length) {}

  IpAddress first_;
  int length_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_IP_RANGE_H_
