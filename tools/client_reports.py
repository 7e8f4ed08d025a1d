"""Turns what the runners of other languages report into cases of tools/test_report.py.

usage: client_reports.py junit LANGUAGE FILE CASES    pytest --junitxml
       client_reports.py go FILE CASES                go test -json
       client_reports.py tap LANGUAGE FILE CASES      node --test --test-reporter=tap
A report without a single case is a failed case.
"""

import json
import re
import sys

from test_report import FAILED, PASSED, SKIPPED, add, cases_of_xml


def cases_of_go(path):
    """One for each test; a package that fails without a failed test (it did not compile) is one too."""
    words = {"pass": PASSED, "fail": FAILED, "skip": SKIPPED}
    cases, failed_packages = [], []
    for line in open(path, encoding="utf-8"):
        try:
            event = json.loads(line)
        except ValueError:
            continue  # The compiler's own words.
        if event.get("Action") not in words:
            continue
        name = f"go: {event['Package']} {event.get('Test', '')}".strip()
        if "Test" in event:
            cases.append((name, words[event["Action"]]))
        elif event["Action"] == "fail":
            failed_packages.append((name, FAILED))
    if not any(outcome == FAILED for _, outcome in cases):
        cases += failed_packages
    return cases


def cases_of_tap(path, language):
    cases = []
    for line in open(path, encoding="utf-8"):
        match = re.match(r"(not )?ok \d+ - (.*?)( # SKIP.*)?$", line.rstrip("\n"))
        if match:
            outcome = SKIPPED if match[3] else FAILED if match[1] else PASSED
            cases.append((f"{language}: {match[2]}", outcome))
    return cases


def main(arguments):
    kind, *arguments = arguments
    if kind == "junit":
        language, path, report = arguments
        cases = [(f"{language}:{name}", outcome) for name, outcome in cases_of_xml(path, "", True) if name]
    elif kind == "go":
        (path, report), language = arguments, "go"
        cases = cases_of_go(path)
    elif kind == "tap":
        language, path, report = arguments
        cases = cases_of_tap(path, language)
    else:
        raise ValueError(kind)
    add(cases or [(f"{language}: no test has run", FAILED)], "clients", report)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
