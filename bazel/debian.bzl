# Rules for libraries that a Debian package put under /usr: the repository and the link line.

def debian_library(name, path = "/usr"):
    """Declares the external repository `name`, described by bazel/third_party/<name>.BUILD.

    Its root is /usr unless `path` says otherwise, so the BUILD file may name headers, archives and
    programs from there. Headers
    under /usr/include need no declaration: the compiler finds them by itself, and what may include
    what is checked by tools/check_includes instead.
    """
    native.new_local_repository(
        name = name,
        build_file = "//bazel/third_party:%s.BUILD" % name,
        path = path,
    )

def link_shared(libraries):
    """Link flags for shared libraries, leaving out those from which nothing is used.

    Every process must hold one copy of each of these libraries, since gRPC links the same ones: hence
    always the shared form.
    """
    return ["-Wl,--push-state,--as-needed"] + ["-l" + library for library in libraries] + ["-Wl,--pop-state"]
