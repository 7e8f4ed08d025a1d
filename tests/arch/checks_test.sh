#!/usr/bin/env bash
# The checks in tools/ pass over a good tree and find each planted mistake.
set -euo pipefail

tools=$PWD/tools
tree=$TEST_TMPDIR/tree
failures=0

# fresh_tree: a small tree with nothing wrong in it.
fresh_tree() {
  rm -rf "$tree"
  mkdir -p "$tree/core/base" "$tree/core/socks" "$tree/server"
  cd "$tree"
  git init -q
  echo '#include "core/base/error.h"' >core/socks/reply.cc
  echo '#include "absl/strings/string_view.h"' >core/base/error.h
  echo '#include <grpcpp/grpcpp.h>' >server/main.cc
  cat >core/BUILD.bazel <<'END'
# Purpose: a tree to check.
# May depend on: nothing.
# Must not depend on: anything.
filegroup(name = "everything", srcs = ["//core/base:error"])
END
  sed '/filegroup/d' core/BUILD.bazel >core/base/BUILD.bazel
  echo 'streampair_cc_library(name = "error", hdrs = ["error.h"])' >>core/base/BUILD.bazel
}

# expect pass|fail CHECK DESCRIPTION
expect() {
  local outcome=pass
  "$tools/$2" >"$TEST_TMPDIR/log" 2>&1 || outcome=fail
  if [[ $outcome != "$1" ]]; then
    printf 'FAILED: %s, %s: expected to %s\n' "$2" "$3" "$1"
    cat "$TEST_TMPDIR/log"
    failures=$((failures + 1))
  fi
}

# lines N: a file of that length.
lines() { printf '//\n%.0s' $(seq "$1"); }

fresh_tree
for check in check_includes check_build_files check_file_length; do
  expect pass $check "a good tree"
done

fresh_tree
echo '#include <grpcpp/grpcpp.h>' >>core/base/error.h
expect fail check_includes "gRPC in core"
fresh_tree
echo '#include "google/protobuf/message.h"' >>core/socks/reply.cc
expect fail check_includes "Protobuf in core"
fresh_tree
echo '#include <sys/socket.h>' >>core/socks/reply.cc
expect fail check_includes "a socket in a pure protocol"
fresh_tree
echo '#include "core/socks/reply.h"' >>core/base/error.h
expect fail check_includes "a higher level in a lower one"
fresh_tree
echo '#include <openssl/ssl.h>' >>server/main.cc
expect fail check_includes "BoringSSL in the server"
fresh_tree
mkdir elsewhere && echo >elsewhere/a.cc
expect fail check_includes "a folder without rules"
fresh_tree
rm -r core server && git add -A
expect fail check_includes "nothing to look at"

fresh_tree
sed -i '/Must not/d' core/base/BUILD.bazel
expect fail check_build_files "no word on what is forbidden"
fresh_tree
echo 'streampair_cc_library(name = "clock")' >>core/base/BUILD.bazel
expect fail check_build_files "a library missing in //core:everything"
fresh_tree
echo 'streampair_cc_library(name = "fake", testonly = True)' >>core/base/BUILD.bazel
expect pass check_build_files "a testonly library"
fresh_tree
sed -i '/streampair_cc_library/d' core/base/BUILD.bazel
expect fail check_build_files "a stale entry in //core:everything"

fresh_tree
lines 201 >core/base/error.h
expect pass check_file_length "a header over its budget"
grep -q 'error.h: 201 lines' "$TEST_TMPDIR/log" || { echo "FAILED: no warning"; failures=$((failures + 1)); }
fresh_tree
lines 1001 >core/base/error_test.cc
expect fail check_file_length "a file over the hard stop"

((failures == 0))
