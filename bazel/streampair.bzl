# The macros every package of ours uses, so that all our code is compiled with the same warnings.
#
# Generated code and other people's code are built by the plain rules and do not get these flags.

load("@streampair//bazel:grpc.bzl", "cc_grpc_stubs")

_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wshadow",
    "-Werror",
]

# Where an installed program finds libgrpc_private_openssl.so; in the build tree Bazel's own run path comes first.
_INSTALLED_LIBRARIES = "-Wl,-rpath,'$$ORIGIN/../lib/streampair'"

def streampair_cc_library(name, copts = [], **kwargs):
    """A library of ours. One target per concept; private headers go into srcs."""
    native.cc_library(
        name = name,
        copts = _COPTS + copts,
        **kwargs
    )

def streampair_cc_binary(name, copts = [], linkopts = [], **kwargs):
    """A program of ours."""
    native.cc_binary(
        name = name,
        copts = _COPTS + copts,
        linkopts = linkopts + [_INSTALLED_LIBRARIES],
        **kwargs
    )

def streampair_cc_test(name, copts = [], deps = [], size = "small", **kwargs):
    """A GoogleTest program; its main() is linked. For GoogleMock add @googletest//:gmock.

    Tests have a loopback network of their own and nothing else; a test that needs more says so with
    the tag "requires-network".
    """
    native.cc_test(
        name = name,
        size = size,
        copts = _COPTS + copts,
        deps = deps + ["@googletest//:gtest_main"],
        **kwargs
    )

def streampair_cc_fuzz_test(name, srcs, deps = [], corpus = [], copts = [], size = "small", tags = [], **kwargs):
    """A fuzz target: srcs define LLVMFuzzerTestOneInput.

    As a test it replays the corpus and every prefix of each file in it. With --config=fuzz it is a
    libFuzzer program; tools/fuzz runs it and adds what it finds to the corpus.

    Args:
      name: ends in _fuzz by convention.
      srcs: usually <name>.cc.
      deps: what is fuzzed.
      corpus: the files to replay, usually glob(["<name>_corpus/*"]). Crashes join it.
      copts: further compiler flags.
      size: of the test.
      tags: of the test; "fuzz" is added.
      **kwargs: as for cc_test.
    """
    native.cc_test(
        name = name,
        size = size,
        srcs = srcs,
        args = ["$(rootpath %s)" % file for file in corpus],
        copts = _COPTS + copts,
        data = corpus,
        linkopts = select({
            "@streampair//bazel/fuzz:with_libfuzzer": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        tags = tags + ["fuzz"],
        deps = deps + select({
            "@streampair//bazel/fuzz:with_libfuzzer": [],
            "//conditions:default": ["@streampair//bazel/fuzz:replay_main"],
        }),
        **kwargs
    )

def streampair_cc_grpc_library(name, protos, deps, **kwargs):
    """The C++ stubs (<proto>.grpc.pb.h) of the services in some proto files.

    Args:
      name: of the library.
      protos: proto_library targets; only their own files get stubs, not those they import.
      deps: the cc_proto_library targets of the same files.
      **kwargs: as for cc_library, e.g. visibility.
    """
    cc_grpc_stubs(
        name = name + "_stubs",
        protos = protos,
        visibility = ["//visibility:private"],
    )
    native.filegroup(
        name = name + "_headers",
        srcs = [":%s_stubs" % name],
        output_group = "headers",
        visibility = ["//visibility:private"],
    )
    native.filegroup(
        name = name + "_sources",
        srcs = [":%s_stubs" % name],
        output_group = "sources",
        visibility = ["//visibility:private"],
    )
    native.cc_library(
        name = name,
        srcs = [":%s_sources" % name],
        hdrs = [":%s_headers" % name],
        # Where a proto_library with strip_import_prefix puts its files; as a system directory, which
        # also keeps our warnings away from generated headers.
        includes = ["_virtual_imports/" + proto.split(":")[-1] for proto in protos],
        deps = deps + [
            "@com_google_protobuf//:protobuf",
            "@grpc//:grpc++",
        ],
        **kwargs
    )
