"""The page's own routes: the page, its files, its websocket, and the word that a tab is closed.

Solara's server has more routes (a proxy for files of the network, statistics of the machine);
none of them is mounted here.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import Counter
from pathlib import Path
from uuid import uuid4

from solara.server import compress, kernel_context, server, settings, starlette
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from sim.errors import OutputError
from sim.view.app.door import Door
from sim.view.app.gate import RefusalError, cookies, sheet

CDN = "_solara/cdn"
WIDGETS = ("jupyter-vue", "jupyter-vuetify")
"""The extensions that the page's widgets need; others of the installation are not served."""

POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' ws://{host} wss://{host}; object-src 'none'; frame-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""Vue compiles the components' templates in the browser, and for that it needs `unsafe-eval`."""

SOCKETS = 4
"""Connections that one tab may have at once: one, and old ones while it connects again."""
SPARE = 4
"""Places over the limit for a tab that loads again, before its old place is free."""
BURST, RATE = 2000, 200.0
"""Messages that a tab may send at once, and a second after that; more of them wait."""

FULL = (
    "All places are taken: {visitors} pages of Midnight are open here. This page tries again by "
    "itself; whoever runs Midnight can allow more (--visitors)."
)
SENTENCES = {
    404: "There is nothing here.",
    405: "This cannot be done here.",
    401: "There is nothing here.",
}
_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_FILE = re.compile(r"(/[A-Za-z0-9@_+~-][A-Za-z0-9@._+~-]*)+", re.ASCII)
_NONCE = "@nonce@"


class Visitors:
    """Counts the open pages: those with a connection, and those that may still come back.

    Args:
        limit: how many there may be.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._open: Counter[str] = Counter()
        self._owners: dict[str, str] = {}  # of those that are open

    def has_room(self, session: str) -> bool:
        """Return whether one more page may be opened."""
        contexts = dict(kernel_context.contexts)
        mine = any(context.session_id == session for context in contexts.values())
        return len(contexts.keys() | self._open.keys()) < self.limit + SPARE * mine

    def enter(self, kernel: str, session: str) -> None:
        """Take a place for a connection.

        Raises:
            RefusalError: there is none, or the tab is another visitor's.
        """
        context = kernel_context.contexts.get(kernel)
        owner = self._owners.get(kernel, session) if context is None else context.session_id
        if owner != session:
            raise RefusalError(403, "That page belongs to somebody else.")
        known = kernel in kernel_context.contexts or kernel in self._open
        if self._open[kernel] >= SOCKETS or not (known or self.has_room(session)):
            raise RefusalError(503, FULL.format(visitors=self.limit))
        self._open[kernel] += 1
        self._owners[kernel] = session

    def leave(self, kernel: str) -> None:
        """Give the place of a connection back."""
        self._open[kernel] -= 1
        if not self._open[kernel]:
            del self._open[kernel], self._owners[kernel]


class Files(StaticFiles):
    """Files of one folder of the installation, as they are: read, and nothing else."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, compressed if the browser takes that."""
        asked = scope["path"][len(scope.get("root_path", "")) :]
        if not _FILE.fullmatch(asked) or len(asked) > 400:
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response = await compress.compress_file_response(response, scope)
        if scope["query_string"] or "@" in asked:  # named by its content or by its version
            response.headers["Cache-Control"] = "private, max-age=86400"
        return response


class Socket:
    """The websocket of a tab."""

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check who it is, and hand it to Solara until it ends."""
        kernel, session, _ = _who(scope)
        self.visitors.enter(kernel, session)
        try:
            await starlette.kernel_connection(WebSocket(scope, _paced(receive), send))
        finally:
            self.visitors.leave(kernel)


class Site:
    """The page and what belongs to it.

    Args:
        door: who may come in.
    """

    def __init__(self, door: Door) -> None:
        self.door, self.visitors = door, Visitors(door.visitors)
        self._html = ""

    def app(self) -> Starlette:
        """Return the ASGI application.

        Raises:
            OutputError: files of the page are missing.
        """
        found = Path(server.__file__).parent
        folders = {
            f"/{CDN}": settings.assets.proxy_cache_dir,
            "/static/assets": found / "assets",
            "/static": found / "static",
        }
        for name in WIDGETS:
            folder = server.nbextension_root(f"{name}/extension")
            folders[f"/jupyter/nbextensions/{name}"] = folder or found / name
        if missing := [str(folder) for folder in folders.values() if not Path(folder).is_dir()]:
            raise OutputError(f"the page needs {missing[0]}; `make setup` installs it")
        routes = [
            Route("/", self.page),
            Route("/readyz", _ready),
            Route("/_midnight/connection.js", _script),
            Route("/_solara/api/close/{kernel_id}", _close, methods=["POST"]),
            Route("/jupyter/api/kernels/{kernel_id}", _kernel),
            WebSocketRoute("/jupyter/api/kernels/{kernel_id}/channels", Socket(self.visitors)),
            *(Mount(path, Files(directory=folder)) for path, folder in folders.items()),
        ]
        handlers = {HTTPException: _sentence}
        app = Starlette(routes=routes, exception_handlers=handlers, lifespan=starlette.lifespan)
        app.router.redirect_slashes = False
        return app

    async def page(self, request: Request) -> Response:
        """Answer with the page, or with the word that there is no place."""
        session = cookies(request.scope).get(server.COOKIE_KEY_SESSION_ID, "")
        if not self.visitors.has_room(session):
            words = FULL.format(visitors=self.door.visitors)
            head = '<meta http-equiv="refresh" content="20">'
            return sheet(f"<p>{words}</p>", 503, head, **{"Retry-After": "20"})
        nonce = secrets.token_urlsafe(16)
        html = (await run_in_threadpool(self._page)).replace(_NONCE, nonce)
        response = HTMLResponse(html, headers={"Cache-Control": "no-store"})
        policy = POLICY.format(nonce=nonce, host=request.headers["host"])
        response.headers["Content-Security-Policy"] = policy
        if not _ID.fullmatch(session):
            name, path = server.COOKIE_KEY_SESSION_ID, self.door.path
            response.set_cookie(name, str(uuid4()), path=path, httponly=True, samesite="lax")
        return response

    def _page(self) -> str:
        """Return the page as Solara writes it, the same for all, with our script at its end."""
        if not self._html:
            html = server.read_root("/", self.door.root_path) or ""
            own = f'<script src="{self.door.root_path}/_midnight/connection.js"></script></html>'
            html = html.replace("</html>", own)
            self._html = re.sub(r"<script(?=[\s>])", f'<script nonce="{_NONCE}"', html)
        return self._html


def _who(scope: Scope) -> tuple[str, str, str]:
    """Return a tab's kernel, its visitor's session, and its own number.

    Raises:
        RefusalError: one of them is missing.
    """
    kernel = scope["path_params"]["kernel_id"]
    page = Request({**scope, "type": "http"}).query_params.get("session_id", "")
    session = cookies(scope).get(server.COOKIE_KEY_SESSION_ID, "")
    if not all(_ID.fullmatch(part) for part in (kernel, page, session)):
        raise RefusalError(400, "Open the page first.")
    return kernel, session, page


async def _close(request: Request) -> Response:
    """Give back at once what a closed tab had."""
    try:
        kernel, session, page = _who(request.scope)
    except RefusalError as refusal:
        return PlainTextResponse(f"{refusal.words}\n", refusal.status)
    context = kernel_context.contexts.get(kernel)
    if context is not None and context.session_id == session and page in context.page_status:
        await run_in_threadpool(context.page_close, page)
    return Response(status_code=204)


async def _kernel(request: Request) -> Response:
    """Say of every kernel that it is there: a tab asks this when it connects again."""
    kernel, headers = request.path_params["kernel_id"], {"Cache-Control": "no-store"}
    if not _ID.fullmatch(kernel):
        raise HTTPException(404)
    return JSONResponse({"id": kernel, "name": "midnight"}, headers=headers)


async def _ready(_request: Request) -> Response:
    return PlainTextResponse("yes\n", headers={"Cache-Control": "no-store"})


async def _script(_request: Request) -> Response:
    return FileResponse(Path(__file__).with_name("connection.js"), media_type="text/javascript")


async def _sentence(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    status = 404 if status == 401 else status
    return PlainTextResponse(f"{SENTENCES.get(status, SENTENCES[405])}\n", status)


def _paced(receive: Receive) -> Receive:
    """Return `receive`, which makes a hasty sender wait."""
    left, last = float(BURST), time.monotonic()

    async def wait() -> Message:
        nonlocal left, last
        message = await receive()
        now = time.monotonic()
        left, last = min(float(BURST), left + (now - last) * RATE) - 1, now
        if left < 0:
            await asyncio.sleep(-left / RATE)
        return message

    return wait
