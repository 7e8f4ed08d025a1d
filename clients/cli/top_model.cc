#include "clients/cli/top_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/pair_text.h"
#include "clients/cpp/stream_error.h"

namespace streampair::cli {
namespace {

double Rate(uint64_t before, uint64_t now, double seconds) {
  return now > before && seconds > 0 ? static_cast<double>(now - before) / seconds : 0;
}

bool Opening(const v1::StreamPair& pair) {
  return pair.read_status() == v1::STREAM_STATUS_OPENING ||
         pair.write_status() == v1::STREAM_STATUS_OPENING;
}

}  // namespace

void TopModel::Take(absl::Time now, std::vector<v1::StreamPair> pairs) {
  const double seconds = absl::ToDoubleSeconds(now - taken_);
  const bool first = taken_ == absl::InfinitePast();
  taken_ = now;
  opening_ = 0;
  read_rate_ = write_rate_ = 0;
  absl::flat_hash_map<std::string, Pair> fresh;
  for (v1::StreamPair& state : pairs) {
    Pair& pair = fresh[state.name()];
    const auto before = pairs_.find(state.name());
    // A pair that is new moved all its bytes since the last time, unless this is the first.
    const bool known = before != pairs_.end();
    if (known || !first) {
      const v1::StreamPair& then =
          known ? before->second.state : v1::StreamPair::default_instance();
      pair.read_rate = Rate(then.bytes_read(), state.bytes_read(), seconds);
      pair.write_rate = Rate(then.bytes_written(), state.bytes_written(), seconds);
    }
    pair.failed = known && before->second.failed;
    opening_ += Opening(state) ? 1 : 0;
    read_rate_ += pair.read_rate;
    write_rate_ += pair.write_rate;
    pair.state = std::move(state);
    if (pair.state.has_error()) Count(pair, pair.state.error());
  }
  pairs_ = std::move(fresh);
}

void TopModel::CountError(const std::string& name, const v1::StreamError& error) {
  const auto pair = pairs_.find(name);
  if (pair != pairs_.end()) Count(pair->second, error);
}

void TopModel::Count(Pair& pair, const v1::StreamError& error) {
  if (std::exchange(pair.failed, true)) return;
  ++errors_[client::DomainText(error.domain())];
}

std::string TopModel::ErrorsText() const {
  return errors_.empty() ? "none" : absl::StrJoin(errors_, ", ", absl::PairFormatter(" "));
}

std::string TopModel::Line() const {
  return absl::StrCat("pairs ", pairs_.size(), ", opening ", opening_, ", read ",
                      BytesText(read_rate_), "/s, written ", BytesText(write_rate_),
                      "/s, errors: ", ErrorsText());
}

JsonObject TopModel::Json() const {
  JsonObject errors;
  for (const auto& [domain, count] : errors_) errors.Add(domain, count);
  JsonObject json;
  json.Add("pairs", static_cast<int64_t>(pairs_.size()))
      .Add("opening", static_cast<int64_t>(opening_))
      .Add("read_bytes_per_second", static_cast<int64_t>(read_rate_))
      .Add("written_bytes_per_second", static_cast<int64_t>(write_rate_))
      .Add("errors", errors);
  return json;
}

std::vector<std::string> TopModel::Screen(size_t width, size_t height) const {
  std::vector<const Pair*> order;
  for (const auto& [name, pair] : pairs_) order.push_back(&pair);
  std::sort(order.begin(), order.end(), [](const Pair* a, const Pair* b) {
    const double rate_a = a->read_rate + a->write_rate, rate_b = b->read_rate + b->write_rate;
    return rate_a != rate_b ? rate_a > rate_b : a->state.name() < b->state.name();
  });
  constexpr size_t kHead = 3;  // The sum, an empty line, the table's head.
  order.resize(std::min(order.size(), height > kHead ? height - kHead : 0));
  std::vector<std::vector<std::string>> rows = {
      {"TARGET", "READ", "WRITE", "READ/S", "WRITTEN/S", "AGE", "LABELS", "ERROR"}};
  for (const Pair* pair : order) {
    rows.push_back(
        {TargetText(pair->state.target()), StatusText(pair->state.read_status()),
         StatusText(pair->state.write_status()), BytesText(pair->read_rate),
         BytesText(pair->write_rate), AgeText(pair->state), LabelsText(pair->state),
         pair->state.has_error() ? client::StreamError(pair->state.error()).Triple() : ""});
  }
  std::vector<std::string> lines = {Line(), ""};
  for (std::string& line : TableLines(std::move(rows))) lines.push_back(std::move(line));
  for (std::string& line : lines) line.resize(std::min(line.size(), width));
  lines.resize(std::min(lines.size(), height));
  return lines;
}

}  // namespace streampair::cli
