#include "server/handlers/list.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/pair/stream_pair.h"
#include "server/convert/pair.h"
#include "server/convert/request_check.h"
#include "server/handlers/page.h"

namespace streampair {

std::optional<Failure> ListStreamPairs(const ServiceState& state, const Caller& caller,
                                       const v1::ListStreamPairsRequest& request,
                                       v1::ListStreamPairsResponse& response) {
  RequestCheck check;
  const Page page = Page::Read(request.page_size(), request.page_token(), check);
  if (auto failure = check.Verdict()) return failure;

  const auto matches = [&request](const StreamPair& pair) {
    const auto& labels = pair.spec().labels;
    return std::all_of(request.labels().begin(), request.labels().end(), [&](const auto& wanted) {
      const auto found = labels.find(wanted.first);
      return found != labels.end() && found->second == wanted.second;
    });
  };
  uint64_t after = page.after;
  size_t left = page.size;
  size_t bytes = 0;
  while (left > 0 && bytes < Page::kMaxBytes) {
    const size_t count = std::min(left, Page::kChunk);
    std::vector<std::shared_ptr<StreamPair>> pairs;
    after = state.pairs.List(caller.principal, after, count, matches, &pairs);
    for (const auto& pair : pairs) {
      v1::StreamPair& shown = *response.add_stream_pairs();
      shown = PairToProto(pair->spec(), pair->Snapshot());
      bytes += shown.ByteSizeLong();
    }
    if (after == 0) return std::nullopt;  // That was all.
    left -= count;
  }
  response.set_next_page_token(Page::TokenOf(after));
  return std::nullopt;
}

}  // namespace streampair
