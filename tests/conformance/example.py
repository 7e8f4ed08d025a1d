"""Runs the first program in a README literally, and looks at what it prints.

usage: example.py README PROGRAM [FOLDER]   PROGRAM: a Python, node, or go; FOLDER: the built package of the last two;
                                            for C++ PROGRAM is the built example, which is the README's by a test
The server's address is in $STREAMPAIR_SERVER. Two runs: to an HTTP server, and to a port where nobody listens.
"""

import http.server
import os
import re
import subprocess
import sys
import tempfile
import threading

PAGE = b"a page of this test\n"


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *args):
        pass


def command(readme, program, folder, scratch):
    """How to run the program of the README, and how it takes its target."""
    with open(readme, encoding="utf-8") as file:
        language, code = re.search(r"```(\w+)\n(.*?)```", file.read(), re.S).groups()
    if language == "go":
        place = os.path.join(folder, "example")
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, "main.go"), "w", encoding="utf-8") as file:
            file.write(code)
        binary = os.path.join(scratch, "example")
        subprocess.run([program, "build", "-o", binary, "./example"], cwd=folder, check=True)
        return [binary], lambda port: [f"localhost:{port}"]
    if language == "cpp":
        return [os.path.abspath(program), os.environ["STREAMPAIR_SERVER"]], lambda port: ["localhost", str(port)]
    if language == "js":
        os.makedirs(os.path.join(scratch, "node_modules"))
        os.symlink(folder, os.path.join(scratch, "node_modules", "streampair"))
    path = os.path.join(scratch, f"example.{'js' if language == 'js' else 'py'}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(code)
    return [program, path], lambda port: ["localhost", str(port)]


def main():
    readme, program, *folder = sys.argv[1:]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as scratch:
        run, target = command(readme, program, os.path.abspath(folder[0]) if folder else None, scratch)
        good = subprocess.run(run + target(server.server_address[1]), capture_output=True, timeout=60)
        print(good)
        assert good.returncode == 0 and good.stdout.endswith(PAGE)
        bad = subprocess.run(run + target(1), capture_output=True, timeout=60)
        print(bad)
        assert bad.returncode != 0 and b"ECONNREFUSED" in bad.stderr


if __name__ == "__main__":
    main()
