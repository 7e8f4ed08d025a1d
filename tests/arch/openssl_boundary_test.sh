#!/usr/bin/env bash
# gRPC's OpenSSL and our BoringSSL do not meet: no symbol of the one can be bound to the other.
#
# usage: openssl_boundary_test.sh RELINKED_GRPC_LIBRARY PROGRAM...
set -euo pipefail

library=$1
shift
boringssl=(/usr/lib/x86_64-linux-gnu/android/libssl.so.0 /usr/lib/x86_64-linux-gnu/android/libcrypto.so.0)
debians_grpc=/usr/lib/x86_64-linux-gnu/libgrpc.so
tls_symbols='^(SSL|EVP|CRYPTO|X509|BIO|RSA|EC|ERR|OPENSSL|PEM|ASN1|BN)_'
failures=0

complain() {
  printf 'FAILED: %s\n' "$*"
  failures=$((failures + 1))
}

# Dynamic symbols of a library, defined and wanted, without their versions.
all_symbols() { nm -D "$1" | awk '{ print $NF }' | sed 's/@.*//' | sort -u; }
# Those that it offers to others.
offered_symbols() { nm -D --defined-only "$1" | awk '{ print $NF }' | sed 's/@.*//' | sort -u; }

# Each check is first shown to find what it looks for where that is known to be.
if ! grep -qE "$tls_symbols" <<<"$(all_symbols "$debians_grpc")"; then
  complain "Debian's libgrpc shows no OpenSSL symbol: this test is blind"
fi
for file in "${boringssl[@]}"; do
  (($(offered_symbols "$file" | wc -l) > 100)) || complain "$file offers hardly any symbol: this test is blind"
done
if ! grep -qx grpc_init <<<"$(offered_symbols "$library")"; then
  complain "$library does not offer grpc_init: it is not gRPC"
fi

found=$(all_symbols "$library" | grep -E "$tls_symbols" || true)
[[ -z $found ]] || complain "$library offers or wants symbols of a TLS library:" "${found//$'\n'/ }"

shared=$(comm -12 <(all_symbols "$library") <(for file in "${boringssl[@]}"; do offered_symbols "$file"; done | sort -u))
[[ -z $shared ]] || complain "$library and BoringSSL have symbols in common:" "${shared//$'\n'/ }"

for program in "$@"; do
  needed=$(ldd "$program")
  grep -q 'libgrpc_private_openssl\.so' <<<"$needed" || complain "$program does not use the relinked gRPC"
  grep -q '/android/libcrypto\.so\.0' <<<"$needed" || complain "$program does not use BoringSSL"
  if grep -E 'not found|lib(ssl|crypto)\.so\.[1-9]|libgrpc(\+\+)?\.so' <<<"$needed"; then
    complain "$program loads (or misses) the libraries above"
  fi
  # One copy of Abseil in the process: the shared one.
  if grep -qE ' T _ZN4absl[0-9a-z]*5Mutex4LockEv' <<<"$(nm --defined-only "$program")"; then
    complain "$program brings an Abseil of its own"
  fi
done
((failures == 0))
