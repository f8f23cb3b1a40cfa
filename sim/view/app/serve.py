"""The server of the page: on this machine only unless told otherwise, and nothing from outside."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import warnings
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import platformdirs

from sim.errors import InputError
from sim.view.app.door import Door, is_everywhere, is_loopback

SETTINGS = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    # Solara's proxy fetches files of the network: `site` serves the installed ones instead.
    "SOLARA_ASSETS_PROXY": "False",
    # A visitor whose connection is lost may come back for so long; then the memory is given back.
    "SOLARA_KERNEL_CULL_TIMEOUT": "30s",
    # The address holds the view: a page that finds a new server shows its view again.
    "SOLARA_STATE_AUTO_REMOUNT": "True",
    "SOLARA_THEME_FORCE_REFRESH": "True",
    "SOLARA_SESSION_SAME_SITE": "lax",
    "SOLARA_SESSION_HTTPS_ONLY": "False",
    "SOLARA_SESSION_HTTP_ONLY": "True",
    "SOLARA_MODE": "production",
    "SOLARA_CHECK_HOOKS": "off",  # Mesa's own components do not pass Solara's check
}
PAGE = "sim.view.app.page"
PING, PATIENCE = 10.0, 15.0
"""Seconds between two questions whether a tab is still there, and to wait for its answer."""
LARGEST_MESSAGE = 2**18
LAST_SECONDS = 3.0
"""Whatever still works so long after the end was asked for is left alone."""


def serve(
    host: str, port: int, query: str = "", open_browser: bool = True, door: Door | None = None
) -> None:
    """Serve the page until interrupted; the process ends within seconds after that.

    Args:
        host: address to listen on; 127.0.0.1 is this machine alone.
        port: 0 for any that is free.
        query: of the view that the browser is opened with.
        open_browser: whether to open one.
        door: who may come in; its host and port are filled in here.

    Raises:
        InputError: the address or port is not to be had.
    """
    door = door or Door()
    with _ending() as code, _own_folder() as folder:
        _settle(folder, door.root_path)
        sock = _listen(host, port)
        door = replace(door, host=host, port=sock.getsockname()[1])
        import uvicorn

        from sim.view.app import listener
        from sim.view.app.gate import Gate
        from sim.view.app.site import Site
        from sim.view.app.worlds import Pace

        _warm()
        config = uvicorn.Config(
            Gate(Site(door).app(), door),
            http=listener.Connection,
            ws=listener.Tab,
            loop="asyncio",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            ws_max_size=LARGEST_MESSAGE,
            ws_ping_interval=PING,
            ws_ping_timeout=PATIENCE,
            timeout_graceful_shutdown=1,
        )

        def listening() -> None:
            url = _tell(door, query)
            if open_browser:
                threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()

        try:
            listener.Server(config, listening).run(sockets=[sock])
        finally:
            _leave_soon(folder, code)
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


def _tell(door: Door, query: str) -> str:
    """Print where the page is and who can reach it; return the address to open here.

    It is without the word: a browser's arguments can be read by every user of the machine.
    """
    local, token = _url("127.0.0.1" if is_everywhere(door.host) else door.host, door), ""
    if door.token:
        token = f"token={quote(door.token, safe='')}"
    words = "&".join(part for part in (query, token) if part)
    url = f"{local}?{words}" if words else local
    lines = [f"Midnight is at {url}"]
    if not is_loopback(door.host):
        lines.append("Open to everybody who can reach this machine on the network, unencrypted.")
        address = _reached_at(door.host)
        if address:
            lines.append(f"  On another machine, type {_url(address, door)}")
        else:
            lines.append("  On another machine, type this one's address instead of 127.0.0.1.")
        if door.token:
            lines.append(f"  They are asked for the word of passage: {door.token}")
        else:
            lines.append("  Nobody is asked for a word; --token WORD asks for one.")
        lines.append("  They can change what is shown to them, and read or write no files.")
    if door.root_path:
        lines.append(f"Behind a proxy it is the path {door.path}")
    print("\n".join([*lines, "Ctrl-C ends it."]), flush=True)
    return f"{local}?{query}" if query else local


def _url(address: str, door: Door) -> str:
    return f"http://{f'[{address}]' if ':' in address else address}:{door.port}{door.path}"


def _reached_at(host: str) -> str:
    """Return the address by which other machines reach this one, or nothing."""
    if not is_everywhere(host):
        return host
    family, far = (socket.AF_INET6, "2001:db8::1") if ":" in host else (socket.AF_INET, "192.0.2.1")
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((far, 9))  # nothing is sent: it only finds the way out
            return sock.getsockname()[0]
    except OSError:
        return ""


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
        sock.listen(128)
    except (OSError, UnicodeError) as error:
        where = "--port" if getattr(error, "errno", 0) in (13, 98) else "--host"
        said = getattr(error, "strerror", None) or "no address"
        got = f"cannot listen on {host}:{port} ({said})"
        remedy = "take another; --port 0 takes any that is free"
        if where == "--host":
            remedy = "an address of this machine; 127.0.0.1 always is one"
        raise InputError(where, got, "", remedy) from None
    return sock


def _settle(folder: str, root_path: str) -> None:
    """Set the libraries up: they keep their files in `folder`, and keep quiet.

    MIDNIGHT_TRACEBACK in the environment lets them speak.
    """
    for name in [name for name in os.environ if name.upper().startswith("SOLARA_")]:
        del os.environ[name]  # settings of another Solara program
    os.environ.update(SETTINGS)
    os.environ["SOLARA_APP"] = PAGE
    os.environ["SOLARA_ASSETS_CDN"] = f"{root_path}/_solara/cdn"
    os.environ["SOLARA_HOME"] = os.environ["IPYTHONDIR"] = folder
    for part in ("CONFIG", "DATA", "RUNTIME"):
        os.environ[f"JUPYTER_{part}_DIR"] = folder
    os.environ.setdefault("MPLCONFIGDIR", _fonts(folder))
    if not os.environ.get("MIDNIGHT_TRACEBACK"):
        warnings.simplefilter("ignore")
        logging.getLogger().addHandler(logging.NullHandler())
        threading.excepthook = lambda _unraised: None
        sys.unraisablehook = lambda _unraised: None


def _fonts(folder: str) -> str:
    """Return where Matplotlib keeps its list of fonts, which takes seconds to make."""
    fonts = Path(platformdirs.user_cache_dir("midnight")) / "matplotlib"
    with suppress(OSError):
        fonts.mkdir(parents=True, exist_ok=True)
        if os.access(fonts, os.W_OK):
            return str(fonts)
    return folder


@contextmanager
def _own_folder() -> Iterator[str]:
    """Give a folder for the files of libraries, which goes with the process."""
    with tempfile.TemporaryDirectory(prefix="midnight-app-", ignore_cleanup_errors=True) as folder:
        yield folder


@contextmanager
def _ending() -> Iterator[list[int]]:
    """End quietly: at Ctrl-C with exit code 0, at a signal to end with 128 and its number.

    Gives a list that holds the exit code once it is known.
    """
    code: list[int] = []

    def end(number: int, _frame: object) -> None:
        code.append(128 + number)
        raise SystemExit(128 + number)

    names = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    heard = [name for name in names if signal.getsignal(name) is not signal.SIG_IGN]  # nohup
    before = {name: signal.signal(name, end) for name in heard}
    try:
        yield code
    except KeyboardInterrupt:
        pass
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _leave_soon(folder: str, code: list[int]) -> None:
    """See to it that the process ends, whatever a thread of a library still does."""

    def leave() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(code[0] if code else 0)

    timer = threading.Timer(LAST_SECONDS, leave)
    timer.daemon = True
    timer.start()


def _warm() -> None:
    """Compile the model before the first visitor comes."""
    from sim.view.app import address
    from sim.view.app.band import band
    from sim.view.app.worlds import Worlds

    band(Worlds(**address.START.parameters(), week=1).resolved)
