"""The page's server before people who mean harm: nothing is reached, changed or told."""

from __future__ import annotations

import random
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus

from sim.view.app.listener import CONNECTIONS

from .serving import Served, greet, installation, watched

APP = "@widgetti/solara-vuetify-app@10.1.1"
HALF_SENT = (
    b"",
    b"GET / HT",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
    b"POST /?token HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 100\r\n\r\nx",
    b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 9\r\n\r\n",
)
OPENED = """
import sys, urllib.request
from pathlib import Path
answer = urllib.request.urlopen(sys.argv[2], timeout=20)
Path(sys.argv[1]).write_text(str(answer.status))
"""
WORD, ROOT = "пароль rosebud", "/midnight"


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Iterator[Served]:
    """Serve as by default; the browser that it opens only notes the answer."""
    folder = tmp_path_factory.mktemp("page")
    script = folder / "browser.py"
    script.write_text(OPENED)
    browser = f"{sys.executable} {script} {folder / 'opened'} %s"
    with watched(folder, BROWSER=browser, DISPLAY=":9") as served:
        yield served


@pytest.fixture(scope="module")
def halves(page) -> Iterator[list[socket.socket]]:
    """Begin requests at once, for the test that looks at their end."""
    lines = []
    for words in HALF_SENT:
        lines.append(socket.create_connection(("127.0.0.1", page.port), timeout=25))
        lines[-1].sendall(words.replace(b"%d", str(page.port).encode()))
    yield lines
    for line in lines:
        line.close()


@pytest.fixture(scope="module")
def classroom(tmp_path_factory) -> Iterator[Served]:
    """Serve to a network, behind a proxy, with a word and three places."""
    options = ("--host", "0.0.0.0", "--token", WORD, "--visitors", "3", "--root-path", ROOT)
    names = ("--allow-host", "midnight.example.org", "--no-open")
    with watched(tmp_path_factory.mktemp("class"), *options, *names) as served:
        yield served


def nasty(seed: int) -> bytes:
    """Return a target that somebody who means harm might ask for."""
    luck = random.Random(seed)
    port = str(luck.choice([9, 22, 80, 8765]))
    starts = ["", "/", "//", "/_solara/cdn/", "/_solara/cdn//", "/static/", "/static/public/"]
    starts += ["/jupyter/nbextensions/", "/jupyter/nbextensions/jupyter-vue/", "/static/assets/"]
    starts += ["/_solara/api/", "/_solara/auth/", "/jupyter/api/kernels/", "http://example.org/"]
    parts = ["..", ".", "", "%2e%2e", "%2E%2E%2f", "..%2f..", "%5c..", "..\\", "%00", "a%00.js"]
    parts += [f"@127.0.0.1:{port}", "@example.org", f"@example.org:{port}", "%40example.org"]
    parts += [APP, "@widgetti", "requirejs@2.3.6", "requirejs", "dist", "main8.css", "require.js"]
    parts += ["etc", "passwd", "%2fetc%2fpasswd", "pyvenv.cfg", "bin", "solara", "~", "~root"]
    parts += ["é%ff%fe", "%F0%9F%92%A9", "a" * 300, "x" * 5000, ":8080", ";", "evict", "close"]
    parts += ["?v=1", "?session_id=", "#", "*", "%252e%252e", "C:", "NUL", "//example.org"]
    joints = ["/"] * 6 + ["//", "%2f", "", "\\", "/./"]
    target = luck.choice(starts)
    for _ in range(luck.randint(0, 7)):
        target += luck.choice(parts) + luck.choice(joints)
    return re.sub(rb"[^!-~]", b"", target.encode()) or b"/"


@pytest.mark.parametrize("n", [250, pytest.param(6000, marks=pytest.mark.slow)])
def test_no_path_reaches_the_network_or_changes_the_installation(page, halves, measured, n):
    before, methods = installation(), ["GET"] * 8 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
    known = [f"/_solara/cdn/{APP}", f"/_solara/cdn/{APP}/", "/_solara/cdn/@127.0.0.1:9/file"]
    known += ["/_solara/cdn/" + "../" * k + "etc/passwd" for k in range(1, 12)]
    targets = [name.encode() for name in known] + [nasty(seed) for seed in range(n)]

    def ask(k: int) -> tuple[bytes, int, bytes]:
        method = "GET" if k < len(known) else random.Random(k).choice(methods)
        host = f"Host: 127.0.0.1:{page.port}\r\nConnection: close\r\n\r\n".encode()
        answer = page.raw(method.encode() + b" " + targets[k] + b" HTTP/1.1\r\n" + host)
        return targets[k], int(answer.split(b" ", 2)[1]), answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(len(targets))))
    broken = [a[:2] for a in answers if a[1] >= 500]
    broken += [a[:2] for a in answers if b"root:" in a[2] or b"include-system-site" in a[2]]
    broken += [] if installation() == before else ["the installation"]
    measured(
        "No request reaches the network or changes the installation",
        tried=len(answers),
        broken=len(broken) + len(page.asked),
        note="paths of hosts, of other folders, encoded, doubled, cut",
    )
    assert (broken, page.asked, page.complained) == ([], [], "")
    assert {status for _, status, _ in answers} > {200, 404}


def test_what_the_page_needs_is_served_and_no_more(page):
    needed = [f"/_solara/cdn/{APP}/dist/main8.css", "/_solara/cdn/requirejs@2.3.6/require.js"]
    needed += ["/static/assets/favicon.svg", "/jupyter/nbextensions/jupyter-vue/nodeps.js"]
    assert [page.ask("GET", name)[0] for name in needed] == [200] * 4
    assert page.ask("GET", "/readyz")[::2] == (200, "yes\n")
    bare = [
        "/resourcez",
        "/resourcez?verbose",
        "/static/public/x",
        "/anything",
        "/_solara/auth/login",
    ]
    bare += ["/jupyter/nbextensions/other/index.js", "/_solara/api/evict/x", "/docs", "/static/"]
    for name in bare:
        assert page.ask("GET", name)[::2] == (404, "There is nothing here.\n"), name
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"):
        assert page.ask(method, "/")[0] == 405
    assert page.ask("POST", "/")[0] == 405
    assert page.ask("POST", f"/_solara/api/close/{uuid4()}?session_id=x")[0] == 400


def test_only_its_own_names_are_answered(page):
    port = page.port
    for name in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}"):
        assert page.ask("GET", "/readyz", {"Host": name})[0] == 200
    for name in (
        "evil.example",
        f"evil.example:{port}",
        "localhost",
        "127.0.0.1",
        f"0.0.0.0:{port}",
    ):
        assert page.ask("GET", "/", {"Host": name})[0] == 400
    for name in (f"localhost:{port + 1}", f"localhost:{port}@evil", f"::1:{port}", "", "[::1", "é"):
        assert page.ask("GET", "/", {"Host": name.encode("latin-1")})[0] == 400
    words = page.ask("GET", "/", {"Host": "evil.example"})[2]
    assert words.count("\n") == 1
    assert "--allow-host" in words
    assert page.raw(b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_another_sites_page_may_not_use_it(page):
    own = f"http://localhost:{page.port}"
    with page.enter(Origin=own):
        pass
    strangers = [
        "http://evil.example",
        "null",
        f"http://localhost:{page.port + 1}",
        "",
        own + ".evil",
    ]
    for origin in [*strangers, f"ftp://localhost:{page.port}", f"http://localhost:{page.port}/x"]:
        with pytest.raises(InvalidStatus, match="403"):
            page.enter(Origin=origin)
        assert page.ask("POST", "/_solara/api/close/a?session_id=b", {"Origin": origin})[0] == 403
    image = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert page.ask("GET", "/static/assets/favicon.svg", image)[0] == 403
    frame = {
        "Sec-Fetch-Site": "same-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "iframe",
    }
    assert page.ask("GET", "/", frame)[0] == 403
    link = frame | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}
    assert page.ask("GET", "/", link)[0] == 200


def test_every_answer_has_its_headers(page):
    for target, host in (
        ("/", None),
        ("/nothing", None),
        ("/static/assets/favicon.svg", None),
        ("/", "evil"),
    ):
        headers = page.ask("GET", target, {"Host": host} if host else None)[1]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"https?:|\*", policy)
    policy = page.ask("GET", "/")[1]["content-security-policy"]
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    assert policy != page.ask("GET", "/")[1]["content-security-policy"]  # the nonce is new
    assert "httponly; path=/; samesite=lax" in page.ask("GET", "/")[1]["set-cookie"].lower()


def test_what_a_stranger_says_of_a_proxy_is_not_believed(page):
    names = ("X-Script-Name", "Script-Name", "X-Forwarded-Prefix", "X-Forwarded-Host", "Forwarded")
    lies = dict.fromkeys(names, "/evil") | {"X-Forwarded-Proto": "https", "X-Forwarded-For": "::"}

    def body(headers=None) -> str:
        _, found, words = page.ask("GET", "/", headers)
        return words.replace(re.search("'nonce-(.+?)'", found["content-security-policy"])[1], "")

    told = body(lies)
    assert "/evil" not in told
    assert told == body()


def test_a_websocket_belongs_to_its_visitor(page):
    kernel, session = str(uuid4()), str(uuid4())
    with page.enter(kernel, session) as line:
        with pytest.raises(InvalidStatus, match="403"):
            page.enter(kernel)
        greet(line)
        with pytest.raises(InvalidStatus, match="403"):
            page.enter(kernel)
        own = f"/_solara/api/close/{kernel}?session_id="
        assert page.ask("POST", own + "x", {"Cookie": "solara-session-id=other"})[0] == 204
        with page.enter(kernel, session):
            pass
    for path in ("../x", "a%2fb", "é", "a" * 100):
        with pytest.raises(InvalidStatus, match=r"40[034]"):
            page.enter(path)
    with pytest.raises(InvalidStatus, match="400"):
        page.enter(cookie="a=b", session=" ")


def test_messages_that_are_no_messages_end_quietly(page):
    for words in ("", "{", "[]", '{"header": {}}', b"\0\0\0\2\xff", '{"header":{"msg_type":"x"}}'):
        with page.enter() as line:
            line.send(words)
    with page.enter() as line:
        line.send("x" * 2**20)
        with pytest.raises(Exception, match="1009"):
            line.recv(timeout=10)
    assert page.ask("GET", "/readyz")[0] == 200
    assert page.complained == ""


def test_places_are_limited_and_given_back(classroom, key):
    tabs = [(str(uuid4()), str(uuid4())) for _ in range(3)]
    with ExitStack() as open_tabs:
        for tab in tabs:
            greet(open_tabs.enter_context(classroom.enter(*tab, cookie=key)))
        with pytest.raises(InvalidStatus, match="503"):
            classroom.enter(cookie=key)
        status, headers, words = classroom.ask("GET", f"{ROOT}/", {"Cookie": key})
        assert (status, headers["retry-after"]) == (503, "20")
        assert "All places are taken: 3 pages" in words
    for kernel, session in tabs:
        target = f"{ROOT}/_solara/api/close/{kernel}?session_id={kernel}"
        cookie = {"Cookie": f"{key}; solara-session-id={session}"}
        assert classroom.ask("POST", target, cookie)[0] == 204
    assert room_again(classroom, key) < 10


@pytest.mark.slow
def test_a_lost_visitors_place_is_free_within_a_minute(classroom, key, measured):
    with ExitStack() as tabs:
        lines = [tabs.enter_context(classroom.enter(cookie=key)) for _ in range(3)]
        with pytest.raises(InvalidStatus, match="503"):
            classroom.enter(cookie=key)
        for line in lines:
            line.socket.shutdown(socket.SHUT_RDWR)
    seconds = room_again(classroom, key)
    promise, note = "A lost visitor's place is free within a minute", f"after {seconds:.0f} seconds"
    measured(promise, tried=len(lines), broken=len(lines) * (seconds > 60), note=note)
    assert seconds < 60


def room_again(classroom: Served, key: str) -> float:
    """Wait for a free place; return the seconds it took."""
    begun = time.monotonic()
    while classroom.ask("GET", f"{ROOT}/", {"Cookie": key})[0] != 200:
        assert time.monotonic() - begun < 90
        time.sleep(0.2)
    return time.monotonic() - begun


@pytest.fixture(scope="module")
def key(classroom) -> str:
    """Return the cookie of somebody who knows the word."""
    target = f"{ROOT}/?token={quote(WORD)}&week=7"
    status, headers, _ = classroom.ask("GET", target)
    assert (status, headers["location"]) == (303, f"{ROOT}/?week=7")
    assert "httponly" in headers["set-cookie"].lower()
    assert f"path={ROOT}/" in headers["set-cookie"].lower()
    return headers["set-cookie"].split(";")[0]


def test_the_word_is_asked_for(classroom, key):
    said = "\n".join(classroom.said)
    assert "everybody who can reach this machine" in said
    assert re.search(r"On another machine, type (http://|this one's)", said)
    assert WORD in said
    status, _, words = classroom.ask("GET", f"{ROOT}/")
    assert status == 401
    assert '<input name="token" type="password"' in words
    assert classroom.ask("GET", f"{ROOT}/", {"Cookie": key})[0] == 200
    for cookie in (key[:-1], key + "0", key.split("=")[0] + "=", "x=" + key.split("=")[1]):
        assert classroom.ask("GET", f"{ROOT}/", {"Cookie": cookie})[0] == 401
    assert classroom.ask("GET", f"{ROOT}/static/assets/favicon.svg")[0] == 401
    with pytest.raises(InvalidStatus, match="401"):
        classroom.enter()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert classroom.ask("POST", f"{ROOT}/", form, "token=" + "x" * 9999)[0] == 413
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        tries = pool.map(
            lambda k: classroom.ask("POST", f"{ROOT}/", form, f"token={k}")[0], range(8)
        )
        assert set(tries) == {401, 429}
    assert time.monotonic() - begun > 1
    right = urlencode({"token": WORD})
    assert classroom.ask("POST", f"{ROOT}/?week=3", form, right)[0] == 303


def test_a_proxys_path_and_name_are_options(classroom, key):
    status, headers, _ = classroom.ask("GET", f"{ROOT}?week=3")
    assert (status, headers["location"]) == (307, f"{ROOT}/?week=3")
    proxy = {"Cookie": key, "Host": "midnight.example.org"}
    words = classroom.ask("GET", f"{ROOT}/", proxy)[2]
    assert f'src="{ROOT}/_midnight/connection.js"' in words
    names = re.findall(r'(?:src|href)="(/[^"]*)"', words)
    assert len(names) > 5
    assert all(name.startswith(f"{ROOT}/") for name in names)
    with classroom.enter(cookie=key, Origin="https://midnight.example.org"):
        pass


def test_half_sent_requests_are_not_waited_for(page, halves, measured):
    ends = []
    for line in halves:
        answer = b""
        while part := line.recv(65536):
            answer += part
        ends.append(answer[:12])
    measured("Half-sent requests end within 25 seconds", tried=len(ends), broken=0)
    assert ends == [b"", b"HTTP/1.1 408", b"HTTP/1.1 408", b"HTTP/1.1 405", b"HTTP/1.1 200"]


def test_more_lines_than_there_may_be_do_not_lock_visitors_out(page):
    """The oldest that have sent nothing have to go."""
    with ExitStack() as lines:
        for _ in range(CONNECTIONS + 40):
            lines.enter_context(socket.create_connection(("127.0.0.1", page.port), timeout=10))
        assert page.ask("GET", "/readyz")[0] == 200


def test_the_browser_is_opened_when_the_page_answers(page):
    opened, begun = page.folder / "opened", time.monotonic()
    while not opened.exists() and time.monotonic() - begun < 20:
        time.sleep(0.05)
    assert opened.read_text() == "200"


def test_ctrl_c_ends_it_and_leaves_nothing(page):
    """The last one with this server."""
    with page.enter(), socket.create_connection(("127.0.0.1", page.port)) as half:
        half.sendall(b"GET / HT")
        code, seconds = page.end(signal.SIGINT)
    assert (code, page.complained, page.asked) == (0, "", [])
    assert seconds < 5
    assert [path for name in ("home", "tmp") for path in (page.folder / name).iterdir()] == []


def test_a_signal_to_end_is_followed_at_once(classroom):
    """The last one: the server has no visitor after it."""
    with classroom.process.stdout:
        code, seconds = classroom.end(signal.SIGTERM)
        assert classroom.process.stdout.read() == ""
    assert (code, classroom.complained) == (143, "")
    assert seconds < 5
    assert list(Path(classroom.folder).glob("*/*")) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--root-path", "midnight"], "--root-path"),
        (["--root-path", "/a/../b"], "--root-path"),
        (["--allow-host", "http://x"], "--allow-host"),
        (["--token", "abc"], "--token: got 3 characters"),
        (["--visitors", "0"], "--visitors"),
        (["--visitors", "1e9"], "--visitors"),
    ],
)
def test_a_bad_option_is_named(options, said, capfd, monkeypatch):
    from sim.cli import main

    monkeypatch.setattr(sys, "argv", ["midnight", "app", *options])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert said in capfd.readouterr().err
