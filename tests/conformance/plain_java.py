"""Compiles java/PlainPair.java against stubs made from proto/, and runs it. Everything is Debian's.

The server's address is in $STREAMPAIR_SERVER; run from the top of the tree.
"""

import glob
import os
import subprocess
import tempfile

import targets

JARS = ("grpc-api grpc-context grpc-core grpc-netty grpc-protobuf grpc-protobuf-lite grpc-stub protobuf guava failureaccess "
        "netty-buffer netty-codec netty-codec-http netty-codec-http2 netty-codec-socks netty-common netty-handler "
        "netty-handler-proxy netty-resolver netty-transport netty-transport-native-unix-common perfmark-api opencensus-api "
        "geronimo-annotation-1.3-spec").split()


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    classpath = ":".join(f"/usr/share/java/{jar}.jar" for jar in JARS)
    with tempfile.TemporaryDirectory() as scratch:
        made, classes = os.path.join(scratch, "made"), os.path.join(scratch, "classes")
        os.mkdir(made)
        subprocess.run(["protoc", "-Iproto", f"--java_out={made}", f"--grpc-java_out={made}",
                        "--plugin=protoc-gen-grpc-java=/usr/bin/grpc_java_plugin",
                        *glob.glob("proto/streampair/v1/*.proto")], check=True)
        sources = glob.glob(f"{made}/**/*.java", recursive=True) + [f"{folder}/java/PlainPair.java"]
        subprocess.run(["javac", "-nowarn", "-d", classes, "-cp", classpath, *sources], check=True)

        def run(port):
            result = subprocess.run(
                ["java", "-cp", f"{classes}:{classpath}", "PlainPair", os.environ["STREAMPAIR_SERVER"], "127.0.0.1",
                 str(port), "hello"], capture_output=True, timeout=60)
            print(result)
            return result

        good = run(targets.make("echo").port)
        assert good.returncode == 0 and good.stdout == b"hello"
        refused = run(targets.RefusedPort().port)
        assert refused.returncode == 1 and refused.stderr.startswith(b"1 0 111 ")


if __name__ == "__main__":
    main()
