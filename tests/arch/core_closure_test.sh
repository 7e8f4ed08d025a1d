#!/usr/bin/env bash
# core depends on neither gRPC nor Protobuf, and on nothing that stands above it.
#
# usage: core_closure_test.sh CORE_LABELS FORBIDDEN_LABELS  (two files with a label a line)
set -euo pipefail

core=$1 forbidden=$2
pattern='^@(grpc|grpc_proto|com_google_protobuf)//|^//(proto|wire|server|clients|tests|benchmarks)[/:]'

# The test sees what it looks for: these labels do reach gRPC, Protobuf and our proto files.
for label in '@grpc//:grpc++' '@com_google_protobuf//:protobuf' '//proto/streampair/v1:streampair_proto'; do
  if ! grep -qxF "$label" <<<"$(grep -E "$pattern" "$forbidden")"; then
    echo "the pattern does not find $label where it is known to be"
    exit 1
  fi
done

# And it looks at the right thing.
if ! grep -q '^//core/base' "$core" || ! grep -q '^@abseil//' "$core"; then
  echo "//core:everything does not reach core/base and Abseil: it is not the whole of core"
  exit 1
fi

if grep -E "$pattern" "$core"; then
  echo "core depends on the labels above, and must not: bazel query 'somepath(//core:everything, <label>)' says how"
  exit 1
fi
