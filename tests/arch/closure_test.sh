#!/usr/bin/env bash
# Some targets do not reach what they must not depend on.
#
# usage: closure_test.sh LABELS REQUIRED_LABEL FORBIDDEN_PATTERN CONTROL_LABELS CONTROL_LABEL...
#   LABELS             a file with everything that the targets reach, a label a line
#   REQUIRED_LABEL     is among them: the test looks at the right thing
#   FORBIDDEN_PATTERN  none of them matches it
#   CONTROL_LABELS     a file like LABELS, of targets that do reach the forbidden: the pattern finds
#   CONTROL_LABEL...   each of these there
set -euo pipefail

labels=$1 required=$2 pattern=$3 control=$4
shift 4

forbidden_in_control=$(grep -E "$pattern" "$control" || true)
for label in "$@"; do
  if ! grep -qxF "$label" <<<"$forbidden_in_control"; then
    echo "the pattern does not find $label where it is known to be"
    exit 1
  fi
done

if ! grep -qxF "$required" "$labels"; then
  echo "$required is not among the labels: they are not what this test should look at"
  exit 1
fi

if grep -E "$pattern" "$labels"; then
  echo "the labels above must not be reached; bazel query 'somepath(<target>, <label>)' says how they are"
  exit 1
fi
