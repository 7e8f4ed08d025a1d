#!/usr/bin/env bash
# Only server/status_map.cc makes a gRPC status other than OK: the table of docs/errors.md has one place.
#
# usage: status_source_test.sh FILE...   (all sources of server/)
set -euo pipefail

pattern='StatusCode::|grpc::Status\([^)]|grpc::Status\{[^}]|Status::CANCELLED|GRPC_STATUS_'
looked=0
bad=0
for file in "$@"; do
  case $file in
    */status_map.* | *_test.cc | */testing/*) continue ;;
    *.cc | *.h) ;;
    *) continue ;;
  esac
  looked=$((looked + 1))
  if grep -nE "$pattern" "$file"; then
    echo "$file: makes a status of its own; use ToStatus (server/status_map.h)"
    bad=$((bad + 1))
  fi
done
echo "looked at $looked files, $bad make a status"
((looked > 30 && bad == 0))
