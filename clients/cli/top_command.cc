// 'top': the caller's pairs as they are now, again and again.
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "clients/cli/commands.h"
#include "clients/cli/option_values.h"
#include "clients/cli/pair_text.h"
#include "clients/cli/report.h"
#include "clients/cli/terminal.h"
#include "clients/cli/top_model.h"
#include "clients/cpp/pair_watch.h"

namespace streampair::cli {
namespace {

// A watch is an RPC; beyond so many pairs only errors that a list still shows are counted.
constexpr size_t kMaxWatches = 1000;

// The model, and the watches that tell it of failures: most pairs that fail are gone before the
// next list. Callbacks may outlive it.
class Board : public std::enable_shared_from_this<Board> {
 public:
  explicit Board(client::Client& client) : client_(client) {}

  void Take(std::vector<v1::StreamPair> pairs) ABSL_LOCKS_EXCLUDED(mu_) {
    std::vector<std::string> names;
    for (const v1::StreamPair& pair : pairs) names.push_back(pair.name());
    {
      absl::MutexLock lock(&mu_);
      model_.Take(absl::Now(), std::move(pairs));
    }
    // Now, since what a watch tells must find its pair.
    absl::flat_hash_map<std::string, std::optional<client::PairWatch>> kept;
    for (const std::string& name : names) {
      const auto found = watches_.find(name);
      if (found != watches_.end()) {
        kept.insert(watches_.extract(found));
      } else if (kept.size() < kMaxWatches) {
        kept[name].emplace(Watch(name));
      }
    }
    watches_.swap(kept);
  }

  template <typename Use>
  auto Read(Use use) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return use(model_);
  }

 private:
  client::PairWatch Watch(const std::string& name) {
    return client_.Watch(name, {.on_event =
                                    [self = shared_from_this(), name](const auto& event) {
                                      if (!event.has_error()) return;
                                      absl::MutexLock lock(&self->mu_);
                                      self->model_.CountError(name, event.error());
                                    },
                                .on_end = [](std::optional<client::StreamError>) {}});
  }

  client::Client& client_;
  absl::flat_hash_map<std::string, std::optional<client::PairWatch>> watches_;
  absl::Mutex mu_;
  TopModel model_ ABSL_GUARDED_BY(mu_);
};

void Show(const Invocation& invocation, Board& board, bool screen) {
  std::string text;
  if (invocation.json) {
    text = absl::StrCat(board.Read([](const TopModel& m) { return m.Json(); }).ToString(), "\n");
  } else if (!screen) {
    const std::string line = board.Read([](const TopModel& m) { return m.Line(); });
    text = absl::StrCat(ClockText(absl::Now()), " ", line, "\n");
  } else {
    winsize size = {};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    const size_t width = size.ws_col > 0 ? size.ws_col : 80;
    const size_t height = size.ws_row > 1 ? size.ws_row - 1u : 24;
    text = "\033[H";
    const bool color = ColorWanted(STDOUT_FILENO);
    size_t number = 0;
    for (const std::string& line :
         board.Read([&](const TopModel& m) { return m.Screen(width, height); })) {
      absl::StrAppend(&text, color && number++ == 2 ? Bold(line) : line, "\033[K\n");
    }
    absl::StrAppend(&text, "\033[J");
  }
  std::cout << text << std::flush;
}

// Whether the cursor of what standard output leads to can be moved.
bool OnScreen() {
  const char* const term = getenv("TERM");
  return isatty(STDOUT_FILENO) && term != nullptr && absl::string_view(term) != "dumb";
}

}  // namespace

CommandSpec TopSpec() {
  return {
      .name = "top",
      .operands = "",
      .summary = "Shows your pairs as they live: how many, how fast, what fails",
      .details =
          "At a terminal a screen that renews itself, the busiest pairs first; elsewhere one "
          "line each time, or with --json one object. Rates are since the time before, "
          "errors those of pairs that were seen, by domain.",
      .options = {{"interval", "DURATION", "How often. Default: 2s."},
                  {"count", "N", "End after so many times."},
                  {"label", "KEY=VALUE", "Only pairs with this label.", true}},
      .examples = {"streampair top", "streampair top --count=1 --json"},
  };
}

int Top(const Invocation& invocation) {
  const CommandLine& line = invocation.line;
  if (!line.operands.empty()) return RefuseUsage(line, "top takes no operands");
  absl::Duration interval = absl::Seconds(2);
  if (const auto text = line.Value("interval")) {
    const std::optional<absl::Duration> parsed = ParseDuration(*text);
    if (!parsed || *parsed < absl::Milliseconds(10)) {
      return RefuseUsage(line, absl::StrCat("--interval=", *text, " is not 10ms or more"));
    }
    interval = *parsed;
  }
  int64_t count = 0;
  if (const auto text = line.Value("count");
      text && (!absl::SimpleAtoi(*text, &count) || count < 1)) {
    return RefuseUsage(line, absl::StrCat("--count=", *text, " is not 1 or more"));
  }
  std::string complaint;
  const auto labels = ParseLabels(line.Values("label"), &complaint);
  if (!labels) return RefuseUsage(line, complaint);
  const bool screen = !invocation.json && OnScreen();
  const auto board = std::make_shared<Board>(invocation.client);
  if (screen) std::cout << "\033[2J";
  for (int64_t i = 0; count == 0 || i < count; ++i) {
    if (i > 0) absl::SleepFor(interval);
    auto pairs = invocation.client.List(*labels);
    if (!pairs.ok()) return invocation.Fail(CodeFor(pairs.error()), pairs.error(), "top");
    board->Take(std::move(pairs).value());
    Show(invocation, *board, screen);
    if (!std::cout.good()) return kOutputClosed;
  }
  return kOk;
}

}  // namespace streampair::cli
