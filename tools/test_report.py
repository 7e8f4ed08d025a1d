"""Counts test cases, for tools/test.

A case is a GoogleTest case, a script, a fuzz corpus, a check of tools/ or "everything compiles" of a
configuration. A case that ran in several configurations counts once: failed if it failed in any of them,
skipped if it ran in none.

usage: test_report.py bazel STAGE EVENTS CASES   adds what Bazel's event file says to the file CASES
       test_report.py case STAGE NAME OUTCOME CASES   adds one case: passed, failed or skipped
       test_report.py summary CASES              prints a line a stage, the failures, and the totals;
                                                 fails if anything failed or nothing passed
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


def cases_of_xml(path, label, passed):
    """The cases of one test.xml; `passed` is what Bazel says of the whole."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        root = None
    cases = []
    for case in root.iter("testcase") if root is not None else ():
        name = f"{label} {case.get('classname', '')}.{case.get('name', '')}"
        # For a program that writes no report Bazel makes one, with the program as the only case.
        if case.get("name", "").replace("//", "").replace(":", "/") in label.replace("//", "").replace(":", "/"):
            name = label
        if case.find("failure") is not None or case.find("error") is not None:
            outcome = FAILED
        elif (case.get("status") == "notrun" or case.get("result") in ("skipped", "suppressed")
              or case.find("skipped") is not None):
            outcome = SKIPPED
        else:
            outcome = PASSED
        cases.append((name, outcome))
    # A crash or a timeout leaves no failed case behind, and a program without cases is none that passed.
    if not passed and all(outcome != FAILED for _, outcome in cases):
        cases.append((label, FAILED))
    elif passed and not cases:
        cases.append((label, PASSED))
    return cases


def cases_of_events(path):
    """The cases of one `bazel test`, from its build event file."""
    tests = {}  # Label: cases; empty until it has run.
    for line in open(path, encoding="utf-8"):
        event = json.loads(line)
        kind = event["id"]
        if "targetConfigured" in kind and "testSize" in event.get("configured", {}):
            tests.setdefault(kind["targetConfigured"]["label"], [])
        elif "testResult" in kind:
            result = event.get("testResult", {})
            label = kind["testResult"]["label"]
            report = next((output["uri"] for output in result.get("testActionOutput", ())
                           if output["name"] == "test.xml"), "")
            file = urllib.parse.unquote(urllib.parse.urlparse(report).path)
            passed = result.get("status") in ("PASSED", "FLAKY")
            tests.setdefault(label, []).extend(cases_of_xml(file, label, passed))
    cases = []
    for label, found in tests.items():
        cases += found or [(f"{label} (did not build or did not run)", FAILED)]
    return cases


def add(cases, stage, path):
    with open(path, "a", encoding="utf-8") as file:
        for name, outcome in cases:
            file.write(json.dumps([stage, name, outcome]) + "\n")


def summary(path):
    stages = {}
    totals = {}
    failures = []
    for line in open(path, encoding="utf-8"):
        stage, name, outcome = json.loads(line)
        stages.setdefault(stage, {PASSED: 0, FAILED: 0, SKIPPED: 0})[outcome] += 1
        if outcome == FAILED:
            failures.append(f"{name} ({stage})")
        worst = {totals.get(name), outcome}
        totals[name] = FAILED if FAILED in worst else PASSED if PASSED in worst else SKIPPED
    width = max(map(len, stages), default=0)
    for stage, counts in stages.items():
        print(f"{stage:{width}}  " + ", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    for failure in failures:
        print(f"FAILED: {failure}")
    counts = {outcome: sum(1 for o in totals.values() if o == outcome) for outcome in (PASSED, FAILED, SKIPPED)}
    print(", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    return 1 if counts[FAILED] or not counts[PASSED] else 0


def main(arguments):
    command, arguments = arguments[0], arguments[1:]
    if command == "bazel":
        stage, events, path = arguments
        add(cases_of_events(events), stage, path)
    elif command == "case":
        stage, name, outcome, path = arguments
        if outcome not in (PASSED, FAILED, SKIPPED):
            raise ValueError(outcome)
        add([(name, outcome)], stage, path)
    elif command == "summary":
        return summary(*arguments)
    else:
        raise ValueError(command)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
