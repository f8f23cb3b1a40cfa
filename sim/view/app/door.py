"""Who may come in: the names the page answers to, its path, its word, and how many at once."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from sim.errors import InputError, shorten

VISITORS = 40
MOST_VISITORS = 1000
SHORTEST_TOKEN = 6

_NETLOC = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?", re.ASCII)
_ROOT = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)


@dataclass(frozen=True)
class Door:
    """What is checked before anybody sees the page.

    Args:
        host: the address listened on.
        port: the port listened on.
        names: further names of this server, with a port or for any port (None).
        root_path: the path that a proxy gives the page, without a final slash.
        token: the word that visitors have to know; empty for none.
        visitors: how many may be here at once.
    """

    host: str = "127.0.0.1"
    port: int = 80
    names: frozenset[tuple[str, int | None]] = frozenset()
    root_path: str = ""
    token: str = field(default="", repr=False)
    visitors: int = VISITORS

    def allows(self, netloc: str, local: str, scheme: str = "http") -> bool:
        """Return whether `name:port` is this server, reached at its own address `local`.

        A page of another site that makes its name point here (DNS rebinding) sends its own name.
        """
        found = _NETLOC.fullmatch(netloc)
        if found is None:
            return False
        name = found[1].lower().rstrip(".")
        port = int(found[2]) if found[2] else {"http": 80, "https": 443}[scheme]
        if {(name, None), (name, port)} & self.names:
            return True
        return port == self.port and (name in self._own or _same_address(name, local))

    def allows_origin(self, origin: str, local: str) -> bool:
        """Return whether a page that was loaded from `origin` is a page of this server."""
        scheme, found, netloc = origin.partition("://")
        return bool(found) and scheme in ("http", "https") and self.allows(netloc, local, scheme)

    def knows(self, word: str) -> bool:
        """Return whether a visitor's word is the right one, in a time that tells nothing."""
        return hmac.compare_digest(_digest(word), _digest(self.token))

    @cached_property
    def key(self) -> str:
        """The cookie of those who knew the word; the same after a restart with the same word."""
        salt = b"the page of midnight"
        return hashlib.scrypt(_bytes(self.token), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()

    def knows_key(self, key: str) -> bool:
        """Return whether a visitor's cookie is the right one."""
        return hmac.compare_digest(_digest(key), _digest(self.key))

    @property
    def path(self) -> str:
        """The path of the page, and of its cookies."""
        return f"{self.root_path}/"

    @cached_property
    def _own(self) -> set[str]:
        found = {"localhost", "127.0.0.1", "[::1]"}
        if is_everywhere(self.host):
            return found | {socket.gethostname().lower()}
        return found | {f"[{self.host}]" if ":" in self.host else self.host.lower()}


def is_everywhere(host: str) -> bool:
    """Return whether an address means every address of this machine."""
    return host in ("0.0.0.0", "::", "")


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def names_of(words: Iterable[str]) -> frozenset[tuple[str, int | None]]:
    """Read the values of `--allow-host`.

    Raises:
        InputError: one is no name of a host.
    """
    names = set()
    for word in words:
        found = _NETLOC.fullmatch(word)
        if found is None:
            allowed = "a name, or NAME:PORT, as it stands in the browser's address after http://"
            raise InputError("--allow-host", f"got {shorten(word)}", allowed)
        names.add((found[1].lower().rstrip("."), int(found[2]) if found[2] else None))
    return frozenset(names)


def root_of(path: str) -> str:
    """Read the value of `--root-path`.

    Raises:
        InputError: it is no path.
    """
    root = path.rstrip("/")
    if not _ROOT.fullmatch(root) or {".", ".."} & set(root.split("/")):
        allowed = "a path such as /midnight: letters, digits, . _ ~ - between slashes"
        raise InputError("--root-path", f"got {shorten(path)}", allowed)
    return root


def token_of(word: str | None) -> str:
    """Read the value of `--token`.

    Raises:
        InputError: it is too short, or cannot be typed.
    """
    if word is None:
        return ""
    if len(word) < SHORTEST_TOKEN or len(word) > 200 or not word.isprintable():
        got = f"got {len(word)} characters"  # the word itself stays unsaid
        raise InputError("--token", got, f"{SHORTEST_TOKEN} to 200 characters that can be typed")
    return word


def _same_address(name: str, local: str) -> bool:
    try:
        one, other = (ipaddress.ip_address(text.strip("[]")) for text in (name, local))
    except ValueError:
        return False
    return one == (getattr(other, "ipv4_mapped", None) or other)


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def _digest(word: str) -> bytes:
    return hashlib.sha256(_bytes(word)).digest()  # of one length, whatever the word's
