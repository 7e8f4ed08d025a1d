#include "core/resolve/hosts_file.h"

#include <ares.h>
#include <netinet/in.h>

#include <utility>

#include "absl/strings/match.h"
#include "core/resolve/family_answers.h"

namespace streampair {
namespace {

int AresFamily(AddressFamilies families) {
  switch (families) {
    case AddressFamilies::kIpv4Only:
      return AF_INET;
    case AddressFamilies::kIpv6Only:
      return AF_INET6;
    case AddressFamilies::kAny:
      break;
  }
  return AF_UNSPEC;
}

Resolution Loopback(AddressFamilies families) {
  Resolution resolution{{}, "localhost"};
  if (families != AddressFamilies::kIpv4Only) {
    resolution.addresses.push_back(IpAddress::V6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  }
  if (families != AddressFamilies::kIpv6Only) {
    resolution.addresses.push_back(IpAddress::V4({127, 0, 0, 1}));
  }
  return resolution;
}

}  // namespace

Result<HostsFile> HostsFile::Open() {
  ares_options options = {};
  options.lookups = const_cast<char*>("f");  // Copied by c-ares.
  Result<CaresHandle> channel = OpenCares(options, ARES_OPT_LOOKUPS);
  if (!channel.ok()) return std::move(channel).error();
  return HostsFile(std::move(*channel));
}

std::optional<Resolution> HostsFile::LookUp(const HostName& name, AddressFamilies families) const {
  const bool is_localhost = name.str() == "localhost" || absl::EndsWith(name.str(), ".localhost");
  ares_addrinfo_hints hints = {};
  hints.ai_family = AresFamily(families);
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_CANONNAME | ARES_AI_NOSORT;
  FamilyAnswers answers;
  // Without name servers to ask, the callback is made inside the call.
  ares_getaddrinfo(
      channel_.get(), name.str().c_str(), nullptr, &hints,
      [](void* into, int status, int, ares_addrinfo* info) {
        static_cast<FamilyAnswers*>(into)->Add(MakeCaresAnswer(status, info));
        ares_freeaddrinfo(info);
      },
      &answers);
  if (answers.HasAddresses()) return answers.Take(name.str()).value();
  if (is_localhost) return Loopback(families);
  return std::nullopt;
}

}  // namespace streampair
