"""What is measured: ways from the load to the target, ours and those of others."""

import getpass
import json
import os
import resource
import shutil
import subprocess

from processes import free_port


class Way:
    """A way that stands: how the load connects, and the processes whose CPU it costs."""

    def __init__(self, via, address, processes, target=None, tls=False, program="load"):
        self.via = via
        self.address = address
        self.processes = processes
        self.target = target  # None: the plain one.
        self.tls = tls
        self.program = program  # What does the work.


class Starter:
    """Starts ways to the target. Each method is one way and is named after it."""

    def __init__(self, processes, folder, programs, target):
        self.processes = processes
        self.folder = folder
        self.programs = programs  # The folder with what Bazel built.
        self.target = target  # "127.0.0.1:PORT"
        self.target_port = target.rsplit(":", 1)[1]

    def available(self, name):
        needs = {"haproxy": "haproxy", "nginx": "nginx", "ssh_L": "sshd", "ssh_D": "sshd", "dante": "danted",
                 "microsocks": "microsocks", "channels_tls": "nginx", "stunnel": "stunnel4", "shadowsocks": "ss-server", "v2ray": "v2ray"}
        return name not in needs or self._program(needs[name]) is not None

    @staticmethod
    def _program(name):
        return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")

    def _file(self, name, text):
        path = self.processes.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def start(self, name, pinned):
        return getattr(self, name)(pinned)

    def _serving(self, name, command, port, via, pinned, more=()):
        process = self.processes.start(name, command, pinned)
        self.processes.await_port(process, port)
        return Way(via, f"127.0.0.1:{port}", [*more, process])

    def direct(self, _pinned):
        return Way("tcp", self.target, [])

    def raw_grpc(self, pinned):
        process, port = self.processes.start_printing_port(
            "grpc_peer", [os.path.join(self.programs, "benchmarks/load/grpc_peer")], pinned)
        return Way("grpc", f"127.0.0.1:{port}", [process])

    def _streampaird(self, via, pinned):
        ready = self.processes.path("ready.json")
        process = self.processes.start(
            "streampaird", [os.path.join(self.programs, "server/streampaird"), "--listen=127.0.0.1:0",
                            f"--ready-file={ready}", "--log-level=error", "--max-pairs=200000"], pinned)

        def address():
            if not os.path.exists(ready):
                return None
            with open(ready, encoding="utf-8") as file:
                return json.load(file)["listen"][0]
        return Way(via, self.processes.await_that(process, address), [process])

    def channels(self, pinned):
        return self._streampaird("channels", pinned)

    def channels_tls(self, pinned):
        """Pairs that speak TLS to the target; nginx takes it off again, and its CPU is not counted."""
        port = free_port()
        pem = self._certificate()
        config = self._file("nginx-tls.conf", f"""
{self._nginx_stream()}
daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 200000;
pid {self.folder}/nginx-tls.pid; error_log stderr error;
events {{ worker_connections 100000; }}
stream {{ server {{
  listen 127.0.0.1:{port} ssl backlog=65535; proxy_pass {self.target};
  ssl_certificate {pem}; ssl_certificate_key {pem}; ssl_protocols TLSv1.3;
  ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
}} }}
""")
        process = self.processes.start(
            "nginx-tls", [self._program("nginx"), "-p", self.folder, "-c", config], pinned)
        self.processes.await_port(process, port)
        way = self._streampaird("channels", pinned)
        return Way(way.via, way.address, way.processes, target=f"127.0.0.1:{port}", tls=True)

    def tls_loop(self, _pinned):
        return Way("", "", [], program="tls_loop")

    def rpcs(self, pinned):
        return self._streampaird("rpcs", pinned)

    def haproxy(self, pinned):
        port = free_port()
        config = self._file("haproxy.cfg", f"""
global
  nbthread 1
  maxconn {min(60000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2 - 100)}
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:{port} backlog 65535
  server target {self.target}
""")
        return self._serving("haproxy", [self._program("haproxy"), "-db", "-f", config], port, "tcp", pinned)

    @staticmethod
    def _nginx_stream():
        module = "/usr/lib/nginx/modules/ngx_stream_module.so"
        return f"load_module {module};" if os.path.exists(module) else ""

    def _certificate(self):
        """A file with a key and a certificate for it."""
        pem = os.path.join(self.folder, "bench.pem")
        if not os.path.exists(pem):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bench", "-days",
                            "30", "-keyout", pem, "-out", pem + ".crt"], check=True, capture_output=True)
            with open(pem, "a", encoding="utf-8") as key, open(pem + ".crt", encoding="utf-8") as certificate:
                key.write(certificate.read())
        return pem

    def nginx(self, pinned):
        port = free_port()
        config = self._file("nginx.conf", f"""
{self._nginx_stream()}
daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 200000;
pid {self.folder}/nginx.pid; error_log stderr error;
events {{ worker_connections 100000; }}
stream {{ server {{ listen 127.0.0.1:{port} backlog=65535; proxy_pass {self.target}; }} }}
""")
        return self._serving("nginx", [self._program("nginx"), "-p", self.folder, "-c", config], port, "tcp", pinned)

    def _sshd(self, pinned):
        folder = os.path.join(self.folder, "ssh")
        if not os.path.exists(folder):
            os.mkdir(folder, 0o700)
            for key in ("host", "user"):
                subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{key}"], check=True)
            shutil.copy(f"{folder}/user.pub", f"{folder}/authorized")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # Where sshd insists on living.
        port = free_port()
        config = self._file("sshd_config", f"""
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
MaxSessions 10000
""")
        process = self.processes.start("sshd", [self._program("sshd"), "-D", "-e", "-f", config], pinned)
        self.processes.await_port(process, port)
        return process, ["ssh", "-N", "-F", "none", "-p", str(port), "-i", f"{folder}/user", "-o", "BatchMode=yes",
                         "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={folder}/known",
                         "-c", "aes128-gcm@openssh.com"], f"{getpass.getuser()}@127.0.0.1"

    def ssh_L(self, pinned):  # pylint: disable=invalid-name
        daemon, command, host = self._sshd(pinned)
        port = free_port()
        return self._serving("ssh", [*command, "-L", f"127.0.0.1:{port}:{self.target}", host], port, "tcp", pinned,
                             [daemon])

    def ssh_D(self, pinned):  # pylint: disable=invalid-name
        daemon, command, host = self._sshd(pinned)
        port = free_port()
        return self._serving("ssh", [*command, "-D", f"127.0.0.1:{port}", host], port, "socks", pinned, [daemon])

    def dante(self, pinned):
        port = free_port()
        config = self._file("danted.conf", f"""
logoutput: stderr
internal: 127.0.0.1 port = {port}
external: lo
clientmethod: none
socksmethod: none
user.privileged: {getpass.getuser()}
user.unprivileged: {getpass.getuser()}
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
""")
        return self._serving("dante", [self._program("danted"), "-f", config, "-p", f"{self.folder}/dante.pid"], port,
                             "socks", pinned)

    def microsocks(self, pinned):
        port = free_port()
        return self._serving("microsocks", ["microsocks", "-i", "127.0.0.1", "-p", str(port)], port, "socks", pinned)

    def stunnel(self, pinned):
        pem = self._certificate()
        inner, outer = free_port(), free_port()
        common = "foreground = yes\npid =\nsslVersion = TLSv1.3\nciphersuites = TLS_AES_128_GCM_SHA256\n"
        server = self._file("stunnel-server.conf", f"{common}[bench]\naccept = 127.0.0.1:{inner}\n"
                            f"connect = {self.target}\ncert = {pem}\n")
        client = self._file("stunnel-client.conf", f"{common}client = yes\n[bench]\naccept = 127.0.0.1:{outer}\n"
                            f"connect = 127.0.0.1:{inner}\n")
        daemon = self.processes.start("stunnel-server", ["stunnel4", server], pinned)
        self.processes.await_port(daemon, inner)
        return self._serving("stunnel-client", ["stunnel4", client], outer, "tcp", pinned, [daemon])

    def shadowsocks(self, pinned):
        inner, outer = free_port(), free_port()
        config = self._file("shadowsocks.json", json.dumps({
            "server": "127.0.0.1", "server_port": inner, "local_address": "127.0.0.1", "local_port": outer,
            "password": "bench", "method": "aes-128-gcm", "timeout": 600}))
        daemon = self.processes.start("ss-server", ["ss-server", "-c", config], pinned)
        self.processes.await_port(daemon, inner)
        return self._serving("ss-local", ["ss-local", "-c", config], outer, "socks", pinned, [daemon])

    def v2ray(self, pinned):
        inner, outer = free_port(), free_port()
        user = "b831381d-6324-4d53-ad4f-8cda48b30811"
        server = self._file("v2ray-server.json", json.dumps({
            "log": {"loglevel": "error"},
            "inbounds": [{"port": inner, "listen": "127.0.0.1", "protocol": "vmess",
                          "settings": {"clients": [{"id": user}]}, "streamSettings": {"network": "ws"}}],
            "outbounds": [{"protocol": "freedom"}]}))
        client = self._file("v2ray-client.json", json.dumps({
            "log": {"loglevel": "error"},
            "inbounds": [{"port": outer, "listen": "127.0.0.1", "protocol": "socks"}],
            "outbounds": [{"protocol": "vmess", "streamSettings": {"network": "ws"},
                           "settings": {"vnext": [{"address": "127.0.0.1", "port": inner,
                                                   "users": [{"id": user, "security": "aes-128-gcm"}]}]}}]}))
        daemon = self.processes.start("v2ray-server", ["v2ray", "-config", server], pinned)
        self.processes.await_port(daemon, inner)
        return self._serving("v2ray-client", ["v2ray", "-config", client], outer, "socks", pinned, [daemon])
