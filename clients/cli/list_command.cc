// streampair list: the caller's pairs as a table.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cli/commands.h"
#include "clients/cli/option_values.h"
#include "clients/cli/report.h"
#include "clients/cli/terminal.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair::cli {
namespace {

std::string TargetText(const v1::Target& target) {
  switch (target.destination_case()) {
    case v1::Target::kHost: {
      const v1::HostTarget& host = target.host();
      const std::string name =
          host.name().empty() && host.addresses_size() > 0 ? host.addresses(0) : host.name();
      return absl::StrCat(name, " ", host.port());
    }
    case v1::Target::kNetService:
      return absl::StrCat(target.net_service().name(), ".", target.net_service().type());
    case v1::Target::kAddress:
      return absl::StrCat(target.address().address(), " ", target.address().port());
    case v1::Target::kParkedSocket:
      return "parked socket";
    case v1::Target::DESTINATION_NOT_SET:
      break;
  }
  return "-";
}

std::string StatusText(v1::StreamStatus status) {
  if (status == v1::STREAM_STATUS_UNSPECIFIED) return "-";
  const std::string& name = v1::StreamStatus_Name(status);
  return name.empty() ? absl::StrCat(static_cast<int>(status))
                      : absl::AsciiStrToLower(absl::StripPrefix(name, "STREAM_STATUS_"));
}

std::string AgeText(const v1::StreamPair& pair) {
  const absl::Duration age = absl::Now() - absl::FromUnixSeconds(pair.create_time().seconds());
  return age < absl::Seconds(1) ? "0s"
                                : absl::FormatDuration(absl::Trunc(
                                      std::max(age, absl::ZeroDuration()), absl::Seconds(1)));
}

std::string LabelsText(const v1::StreamPair& pair) {
  const std::map<std::string, std::string> sorted(pair.labels().begin(), pair.labels().end());
  return absl::StrJoin(sorted, ",", absl::PairFormatter("="));
}

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
  std::vector<size_t> widths(rows[0].size(), 0);
  for (std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = Printable(row[i]);
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    std::string line;
    for (size_t column = 0; column < widths.size(); ++column) {
      const std::string& cell = rows[i][column];
      absl::StrAppend(&line, cell, std::string(widths[column] - cell.size() + 2, ' '));
    }
    absl::StripTrailingAsciiWhitespace(&line);
    std::cout << (i == 0 && color ? Bold(line) : line) << "\n";
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
