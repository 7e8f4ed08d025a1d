#include "core/net/net_interface.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/posix_errors.h"
#include "core/base/unique_fd.h"

namespace streampair {
namespace {

// One question to the kernel: a header, a body and attributes behind it.
class NetlinkRequest {
 public:
  template <typename Body>
  NetlinkRequest(uint16_t type, const Body& body) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = NLM_F_REQUEST;
    Append(&header, sizeof(header));
    Append(&body, sizeof(body));
  }

  void AddAttribute(uint16_t type, const void* data, size_t size) {
    rtattr attribute{};
    attribute.rta_type = type;
    attribute.rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    Append(&attribute, sizeof(attribute));
    Append(data, size);
  }

  const std::string& Finished() {
    nlmsghdr header;
    memcpy(&header, bytes_.data(), sizeof(header));
    header.nlmsg_len = static_cast<uint32_t>(bytes_.size());
    memcpy(bytes_.data(), &header, sizeof(header));
    return bytes_;
  }

 private:
  void Append(const void* data, size_t size) {
    bytes_.append(static_cast<const char*>(data), size);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }

  std::string bytes_;
};

// The kernel's one answer, without its header. Its answers are made before send returns.
Result<std::string> Ask(NetlinkRequest request, uint16_t answer_type) {
  const auto failed = [](int err) {
    return PosixError(Stage::kConnect, err, "ask for the route's interface");
  };
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.valid()) return failed(errno);
  const std::string& question = request.Finished();
  if (send(socket.get(), question.data(), question.size(), 0) < 0) return failed(errno);
  alignas(nlmsghdr) std::array<char, 16384> answer;  // A link's attributes are a few KiB.
  const ssize_t size = recv(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT);
  if (size < 0) return failed(errno);
  nlmsghdr header;
  if (static_cast<size_t>(size) < sizeof(header)) return failed(EPROTO);
  memcpy(&header, answer.data(), sizeof(header));
  if (header.nlmsg_len > static_cast<size_t>(size)) return failed(EMSGSIZE);
  const absl::string_view body(answer.data() + NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
  if (header.nlmsg_type == NLMSG_ERROR && body.size() >= sizeof(int)) {
    int err;
    memcpy(&err, body.data(), sizeof(err));
    return failed(err < 0 ? -err : EPROTO);
  }
  if (header.nlmsg_type != answer_type) return failed(EPROTO);
  return std::string(body);
}

// The attribute of that type among `attributes`; empty if there is none.
absl::string_view FindAttribute(absl::string_view attributes, uint16_t type) {
  while (attributes.size() >= sizeof(rtattr)) {
    rtattr attribute;
    memcpy(&attribute, attributes.data(), sizeof(attribute));
    if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > attributes.size()) return {};
    if ((attribute.rta_type & NLA_TYPE_MASK) == type) {
      return attributes.substr(RTA_LENGTH(0), attribute.rta_len - RTA_LENGTH(0));
    }
    attributes.remove_prefix(std::min<size_t>(RTA_ALIGN(attribute.rta_len), attributes.size()));
  }
  return {};
}

// "wwan", "dummy"...; empty for hardware that has no kind.
std::string KindOf(unsigned index) {
  ifinfomsg body{};
  body.ifi_index = static_cast<int>(index);
  const Result<std::string> answer = Ask(NetlinkRequest(RTM_GETLINK, body), RTM_NEWLINK);
  if (!answer.ok() || answer->size() < sizeof(body)) return "";
  const absl::string_view attributes = absl::string_view(*answer).substr(NLMSG_ALIGN(sizeof(body)));
  const absl::string_view kind =
      FindAttribute(FindAttribute(attributes, IFLA_LINKINFO), IFLA_INFO_KIND);
  return std::string(kind.substr(0, kind.find('\0')));
}

bool HasCellularDeviceType(const std::string& name) {
  std::ifstream uevent(absl::StrCat("/sys/class/net/", name, "/uevent"));
  for (std::string line; std::getline(uevent, line);) {
    if (line == "DEVTYPE=wwan") return true;
  }
  return false;
}

// "ww" is udev's prefix for these (systemd.net-naming-scheme(7)): wwp0s20u4, wws1, wwx0123.
bool HasCellularName(absl::string_view name) {
  for (const absl::string_view prefix : {"wwan", "rmnet", "wwp", "wws", "wwx", "wwo"}) {
    if (absl::StartsWith(name, prefix)) return true;
  }
  return false;
}

NetInterface Describe(unsigned index, std::string name) {
  const std::string kind = KindOf(index);
  const bool cellular =
      kind == "wwan" || kind == "rmnet" || HasCellularDeviceType(name) || HasCellularName(name);
  return {std::move(name), cellular};
}

std::string Bytes(const IpAddress& address) {
  const auto bytes = address.bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

Result<NetInterface> InterfaceTowards(const IpAddress& remote,
                                      const std::optional<IpAddress>& local) {
  const std::string to = Bytes(remote);
  rtmsg body{};
  body.rtm_family = remote.is_v4() ? AF_INET : AF_INET6;
  body.rtm_dst_len = static_cast<uint8_t>(to.size() * 8);
  const bool has_source = local.has_value() && local->family() == remote.family();
  if (has_source) body.rtm_src_len = body.rtm_dst_len;
  NetlinkRequest request(RTM_GETROUTE, body);
  request.AddAttribute(RTA_DST, to.data(), to.size());
  if (has_source) {
    const std::string from = Bytes(*local);
    request.AddAttribute(RTA_SRC, from.data(), from.size());
  }
  const Result<std::string> answer = Ask(std::move(request), RTM_NEWROUTE);
  if (!answer.ok()) return answer.error();
  unsigned index = 0;
  if (answer->size() > sizeof(rtmsg)) {
    const absl::string_view attributes =
        absl::string_view(*answer).substr(NLMSG_ALIGN(sizeof(rtmsg)));
    const absl::string_view interface = FindAttribute(attributes, RTA_OIF);
    if (interface.size() == sizeof(index)) memcpy(&index, interface.data(), sizeof(index));
  }
  std::array<char, IF_NAMESIZE> name;
  if (index == 0 || if_indextoname(index, name.data()) == nullptr) {
    return PosixError(Stage::kConnect, ENETUNREACH, "find the route's interface");
  }
  return Describe(index, name.data());
}

Result<NetInterface> InterfaceByName(const std::string& name) {
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0) {
    return PosixError(Stage::kConnect, ENODEV, absl::StrCat("find the interface ", name));
  }
  return Describe(index, name);
}

}  // namespace streampair
