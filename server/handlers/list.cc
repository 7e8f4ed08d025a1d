#include "server/handlers/list.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/pair/stream_pair.h"
#include "server/convert/pair.h"
#include "server/convert/request_check.h"

namespace streampair {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
constexpr size_t kChunk = 16;              // Pairs taken from the registry at a time.
constexpr size_t kMaxPageBytes = 2 << 20;  // Half of what gRPC clients take by default.

// A token is the serial number of the last pair shown, in hexadecimal.
std::string TokenOf(uint64_t serial) { return absl::StrCat(absl::Hex(serial)); }

bool ReadToken(const std::string& token, uint64_t* serial) {
  *serial = 0;
  if (token.empty()) return true;
  return absl::SimpleHexAtoi(token, serial) && *serial != 0 && TokenOf(*serial) == token;
}

}  // namespace

std::optional<Failure> ListStreamPairs(const ServiceState& state, const Caller& caller,
                                       const v1::ListStreamPairsRequest& request,
                                       v1::ListStreamPairsResponse& response) {
  RequestCheck check;
  if (request.page_size() < 0) {
    check.Refuse("page_size", absl::StrCat("must not be negative, is ", request.page_size()));
  }
  uint64_t after = 0;
  if (!ReadToken(request.page_token(), &after)) {
    check.Refuse("page_token", "is none that this server gave");
  }
  if (auto failure = check.Verdict()) return failure;

  const auto matches = [&request](const StreamPair& pair) {
    const auto& labels = pair.spec().labels;
    return std::all_of(request.labels().begin(), request.labels().end(), [&](const auto& wanted) {
      const auto found = labels.find(wanted.first);
      return found != labels.end() && found->second == wanted.second;
    });
  };
  size_t left =
      request.page_size() == 0 ? kDefaultPageSize : std::min(request.page_size(), kMaxPageSize);
  size_t bytes = 0;
  while (left > 0 && bytes < kMaxPageBytes) {
    const size_t count = std::min(left, kChunk);
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
  response.set_next_page_token(TokenOf(after));
  return std::nullopt;
}

}  // namespace streampair
