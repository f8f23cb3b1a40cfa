"""The gate: every request is checked here, before anything of the page sees it.

It answers to the server's own names only, lets no other site's page in, takes no header of a proxy
for true, asks for the word where there is one, and says no in one plain sentence.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sim.view.app.door import Door

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer that brings no other of that name."""

FORM_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
LONGEST_FORM = 2048
WRONG_WORD_RESTS = 1.0
"""Seconds that a wrong word waits for its answer; so nobody tries many."""
TRIES_AT_ONCE = 3

SHEET = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Midnight</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}<style>
body {{ font: 1rem/1.5 sans-serif; max-width: 28rem; margin: 4rem auto; padding: 0 1rem }}
input, button {{ font: inherit; padding: .4rem .6rem }}
</style></head><body><h1>Midnight</h1>{body}</body></html>
"""
ASKS = """<p>{words}</p><form method="post"><label>Word of passage
<input name="token" type="password" autocomplete="off" autofocus required></label>
<button>Enter</button></form>"""


class RefusalError(Exception):
    """A request that is not answered as it wishes.

    Attributes:
        status: of HTTP.
        words: the sentence that says why.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class Gate:
    """The ASGI application that stands before the page's.

    Args:
        app: the page's own routes.
        door: who may come in.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app, self.door = app, door
        self._tries: Counter[str] = Counter()
        self._cookie = f"midnight-word-{door.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and pass it on, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"].endswith("response.start"):
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check(scope)
            scope = self._inside(scope)
            response = await self._ask_word(scope, receive)
            if response is None:
                await self.app(scope, receive, answer)
            else:
                await respond(response, scope, receive, answer)
        except RefusalError as refusal:
            words = PlainTextResponse(f"{refusal.words}\n", refusal.status)
            await respond(words, scope, receive, answer)
        except Exception:  # whatever it is, the terminal stays quiet and the visitor gets a word
            logging.getLogger(__name__).exception("a request failed")
            if not begun:
                words = PlainTextResponse("This could not be answered.\n", 500)
                await respond(words, scope, receive, answer)

    def _check(self, scope: Scope) -> None:
        """Refuse who came by another name, or was sent by another site's page.

        Raises:
            RefusalError: then.
        """
        headers, local = Headers(scope=scope), (scope.get("server") or ("", 0))[0]
        if not self.door.allows(headers.get("host", ""), local):
            raise RefusalError(400, "This server does not answer to that name (see --allow-host).")
        socket = scope["type"] == "websocket"
        origin = headers.get("origin")
        if (socket and origin is None) or (
            origin is not None and not self.door.allows_origin(origin, local)
        ):
            raise RefusalError(403, "Only Midnight's own page may ask for this (see --allow-host).")
        opens_page = (
            scope.get("method") == "GET"
            and headers.get("sec-fetch-mode") == "navigate"
            and headers.get("sec-fetch-dest") == "document"
        )
        site = headers.get("sec-fetch-site", "none")
        if site not in ("none", "same-origin") and not opens_page:
            raise RefusalError(403, "Another site's page may not use this.")
        if not socket and scope["method"] not in ("GET", "HEAD", "POST"):
            raise RefusalError(405, "This server shows a page, and nothing else can be done here.")

    def _inside(self, scope: Scope) -> Scope:
        """Return a scope without the proxy's path and without what a stranger says of a proxy."""
        root, path = self.door.root_path, scope["path"]
        if root and path.startswith(f"{root}/"):
            path = path[len(root) :]
        claims = (b"x-script-name", b"script-name", b"forwarded")
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name not in claims and not name.startswith(b"x-forwarded-")
        ]
        return {
            **scope,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "headers": headers,
        }

    async def _ask_word(self, scope: Scope, receive: Receive) -> Response | None:
        """Return what is answered instead of the page to those who do not know the word."""
        path = scope["path"]
        if scope["type"] == "http" and self.door.root_path and path == self.door.root_path:
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"{self.door.path}{f'?{query}' if query else ''}", 307)
        if not self.door.token or path == "/readyz":
            return None
        form = scope["type"] == "http" and path == "/"
        if form and (scope["method"] == "POST" or b"token=" in scope["query_string"]):
            return await self._hear(scope, receive)
        if self.door.knows_key(cookies(scope).get(self._cookie, "")):
            return None
        if form:
            return _form("This page asks for a word, which whoever runs Midnight knows.")
        raise RefusalError(401, "This needs the word of passage; open the page first.")

    async def _hear(self, scope: Scope, receive: Receive) -> Response:
        """Listen to a word: the right one gets a cookie, a wrong one waits."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        words = [value for name, value in query if name == "token"]
        if scope["method"] == "POST":
            body = (await _body(scope, receive)).decode("utf-8", "replace")
            words = [value for name, value in parse_qsl(body) if name == "token"]
        client = (scope.get("client") or ("", 0))[0]
        if self._tries[client] >= TRIES_AT_ONCE:
            return _form("Too many words at once; wait a moment.", 429)
        if not words or not self.door.knows(words[-1]):
            self._tries[client] += 1
            try:
                await asyncio.sleep(WRONG_WORD_RESTS)
            finally:
                self._tries[client] -= 1
                self._tries += Counter()  # forgets those who wait no more
            return _form("That is not the word.", 401)
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        response = RedirectResponse(f"{self.door.path}{f'?{rest}' if rest else ''}", 303)
        response.set_cookie(
            self._cookie, self.door.key, path=self.door.path, httponly=True, samesite="lax"
        )
        return response


async def respond(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response, also to a websocket that is not open yet."""
    response.headers.setdefault("Cache-Control", "no-store")
    if scope["type"] == "websocket" and "websocket.http.response" not in scope["extensions"]:
        await send({"type": "websocket.close", "code": 1008})
    else:
        await response(scope, receive, send)


def sheet(body: str, status: int, head: str = "", **headers: str) -> Response:
    """Return a small page of words; `body` and `head` are HTML."""
    found = HTMLResponse(SHEET.format(body=body, head=head), status, headers)
    found.headers["Content-Security-Policy"] = FORM_POLICY
    return found


def cookies(scope: Scope) -> dict[str, str]:
    """Return the cookies that a request brings."""
    found: SimpleCookie = SimpleCookie()
    for part in Headers(scope=scope).get("cookie", "").split(";"):
        try:
            found.load(part.strip())
        except CookieError:
            continue  # another program's, of the same host
    return {name: morsel.value for name, morsel in found.items()}


async def _body(scope: Scope, receive: Receive) -> bytes:
    """Return the body of a small form.

    Raises:
        RefusalError: it is not small.
    """
    body: Any = b""
    async for part in Request(scope, receive).stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise RefusalError(413, "That is too long for a word.")
    return body


def _form(words: str, status: int = 401) -> Response:
    return sheet(ASKS.format(words=words), status)
