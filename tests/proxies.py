"""Sends spoofed headers through the proxies as `deploy/` configures them, and looks at what arrives behind them. Looks besides at
what the proxies say by themselves: TRACE, plain HTTP, errors, logs.

python3 tests/proxies.py FOLDER, where FOLDER is empty. Needs nginx and Apache; starts both on free ports of this machine, with
the shipped files but for addresses, TLS, and the sign-on, whose place a cookie and a password take.
"""

import base64
import hashlib
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

HOST = "chatdku.dukekunshan.edu.cn"
SECRET = "what only the proxy knows"
NETID, NAME = "ab123", "Somebody"

# One request each, besides what makes it one of somebody who is signed on.
ATTACKS = [
    ["UID: boss"], ["uid: boss"], ["Uid: boss", "UID: chief"], ["UID_: boss"], ["_UID: boss"], ["U_ID: boss"], ["U-ID: boss"],
    ["UI_D: boss"], ["-UID: boss"], ["UID-: boss"], ["U--I_D: boss"], ["UID.: boss"],
    ["X-DisplayName: Boss"], ["x-displayname: Boss", "X-DisplayName: Chief"], ["X_DisplayName: Boss"], ["X-Display-Name: Boss"],
    ["XDisplayName: Boss"],
    ["X-EPPN: boss@example.edu"], ["x-eppn: a@b", "X-EPPN: c@d"], ["X_EPPN: a@b"], ["XEPPN: a@b"], ["eppn: a@b"],
    ["X-Proxy-Auth: guess"], ["X_Proxy_Auth: guess"], ["x-proxy-auth: a", "X-Proxy-Auth: b"],
    ["X-Forwarded-For: 192.0.2.1"], ["X-Forwarded-For: 192.0.2.1", "x-forwarded-for: 192.0.2.2"], ["X_Forwarded_For: 192.0.2.1"],
    ["X-Real-IP: 192.0.2.1"], ["Forwarded: for=192.0.2.1;host=elsewhere.example"], ["X-Forwarded-Host: elsewhere.example"],
    ["X-Forwarded-Proto: gopher"], ["X-Forwarded-Server: elsewhere.example"],
    ["Remote-User: boss"], ["REMOTE_USER: boss"], ["X-HTTP-Method-Override: DELETE"], ["X-Original-URL: /metrics"],
    ["Connection: close, UID"], ["Connection: close, X-Proxy-Auth, UID, X-DisplayName"], ["Connection: close, X-Forwarded-For"],
    ["Connection: close", "Connection: UID, X-Proxy-Auth"], ["Proxy-Connection: UID"], ["TE: trailers", "Trailer: UID"],
    ["UID : boss"], ["UID\t: boss"], ["X-Junk: a", "\tUID: boss"], ["UID:", " boss"], ["X-Junk: a\nUID: boss"],
    ["X-Junk: a\rUID: boss"], ["X-Junk: a\x00", "UID: boss"], ["\x0bUID: boss"], ["UID\xa0: boss"],
]  # fmt: skip

# What may arrive under these names, and nothing else; a name is compared by its letters and digits alone.
EXPECTED = {
    "UID": {NETID},
    "X-DisplayName": {NAME},
    "X-Proxy-Auth": {SECRET},
    "X-Forwarded-For": {"127.0.0.1"},
    "X-Forwarded-Proto": {"http", "https"},
    "X-Forwarded-Host": {HOST},
    "X-Forwarded-Server": {HOST},
    "X-EPPN": set(), "EPPN": set(), "Forwarded": set(), "X-Real-IP": set(), "Remote-User": set(), "Authorization": set(),
    "X-HTTP-Method-Override": set(), "X-Original-URL": set(),
}  # fmt: skip
# What is to be on every answer, whoever gives it.
GUARDS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
NEEDED = {"UID", "X-DisplayName", "X-Proxy-Auth", "X-Forwarded-For"}


def bare(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


BY_BARE_NAME = {bare(name): name for name in EXPECTED}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Program(Quiet):
    """Stands for the program: says what has reached it. It is the program's answers that have an id."""

    def do_GET(self):
        if self.path == "/api/broken":
            self.close_connection = True
            return
        status = 503 if self.path == "/api/full" else 200
        own = [("X-Request-Id", "0123456789ab"), ("Content-Type", "text/plain"), *GUARDS.items()]
        self.answer(status, own, json.dumps({"arrived": self.headers.items()}).encode())

    do_TRACE = do_GET


class SignOn(Quiet):
    """Stands for the sign-on that nginx asks."""

    def do_GET(self):
        if "who=" + NETID in self.headers.get("Cookie", ""):
            self.answer(200, [("X-Signon-Uid", NETID), ("X-Signon-Name", NAME)])
        else:
            self.answer(401)


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def shipped(path, changes):
    """A file of `deploy/` with `changes`, each of which has to have something to change."""
    with open(os.path.join(os.path.dirname(__file__), "..", "deploy", path), encoding="utf-8") as file:
        text = file.read()
    for pattern, by in changes:
        text, count = re.subn(pattern, by, text, flags=re.MULTILINE)
        assert count, f"{path} has nothing like {pattern}"
    return text


def written(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def nginx(folder, port, plain, program):
    secret = written(folder, "nginx.secret", f'set $chatdku_proxy_secret "{SECRET}";')
    site = shipped("nginx/chatdku.conf", [
        (r"127\.0\.0\.1:800[01]", f"127.0.0.1:{program}"),
        (r"127\.0\.0\.1:8090", f"127.0.0.1:{serve(SignOn)}"),
        (r"^ +listen \[::\].*$", ""),
        (r"listen 80 default_server", f"listen 127.0.0.1:{plain}"),
        (r"/var/log/nginx/", f"{folder}/"),
        (r"listen 443 ssl http2( default_server)?;", f"listen 127.0.0.1:{port};"),
        (r"^ +ssl_.*$", ""),
        (r"/etc/nginx/chatdku\.secret", secret),
    ])  # fmt: skip
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    return ["nginx", "-p", folder, "-c", written(
        folder, "nginx.conf",
        f"daemon off; {user} worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;"
        f"events {{}} http {{ access_log off; {places}\n{site} }}",
    )]  # fmt: skip


def apache(folder, port, plain, program):
    secret = written(folder, "apache.secret", f'RequestHeader set X-Proxy-Auth "{SECRET}"')
    password = base64.b64encode(hashlib.sha1(b"password").digest()).decode()
    users = written(folder, "users", f"{NETID}:{{SHA}}{password}\n")
    # In fixups, as mod_shib sets its attributes.
    sign_on = f'AuthType Basic\nAuthName x\nAuthUserFile {users}\nSetEnv uid {NETID}\nSetEnv displayName "{NAME}"'
    site = shipped("apache/chatdku.conf", [
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{program}"),
        (r"^.*127\.0\.0\.1:8001.*$", ""),
        (r"\*:80>", f"127.0.0.1:{plain}>"),
        (r"\*:443>", f"127.0.0.1:{port}>"),
        (r"^ +SSL.*$", ""),
        (r"^ +(ShibRequestSetting|ShibUseHeaders|SetHandler shib).*$", ""),
        (r"handshake=10 ", ""),
        (r"Require shib-session", "Require valid-user"),
        (r"AuthType shibboleth", sign_on),
        (r"/etc/apache2/chatdku\.secret", secret),
    ])  # fmt: skip
    modules = (
        "mpm_event alias authn_core authn_file auth_basic authz_core authz_host authz_user env headers lbmethod_byrequests proxy "
        "proxy_balancer proxy_http reqtimeout rewrite setenvif slotmem_shm"
    )
    loaded = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in modules.split())
    return ["apache2", "-DFOREGROUND", "-f", written(
        folder, "apache.conf",
        f"ServerRoot {folder}\nDefine APACHE_LOG_DIR {folder}\nPidFile {folder}/apache.pid\nErrorLog {folder}/apache.log\n"
        f"ServerName localhost\nMutex file:{folder} default\nListen 127.0.0.1:{port}\nListen 127.0.0.1:{plain}\nUser www-data\nGroup www-data\n{loaded}\n{site}",
    )]  # fmt: skip


def asked(port, headers, path="/api/c"):
    """The status of the answer, and the headers that reached the program, if any did."""
    status, _, body = answered(port, headers, path)
    return status, json.loads(body)["arrived"] if body.startswith(b'{"arrived"') else None


def answered(port, headers, path="/api/c", method="GET"):
    """An answer: its status, its headers by their names in lower case, its body."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", *headers]
    if not any(line.lower().startswith("connection") for line in headers):
        lines.append("Connection: close")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        answer = b""
        while not (b"\r\n\r\n" in answer and complete(answer)):
            more = connection.recv(65536)
            if not more:
                break
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = {}
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip())
    return int(head.split()[1]), fields, body


def complete(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(length) and len(body) >= int(length[1])


def faults(arrived, needed):
    found, seen = [], set()
    for name, value in arrived:
        known = BY_BARE_NAME.get(bare(name))
        if known is None:
            continue
        if name.lower() != known.lower() or value not in EXPECTED[known] or known in seen:
            found.append(f"{name}: {value}")
        seen.add(known)
    return found + [f"{name} is missing" for name in needed - seen]


def check(proxy, port, credentials):
    bad = []
    status, arrived = asked(port, [credentials])
    if status != 200 or arrived is None or faults(arrived, NEEDED):
        bad.append(f"{proxy}: somebody who is signed on: {status} {arrived and faults(arrived, NEEDED)}")
    for attack in ATTACKS:
        _, arrived = asked(port, [*attack, credentials])
        if arrived is not None and faults(arrived, NEEDED):
            bad.append(f"{proxy}: {attack} of somebody who is signed on: {faults(arrived, NEEDED)}")
        status, arrived = asked(port, attack)
        if arrived is not None or status not in (400, 401, 403):
            bad.append(f"{proxy}: {attack} of nobody reached the program: {status}")
        # Where nobody has to be signed on.
        for path in ("/static/site.css", "/healthz"):
            _, arrived = asked(port, attack, path)
            if arrived is not None and faults(arrived, set()):
                bad.append(f"{proxy}: {attack} at {path}: {faults(arrived, set())}")
    return bad


def own_answers(proxy, port, plain, credentials, folder):
    """What is wrong with what a proxy says by itself."""
    bad = []

    def expect(what, wrong):
        if wrong:
            bad.append(f"{proxy}: {what}: {wrong}")

    for path in ("/", "/api/c", "/static/site.css"):
        status, _, body = answered(port, [credentials], path, "TRACE")
        expect(f"TRACE {path}", status != 405 or b"arrived" in body or SECRET.encode() in body)
    for path in ("/api/c", "/api/c?q=canary", "/user", "/user_files/1", "/chat", "/metrics"):
        status, _, _ = answered(plain, [], path)
        expect(f"plain HTTP, {path}", status != 403 and status)
    status, fields, _ = answered(plain, [], "/c/1?q=a")
    expect("plain HTTP, a page", (status, fields.get("location")) != (301, [f"https://{HOST}/c/1?q=a"]) and (status, fields))
    large = [credentials, "Content-Type: application/json", "Content-Length: 99999999"]
    for what, wanted, content, answer in (
        ("nobody", 401, None, answered(port, [])),
        ("too large", 413, "application/json", answered(port, large, method="POST")),
        ("an instance that breaks off", None, "application/json", answered(port, [credentials], "/api/broken")),
        ("an instance that says 503", 503, "text/plain", answered(port, [credentials], "/api/full")),
        ("the program", 200, "text/plain", answered(port, [credentials], "/api/c?q=canary")),
    ):
        status, fields, _ = answer
        expect(what, status not in ([wanted] if wanted else [502, 503]) and status)
        expect(what, content and fields.get("content-type") != [content] and fields.get("content-type"))
        for name, value in GUARDS.items():
            expect(f"{what}, {name}", fields.get(name.lower()) != [value] and (fields.get(name.lower()) or "missing"))
    with open(os.path.join(folder, "chatdku-access.log"), encoding="utf-8") as log:
        lines = log.read()
    expect("the log has no requests", "/api/c" not in lines)
    expect("the log", [word for word in ("canary", "127.0.0.1", NETID, "?") if word in lines])
    return bad


def started(command, port):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    process.terminate()
    sys.exit(f"{command[0]} does not start")


def main(folder):
    program = serve(Program)
    bad = []
    for proxy, make, credentials in (
        ("nginx", nginx, f"Cookie: who={NETID}"),
        ("Apache", apache, "Authorization: Basic " + base64.b64encode(f"{NETID}:password".encode()).decode()),
    ):
        port, plain = free_port(), free_port()
        process = started(make(folder, port, plain, program), port)
        try:
            bad += check(proxy, port, credentials)
            bad += own_answers(proxy, port, plain, credentials, folder)
            os.remove(os.path.join(folder, "chatdku-access.log"))
        finally:
            process.terminate()
            process.wait()
    print("\n".join(bad) or f"{len(ATTACKS)} kinds of spoofed headers, through nginx and Apache: none arrived; what these say by themselves is guarded")
    sys.exit(bool(bad))


main(sys.argv[1])
