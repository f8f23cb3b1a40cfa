"""The server of the page: on this machine only unless told otherwise, and nothing from outside."""

from __future__ import annotations

import os
import socket
import threading
import warnings
import webbrowser
from urllib.parse import quote

from sim.errors import InputError, OutputError, shorten

SETTINGS = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    # Whatever were missing on this machine is then missing, and never asked for elsewhere.
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9",
    # A visitor whose connection is lost may come back for so long; then the memory is given back.
    "SOLARA_KERNEL_CULL_TIMEOUT": "5m",
    "SOLARA_SESSION_SAME_SITE": "lax",
    "SOLARA_SESSION_HTTPS_ONLY": "False",
    "SOLARA_MODE": "production",
    "SOLARA_CHECK_HOOKS": "off",  # Mesa's own components do not pass Solara's check
}
PAGE = "sim.view.app.page"


def serve(host: str, port: int, query: str = "", open_browser: bool = True) -> None:
    """Serve the page until interrupted.

    Args:
        host: address to listen on; 127.0.0.1 is this machine alone.
        port: 0 for any that is free.
        query: of the view that the browser is opened with.
        open_browser: whether to open one.

    Raises:
        InputError: the address or port is not to be had.
        OutputError: a part of the server is missing.
    """
    os.environ.update(SETTINGS)
    os.environ["SOLARA_APP"] = PAGE
    warnings.filterwarnings("ignore", module="solara")  # about https and cookies: this is one's own
    sock = _listen(host, port)
    try:
        import uvicorn
        from solara.server import starlette
    except ImportError as error:
        raise OutputError(f"the page needs {error.name}; `make setup` installs it") from None
    from sim.view.app.worlds import Pace

    _warm()
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{sock.getsockname()[1]}/"
    url += f"?{query}" if query else ""
    config = uvicorn.Config(starlette.app, log_level="warning", access_log=False, loop="asyncio")
    server = uvicorn.Server(config)
    print(f"Midnight is at {url}", flush=True)
    if host not in ("127.0.0.1", "localhost", "::1"):
        print(f"  and open to whoever can reach {host} on the network", flush=True)
    print("Ctrl-C ends it.", flush=True)
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [url]).start()
    try:
        server.run(sockets=[sock])
    except KeyboardInterrupt:
        pass
    finally:
        for pace in list(Pace.everyone):
            pace.leave()


def query_of(scenario: str, seed: int) -> str:
    """Return the query of the view to start with, and make it that of a bare address.

    Raises:
        InputError: the scenario cannot be used.
    """
    from sim.view.app import address
    from sim.view.app.worlds import Worlds

    address.START = address.View(scenario=scenario, seed=seed)
    Worlds(scenario, seed)  # whatever is wrong with it is told here, not in the browser
    return f"scenario={quote(scenario)}&seed={seed}"


def port_of(text: str) -> int:
    """Return the port that was asked for.

    Raises:
        InputError: it is none.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > 5 or int(text) > 65535:
        raise InputError("--port", f"got {shorten(text)}", "0 to 65535; 0 takes any that is free")
    return int(text)


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        InputError: the address or port is not to be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        where = "--port" if error.errno in (13, 98) else "--host"
        got = f"cannot listen on {host}:{port} ({error.strerror})"
        remedy = "take another; --port 0 takes any that is free"
        if where == "--host":
            remedy = "an address of this machine; 127.0.0.1 always is one"
        raise InputError(where, got, "", remedy) from None
    return sock


def _warm() -> None:
    """Compile the model before the first visitor comes."""
    from sim.view.app import address
    from sim.view.app.band import band
    from sim.view.app.worlds import Worlds

    band(Worlds(**address.START.parameters(), week=1).resolved)
