"""Generates the code for the API while the package is built; everything else is in pyproject.toml."""

import pathlib
import shutil
import subprocess
import sys

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = pathlib.Path(__file__).resolve().parent


def proto_folder() -> pathlib.Path:
    """Beside us in a source archive, at the top of the tree in a clone."""
    for folder in (HERE / "proto", HERE.parents[1] / "proto"):
        if (folder / "streampair" / "v1").is_dir():
            return folder
    raise SystemExit("the proto files are missing: build from a whole clone, or from a source archive")


def generate(destination: pathlib.Path) -> None:
    protos = proto_folder()
    try:
        import grpc_tools  # noqa: F401
        protoc = [sys.executable, "-m", "grpc_tools.protoc"]
        protoc.append(f"-I{pathlib.Path(grpc_tools.__file__).parent / '_proto'}")
    except ImportError:
        program = shutil.which("protoc")
        if program is None:
            raise SystemExit("neither grpcio-tools nor protoc is installed") from None
        protoc = [program]
    destination.mkdir(parents=True, exist_ok=True)
    files = sorted(str(file) for file in (protos / "streampair" / "v1").glob("*.proto"))
    subprocess.run(
        [*protoc, f"-I{protos}", f"--python_out={destination}", f"--pyi_out={destination}", *files], check=True)
    (destination / "streampair" / "v1" / "__init__.py").write_text('"""The messages of the API, generated."""\n')


class BuildWithMessages(build_py):
    def run(self) -> None:
        super().run()
        generate(pathlib.Path(self.build_lib))


class ArchiveWithProtos(sdist):
    def make_release_tree(self, base_dir: str, files: "list[str]") -> None:
        super().make_release_tree(base_dir, files)
        shutil.copytree(proto_folder() / "streampair", pathlib.Path(base_dir) / "proto" / "streampair",
                        dirs_exist_ok=True, ignore=shutil.ignore_patterns("BUILD*"))


setup(cmdclass={"build_py": BuildWithMessages, "sdist": ArchiveWithProtos})
