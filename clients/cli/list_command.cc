// streampair list: the caller's pairs as a table.
#include <unistd.h>

#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands.h"
#include "clients/cli/option_values.h"
#include "clients/cli/pair_text.h"
#include "clients/cli/report.h"
#include "clients/cli/terminal.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair::cli {
namespace {

std::vector<std::string> Row(const v1::StreamPair& pair) {
  return {pair.name(),
          TargetText(pair.target()),
          StatusText(pair.read_status()),
          StatusText(pair.write_status()),
          absl::StrCat(pair.bytes_read()),
          absl::StrCat(pair.bytes_written()),
          AgeText(pair),
          LabelsText(pair),
          pair.has_error() ? client::StreamError(pair.error()).Triple() : ""};
}

void PrintTable(const std::vector<v1::StreamPair>& pairs, bool color) {
  std::vector<std::vector<std::string>> rows = {
      {"NAME", "TARGET", "READ", "WRITE", "BYTES READ", "WRITTEN", "AGE", "LABELS", "ERROR"}};
  for (const v1::StreamPair& pair : pairs) rows.push_back(Row(pair));
  bool head = true;
  for (const std::string& line : TableLines(std::move(rows))) {
    std::cout << (head && color ? Bold(line) : line) << "\n";
    head = false;
  }
}

}  // namespace

CommandSpec ListSpec() {
  return {
      .name = "list",
      .operands = "",
      .summary = "Shows the pairs that are yours",
      .details =
          "Oldest first. With --json one object with 'stream_pairs', as the API names its fields. "
          "No pair at all is not a failure.",
      .options = {{"label", "KEY=VALUE",
                   "Only pairs with this label; given more than once, with all of them.", true}},
      .examples = {"streampair list --label=job=nightly",
                   "streampair list --json | jq .stream_pairs[].name"},
  };
}

int List(const Invocation& invocation) {
  std::string complaint;
  std::map<std::string, std::string> labels;
  if (!invocation.line.operands.empty()) {
    return RefuseUsage(invocation.line, "list takes no operands");
  }
  if (invocation.line.Has("label")) {
    auto parsed = ParseLabels(invocation.line.options.at("label"), &complaint);
    if (!parsed) return RefuseUsage(invocation.line, complaint);
    labels = *std::move(parsed);
  }
  const auto pairs = invocation.client.List(labels);
  if (!pairs.ok()) return invocation.Fail(CodeFor(pairs.error()), pairs.error(), "list");
  if (!invocation.json) {
    if (pairs->empty()) {
      std::cerr << "No pairs.\n";
    } else {
      PrintTable(*pairs, ColorWanted(STDOUT_FILENO));
    }
    return kOk;
  }
  v1::ListStreamPairsResponse all;
  all.mutable_stream_pairs()->Assign(pairs->begin(), pairs->end());
  std::cout << ToJson(all) << "\n";
  return kOk;
}

}  // namespace streampair::cli
