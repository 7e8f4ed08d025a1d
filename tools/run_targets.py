"""Two targets for a first pair, for tools/run: an HTTP server, and a port that refuses.

Writes {"http": PORT, "refused": PORT} to the given file, and serves until it is ended. The refusing port is bound
and not listened on, so that nobody else can take it meanwhile.

usage: python3 tools/run_targets.py FILE
"""

import http.server
import json
import os
import socket
import sys

PAGE = b"These bytes came through a pair of streams.\n"


class Page(http.server.BaseHTTPRequestHandler):
    """Answers every GET with the one page, and writes no log."""

    def do_GET(self):  # The name is http.server's.
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments):
        pass


def main(path):
    refusing = socket.socket()
    refusing.bind(("127.0.0.1", 0))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    # Written beside and renamed, so that whoever waits for the file reads all of it.
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump({"http": server.server_port, "refused": refusing.getsockname()[1]}, file)
    os.rename(path + ".part", path)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
