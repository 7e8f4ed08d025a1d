#include "clients/cli/manual.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace streampair::cli {
namespace {

// When what stands here last changed much.
constexpr char kDate[] = "2026-11-24";

// Text as roff takes it. A dash as it is, so that options can be copied.
std::string Escaped(absl::string_view text) {
  std::string escaped = absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}});
  if (absl::StartsWith(escaped, ".") || absl::StartsWith(escaped, "'")) {
    escaped.insert(0, "\\&");
  }
  return escaped;
}

void Paragraphs(absl::string_view text, absl::string_view macro, std::string* page) {
  for (absl::string_view paragraph : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    absl::StrAppend(page, macro, macro.empty() ? "" : "\n", Escaped(paragraph), "\n");
  }
}

void Options(const std::vector<OptionSpec>& options, std::string* page) {
  for (const OptionSpec& option : options) {
    absl::StrAppend(page, ".TP\n\\fB", Escaped("--" + option.name), "\\fR");
    if (!option.value.empty()) absl::StrAppend(page, "=\\fI", Escaped(option.value), "\\fR");
    absl::StrAppend(page, "\n");
    Paragraphs(option.help, "", page);
  }
}

}  // namespace

std::string ManualPage(const ProgramSpec& program, absl::string_view version) {
  std::string page = absl::StrCat(
      ".\\\" Made by '", program.name, " manual'.\n.TH ", absl::AsciiStrToUpper(program.name),
      " 1 ", kDate, " \"", program.name, " ", version, "\"\n.SH NAME\n", program.name, " \\- ",
      absl::AsciiStrToLower(program.summary.substr(0, 1)),
      Escaped(absl::StripSuffix(program.summary.substr(1), ".")), "\n.SH SYNOPSIS\n.B ",
      program.name, "\n[\\fIOPTION\\fR...] \\fICOMMAND\\fR [\\fIARGUMENT\\fR...]\n");
  absl::StrAppend(&page, ".SH OPTIONS OF EVERY COMMAND\n");
  Options(program.options, &page);
  absl::StrAppend(&page, ".SH COMMANDS\n");
  for (const CommandSpec& command : program.commands) {
    absl::StrAppend(&page, ".SS ", command.name, command.operands.empty() ? "" : " ",
                    Escaped(command.operands), "\n", Escaped(command.summary), ".\n");
    Paragraphs(command.details, ".PP", &page);
    Options(command.options, &page);
    if (command.examples.empty()) continue;
    absl::StrAppend(&page, ".PP\n.nf\n.RS\n");
    for (const std::string& example : command.examples) Paragraphs(example, "", &page);
    absl::StrAppend(&page, ".RE\n.fi\n");
  }
  for (const HelpSection& section : program.sections) {
    absl::StrAppend(&page, ".SH ", absl::AsciiStrToUpper(section.title), "\n");
    for (const auto& [name, text] : section.rows) {
      absl::StrAppend(&page, ".TP\n\\fB", Escaped(name), "\\fR\n");
      Paragraphs(text, "", &page);
    }
  }
  return page;
}

}  // namespace streampair::cli
