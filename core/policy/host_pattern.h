#ifndef STREAMPAIR_CORE_POLICY_HOST_PATTERN_H_
#define STREAMPAIR_CORE_POLICY_HOST_PATTERN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "core/addr/host_name.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {

// Which hosts a rule is about, as they are asked for. The name in it is made canonical as a
// target's name is (core/addr/host_name.h), so that letters' case, a final dot and the two forms of
// an international name make no difference.
class HostPattern {
 public:
  enum class Kind : uint8_t {
    kAny,       // "*": every name and every address.
    kSuffix,    // ".example.com": every name below it, at any depth; not itself.
    kOneLabel,  // "*.example.com": every name with exactly one label more.
    kExact,     // "example.com".
    kAddress,   // "192.0.2.1", "2001:db8::1": that address, asked for as such.
  };

  // InvalidRequest for what is none of these.
  static Result<HostPattern> Parse(absl::string_view text);

  // Nothing: an address was asked for, which is `address` if that is known.
  bool Matches(const std::optional<HostName>& host, const std::optional<IpAddress>& address) const;

  Kind kind() const { return kind_; }
  const std::string& name() const { return name_; }  // Without "*." or "."; kAny: empty.

  // More for what matches less: exact over one label over suffix, and longer over shorter.
  uint32_t specificity() const;

 private:
  HostPattern(Kind kind, std::string name) : kind_(kind), name_(std::move(name)) {}

  Kind kind_;
  std::string name_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_POLICY_HOST_PATTERN_H_
