#ifndef STREAMPAIR_CORE_NET_NET_INTERFACE_H_
#define STREAMPAIR_CORE_NET_NET_INTERFACE_H_

#include <optional>
#include <string>

#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {

// A network interface, as far as the contract asks about it.
struct NetInterface {
  std::string name;
  // A mobile network's: the kernel says that its kind is "wwan" or "rmnet", or its device type
  // "wwan", or it has a name that the kernel or udev gives only to those (wwan0, rmnet0, wwp0s20).
  bool cellular = false;
};

// By which interface packets to `remote` leave now, from `local` if it is given: asked of the
// kernel (rtnetlink), which answers from its tables. (POSIX, ENETUNREACH) and the like where there
// is no route.
Result<NetInterface> InterfaceTowards(const IpAddress& remote,
                                      const std::optional<IpAddress>& local);

// (POSIX, ENODEV) if there is none of that name.
Result<NetInterface> InterfaceByName(const std::string& name);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_NET_NET_INTERFACE_H_
