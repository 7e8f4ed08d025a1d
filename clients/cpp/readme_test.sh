#!/usr/bin/env bash
# The code in README.md is example.cc, which is compiled.
set -euo pipefail
cd clients/cpp
# shellcheck disable=SC2016 # The backticks are Markdown.
if ! diff <(sed -n '/^```cpp$/,/^```$/p' README.md | sed '1d;$d') <(sed '1d' example.cc); then
  echo "README.md and example.cc differ" >&2
  exit 1
fi
