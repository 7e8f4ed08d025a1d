#include "server/handlers/find_pair.h"

#include <utility>

#include "server/convert/request_check.h"

namespace streampair {

std::optional<Failure> FindPair(const ServiceState& state, const Caller& caller,
                                const std::string& name, std::shared_ptr<StreamPair>& pair) {
  if (name.empty()) {
    RequestCheck check;
    check.Refuse("name", "must be given");
    return check.Verdict();
  }
  Result<std::shared_ptr<StreamPair>> found = state.pairs.Find(caller.principal, name);
  if (!found.ok()) return Failure(found.error());
  pair = *std::move(found);
  return std::nullopt;
}

}  // namespace streampair
