// 'policy explain': what the server's policy says of a target, without going there.
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_object.h"
#include "clients/cli/option_values.h"
#include "clients/cli/pair_option.h"
#include "clients/cli/report.h"
#include "clients/cli/tls_option.h"

namespace streampair::cli {

CommandSpec PolicySpec() {
  std::vector<OptionSpec> options = PairOptionSpecs();
  const std::vector<OptionSpec> tls = TlsOptionSpecs();
  options.insert(options.end(), tls.begin(), tls.end());
  return {
      .name = "policy",
      .operands = "explain HOST PORT",
      .summary = "Says whether the server lets you reach a target, and which rule forbids it",
      .details =
          "Nothing is looked up and nothing connected to: a name that is allowed here may "
          "still lead to an address that is not. The exit code is 0 for what is allowed, "
          "else 1.",
      .options = std::move(options),
      .examples = {"streampair policy explain db.internal 5432",
                   "streampair policy explain example.com 443 --tls --allow-any-root"},
      .operand_choices = "explain",
  };
}

int Policy(const Invocation& invocation) {
  const CommandLine& line = invocation.line;
  const std::optional<int> port =
      line.operands.size() == 3 ? ParsePort(line.operands[2]) : std::nullopt;
  if (!port || line.operands[0] != "explain") {
    return RefuseUsage(line, "policy takes explain, HOST and PORT");
  }
  std::string complaint;
  const std::optional<client::PairOptions> options = ReadPairOptions(line, &complaint);
  if (!options) return RefuseUsage(line, complaint);
  const std::string what = absl::StrCat(line.operands[1], " port ", *port);
  const auto valid =
      invocation.client.Validate(client::HostPairSpec(line.operands[1], *port, *options));
  const bool denied = !valid.ok() && valid.error().stage() == v1::ERROR_STAGE_POLICY;
  if (!valid.ok() && !denied) return invocation.Fail(CodeFor(valid.error()), valid.error(), what);
  if (invocation.json) {
    JsonObject json;
    json.Add("allowed", !denied);
    if (denied) json.Add("error", ErrorJson(valid.error()));
    std::cout << absl::StrCat(json.ToString(), "\n");
  } else if (denied) {
    std::cout << absl::StrCat(what, ": denied: ", Printable(valid.error().message()), "\n");
  } else {
    std::cout << absl::StrCat(what, ": allowed, unless its address is not\n");
  }
  return denied ? kFailed : kOk;
}

}  // namespace streampair::cli
