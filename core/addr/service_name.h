#ifndef STREAMPAIR_CORE_ADDR_SERVICE_NAME_H_
#define STREAMPAIR_CORE_ADDR_SERVICE_NAME_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "core/addr/host_name.h"
#include "core/base/result.h"

namespace streampair {

// The name of one service instance of DNS-SD (RFC 6763 section 4.1), checked once: "Printer on the
// left", "_http._tcp", "local". A value.
class ServiceName {
 public:
  // `instance`: 1 to 63 bytes of UTF-8 without control characters; it may hold dots, spaces and
  // capitals. `type`: "_name._tcp", where the name is one of RFC 6335 section 5.1 (1 to 15 letters,
  // digits and single inner hyphens, with a letter); a stream needs TCP. `domain`: a host name's
  // form; empty means "local". One final dot of type and domain is dropped, both become lower case.
  // All three together must fit into the 255 bytes of a name. Refusals are ServiceBadArgument.
  static Result<ServiceName> Make(absl::string_view instance, absl::string_view type,
                                  absl::string_view domain);

  const std::string& instance() const { return instance_; }
  const std::string& type() const { return type_; }
  const std::string& domain() const { return domain_; }

  // Whether it is found by multicast (RFC 6762) rather than by asking name servers.
  bool is_local() const;

  // The one name of all three, with dots and backslashes of the instance escaped.
  std::string ToDnsName() const;

  // For texts: "Printer on the left._http._tcp.local".
  std::string ToString() const;

  friend bool operator==(const ServiceName&, const ServiceName&) = default;

 private:
  ServiceName(std::string instance, std::string type, std::string domain)
      : instance_(std::move(instance)), type_(std::move(type)), domain_(std::move(domain)) {}
  std::string instance_;
  std::string type_;
  std::string domain_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_SERVICE_NAME_H_
