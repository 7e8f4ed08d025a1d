// streampair explain: what an error number means.
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/commands.h"
#include "clients/cli/error_numbers.h"
#include "clients/cli/report.h"
#include "clients/cli/terminal.h"
#include "clients/cpp/stream_error.h"

namespace streampair::cli {

CommandSpec ExplainSpec() {
  return {
      .name = "explain",
      .operands = "DOMAIN [SUBDOMAIN] CODE",
      .summary = "Says what an error number means",
      .details =
          absl::StrCat("DOMAIN is a number or one of ", DomainNames(),
                       ". CODE is a number, or a name such as ECONNREFUSED or EAI_NONAME. A "
                       "packed SOCKS error is split. The exit code is 1 for a number that the "
                       "server does not know."),
      .options = {},
      .examples = {"streampair explain POSIX 111", "streampair explain NET_DB EAI_NONAME"},
  };
}

int Explain(const Invocation& invocation) {
  const auto& operands = invocation.line.operands;
  if (operands.size() < 2 || operands.size() > 3) {
    return RefuseUsage(invocation.line, "explain takes DOMAIN and CODE");
  }
  const std::optional<int32_t> domain = ParseDomain(operands[0]);
  if (!domain) {
    return RefuseUsage(invocation.line, absl::StrCat("there is no domain '", operands[0],
                                                     "'; there are ", DomainNames()));
  }
  uint32_t subdomain = 0;
  if (operands.size() == 3 && (!absl::SimpleAtoi(operands[1], &subdomain) || subdomain > 65535)) {
    return RefuseUsage(invocation.line,
                       absl::StrCat("'", operands[1], "' is no subdomain; one is 0 to 65535"));
  }
  const std::optional<int32_t> code = ParseCode(*domain, operands.back());
  if (!code) {
    return RefuseUsage(invocation.line,
                       absl::StrCat("'", operands.back(), "' is neither a number nor a code of ",
                                    client::DomainText(*domain)));
  }
  const auto explained = invocation.client.Explain(*domain, subdomain, *code);
  if (!explained.ok()) {
    return invocation.Fail(CodeFor(explained.error()), explained.error(), "explain");
  }
  if (invocation.json) {
    std::cout << ToJson(*explained) << "\n";
  } else {
    const std::string name = explained->symbol().empty() ? "?" : explained->symbol();
    const std::string domain_name =
        explained->domain_name().empty() ? "" : absl::StrCat(", ", explained->domain_name());
    std::cout << Printable(absl::StrCat(name, " (", client::DomainText(*domain), ", ",
                                        explained->subdomain(), ", ", explained->code(), ")",
                                        domain_name))
              << "\n"
              << Printable(explained->meaning()) << "\n";
  }
  return explained->known() ? kOk : kFailed;
}

}  // namespace streampair::cli
