"""A server of the page that is watched: what it asks the network for, and what it writes."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import platformdirs
from websockets.sync.client import ClientConnection, connect

# Told of everything that the process does, before any library is loaded.
WATCH = """
import sys
kept = open(sys.argv.pop(1), "a", buffering=1)
asks = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
changes = {"os.remove", "os.rmdir", "os.mkdir", "os.rename", "shutil.rmtree"}
def hook(event, args):
    inside = event in changes and str(args[0]).startswith(sys.prefix)
    if event in asks or (inside and "__pycache__" not in str(args[0])):
        kept.write(f"{event} {args!r}\\n")
sys.addaudithook(hook)
from sim.cli import main
main()
"""


@dataclass
class Served:
    """A running server.

    Attributes:
        url: where the page is.
        port: of it.
        process: of it.
        said: the lines it printed at the start.
        folder: its own; below it `home`, `tmp`, and the file of what the watch kept.
    """

    url: str
    port: int
    process: subprocess.Popen
    said: list[str]
    folder: Path

    def ask(self, method: str, target: str, headers: dict[str, str] | None = None, body: str = ""):
        """Return status, headers and body of an answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        line.request(method, target, body or None, headers or {})
        answer = line.getresponse()
        found = answer.status, dict(answer.headers.items()), answer.read().decode()
        line.close()
        return found

    def raw(self, request: bytes) -> bytes:
        """Return whatever the server sends after these bytes, until it closes the line."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(request)
            parts = []
            while part := line.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def enter(self, kernel: str = "", session: str = "", **headers: str) -> ClientConnection:
        """Open the websocket of a tab; its own number is that of its kernel."""
        kernel = kernel or str(uuid4())
        cookie = headers.pop("cookie", "")
        cookie += f"; solara-session-id={session or uuid4()}"
        target = f"{self.url.replace('http', 'ws', 1)}jupyter/api/kernels/{kernel}"
        sent = {"Origin": f"http://127.0.0.1:{self.port}", "Cookie": cookie} | headers
        return connect(f"{target}/channels?session_id={kernel}", additional_headers=sent)

    @property
    def asked(self) -> list[str]:
        """What it asked the network for, and changed in the installation."""
        lines = (self.folder / "watched").read_text(encoding="utf-8").splitlines()
        own = "socket.getaddrinfo ('127.0.0.1'", "socket.getaddrinfo ('0.0.0.0'"  # to listen
        return [line for line in lines if not line.startswith(own)]

    @property
    def complained(self) -> str:
        """What it wrote to the terminal besides its first lines."""
        return (self.folder / "errors").read_text(encoding="utf-8")

    def end(self, signal: int) -> tuple[int, float]:
        """Send a signal; return the exit code and the seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(signal)
        return self.process.wait(20), time.monotonic() - begun


def greet(line: ClientConnection) -> None:
    """Wait until the tab behind a websocket is known to Solara."""
    header = {"msg_type": "kernel_info_request", "msg_id": "1", "session": "1", "username": ""}
    header |= {"version": "5.3", "date": "2026-01-01T00:00:00Z"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}, "buffers": []}
    line.send(json.dumps(message | {"channel": "shell"}))
    line.recv(timeout=20)


@contextmanager
def watched(folder: Path, *arguments: str, **environment: str) -> Iterator[Served]:
    """Run `midnight app` on a free port, watched, with an empty home."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True)
    cache = Path(platformdirs.user_cache_dir())  # of compiled code: compiling takes a minute
    around = os.environ | {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
    around |= {"XDG_CACHE_HOME": str(cache)} | environment
    command = [sys.executable, "-c", WATCH, str(folder / "watched"), "app", "--port", "0"]
    with (folder / "errors").open("w") as errors:
        process = subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=errors, text=True, env=around
        )
    said = []
    try:
        while line := process.stdout.readline():
            said.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break
        url = said[0].split()[-1].split("?")[0]
        port = urlsplit(url).port
        yield Served(url.replace("localhost", "127.0.0.1"), port, process, said, folder)
    finally:
        process.kill()
        process.wait(20)
        process.stdout.close()


def installation() -> str:
    """Return a hash of the folders that the page is served from."""
    import solara.server

    found = hashlib.blake2b()
    package = Path(solara.server.__file__).parent
    for folder in (
        Path(sys.prefix) / "share" / "solara",
        Path(sys.prefix) / "share/jupyter",
        package,
    ):
        for path in sorted(folder.rglob("*")):
            if "__pycache__" not in path.parts:
                found.update(str(path).encode())
                found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()
