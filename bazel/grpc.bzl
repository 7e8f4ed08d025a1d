# Runs grpc_cpp_plugin over proto_library targets. Used through streampair_cc_grpc_library.

def _import_path(source, root):
    """The name under which other proto files import `source`."""
    prefix = root + "/" if root not in ("", ".") else ""
    if not source.path.startswith(prefix):
        fail("%s lies outside its proto source root %s" % (source.path, root))
    return source.path[len(prefix):]

def _in_package(source):
    """The path of a source file relative to its package."""
    package = _join(source.owner.workspace_root, source.owner.package)
    return source.path[len(package) + 1:] if package else source.path

def _join(*parts):
    """A path of those parts that are not empty."""
    return "/".join([part for part in parts if part])

def _cc_grpc_stubs_impl(ctx):
    headers = []
    sources = []
    repository_root = _join(ctx.bin_dir.path, ctx.label.workspace_root)
    own_root = _join(repository_root, ctx.label.package) + "/"
    for proto in ctx.attr.protos:
        info = proto[ProtoInfo]
        if proto.label.package != ctx.label.package:
            fail("%s: declare the stubs in the package of their proto files" % proto.label)
        root = info.proto_source_root

        # Not empty for a proto_library with strip_import_prefix: Bazel then lays its files under such a root.
        virtual = root[len(own_root):] + "/" if (root + "/").startswith(own_root) else ""
        outputs = []
        imports = []
        for source in info.direct_sources:
            import_path = _import_path(source, root)
            imports.append(import_path)

            # The same place, relative to the package, where cc_proto_library puts <proto>.pb.h.
            stem = (virtual + import_path if virtual else _in_package(source))[:-len(".proto")]
            header = ctx.actions.declare_file(stem + ".grpc.pb.h")
            code = ctx.actions.declare_file(stem + ".grpc.pb.cc")
            headers.append(header)
            sources.append(code)
            outputs += [header, code]

        args = ctx.actions.args()
        args.add("--plugin=protoc-gen-grpc=%s" % ctx.file._plugin.path)
        args.add("--grpc_out=%s" % (root if virtual else repository_root))
        args.add_all(info.transitive_proto_path, format_each = "-I%s")
        args.add_all(imports)
        ctx.actions.run(
            outputs = outputs,
            inputs = info.transitive_sources,
            tools = [ctx.file._plugin],
            executable = ctx.executable._protoc,
            arguments = [args],
            mnemonic = "GrpcStubs",
            progress_message = "Generating gRPC stubs of %s" % proto.label,
        )
    return [
        DefaultInfo(files = depset(headers + sources)),
        OutputGroupInfo(headers = depset(headers), sources = depset(sources)),
    ]

cc_grpc_stubs = rule(
    implementation = _cc_grpc_stubs_impl,
    doc = "Generates <proto>.grpc.pb.h and .cc for the direct sources of some proto_library targets.",
    attrs = {
        "protos": attr.label_list(
            doc = "The proto_library targets, all of this package.",
            mandatory = True,
            providers = [ProtoInfo],
        ),
        "_plugin": attr.label(
            allow_single_file = True,
            default = "@grpc//:bin/grpc_cpp_plugin",
        ),
        "_protoc": attr.label(
            cfg = "exec",
            default = "@com_google_protobuf//:protoc",
            executable = True,
        ),
    },
)
