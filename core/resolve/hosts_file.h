#ifndef STREAMPAIR_CORE_RESOLVE_HOSTS_FILE_H_
#define STREAMPAIR_CORE_RESOLVE_HOSTS_FILE_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "core/addr/host_name.h"
#include "core/resolve/resolver.h"

namespace streampair {

// What hosts(5) text says about a name: the addresses of all its lines in their order, without
// duplicates; none if it is not there or has no address of a wanted family. The canonical name is
// the first of the first such line. Lines that make no sense are skipped, as everywhere. Pure.
std::optional<Resolution> FindInHosts(absl::string_view text, const HostName& name,
                                      AddressFamilies families);

// The names that need no name server: those of the hosts file, and "localhost" with everything
// under it, which is the loopback unless the file knows better (RFC 6761 section 6.3). The file is
// read anew at each lookup, so an edit counts at once; that is the only blocking call of
// core/resolve, on a small local file. A file that cannot be read is an empty one. Immutable, hence
// thread-safe.
class HostsFile {
 public:
  explicit HostsFile(std::string path = "/etc/hosts") : path_(std::move(path)) {}

  // None: ask a name server.
  std::optional<Resolution> LookUp(const HostName& name, AddressFamilies families) const;

 private:
  std::string path_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_HOSTS_FILE_H_
