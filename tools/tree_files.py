"""Lists the files of this tree: tracked or new, not ignored, not deleted.

Used by the checks (as a module) and by shell scripts (as a program).

usage: python3 tools/tree_files.py [PATTERN...]      e.g. '*.cc' '*.h'; without any, every file
"""

import fnmatch
import os
import subprocess
import sys


def _from_git():
    """Every file as git sees it, or None if this is no git work tree (an unpacked archive, say)."""
    # A tree that was checked out by somebody else (root in a container) is still the tree we were asked about.
    git = ["git", "-c", "safe.directory=*"]
    if not os.path.exists(".git"):
        return None
    listing = subprocess.run(
        git + ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout
    return listing.split("\0")


def _from_folders():
    files = []
    for folder, folders, names in os.walk("."):
        folders[:] = [f for f in folders if f not in ("node_modules", "__pycache__") and not f.startswith("bazel-")]
        files += [os.path.relpath(os.path.join(folder, name), ".") for name in names]
    return files


def tree_files(*patterns):
    """Paths relative to the top of the tree, which must be the current folder, sorted."""
    files = _from_git()
    if files is None:
        files = _from_folders()
    return sorted({
        file for file in files
        if os.path.isfile(file) and (not patterns or any(fnmatch.fnmatch(file, p) for p in patterns))
    })


if __name__ == "__main__":
    print("\n".join(tree_files(*sys.argv[1:])))
