#include "server/convert/local_address.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {
namespace {

constexpr size_t kMaxInterface = 15;  // IFNAMSIZ without its NUL.

// As the kernel has it (dev_valid_name), but printable.
bool IsInterfaceName(const std::string& name) {
  if (name.size() > kMaxInterface || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isgraph(c) && c != '/' && c != ':'; });
}

}  // namespace

void ApplyLocalAddress(const v1::LocalAddress& proto, const std::string& field, RequestCheck& check,
                       SourceOptions& source) {
  source = SourceOptions();
  if (!proto.address().empty()) {
    Result<IpAddress> address = IpAddress::Parse(proto.address());
    if (address.ok()) {
      source.address = *address;
    } else {
      check.Refuse(Member(field, "address"), address.error());
    }
  }
  if (proto.port() < 0 || proto.port() > 65535) {
    check.Refuse(Member(field, "port"),
                 absl::StrCat("must be 1 to 65535, or 0 for any, is ", proto.port()));
  } else {
    source.port = static_cast<uint16_t>(proto.port());
  }
  if (IsInterfaceName(proto.interface())) {
    source.interface = proto.interface();
  } else {
    check.Refuse(Member(field, "interface"),
                 absl::StrCat("must be the name of an interface, up to ", kMaxInterface,
                              " printable bytes without '/' and ':'"));
  }
}

std::optional<v1::LocalAddress> LocalAddressToProto(const SourceOptions& source) {
  if (source == SourceOptions()) return std::nullopt;
  v1::LocalAddress proto;
  if (source.address) proto.set_address(source.address->ToString());
  proto.set_port(source.port);
  proto.set_interface(source.interface);
  return proto;
}

}  // namespace streampair
