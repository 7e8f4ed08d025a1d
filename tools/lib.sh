# Shared by the scripts in tools/: where the tree is, and how progress is told. Sourced, not run.
# shellcheck shell=bash

# The top of the tree; every script works from there, wherever it was called.
TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$TREE" || exit

# Colour only for people: not in files, not on a dumb terminal, not if NO_COLOR is set (no-color.org).
if [[ -t 2 && -z "${NO_COLOR:-}" && "${TERM:-dumb}" != dumb ]]; then
  BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  BOLD='' RED='' PLAIN=''
fi

# say TEXT: one line about what happens next, on standard error so that results stay pipeable.
say() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*" >&2; }

# fail TEXT: says it and ends the script.
fail() {
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2
  exit 1
}

# usage: prints the comment at the top of the calling script.
usage() { sed -n '2,/^[^#]/{/^#/{s/^# \{0,1\}//;p}}' "$0"; }

# Files of ours that match the given patterns: tracked or new, not ignored, not deleted.
tree_files() { python3 tools/tree_files.py "$@"; }

# git, also in a tree that somebody else checked out (root in a container, say).
tree_git() { git -c safe.directory='*' "$@"; }
