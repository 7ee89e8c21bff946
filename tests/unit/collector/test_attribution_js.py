"""The script's size, its addresses and headers, and its documentation."""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import rjsmin
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.collector.attribution_js import script
from api.collector.attribution_js.route import add_script_routes

ROOT = Path(__file__).resolve().parents[3]
SOURCE = script.SOURCE.read_text("utf-8")
# An address of our own and all that a script may be called with: what is between `api` and its end in the source.
CALLS = {"page", "track", "purchase", "promo", "consent", "scan", "identify", "alias", "reset"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    add_script_routes(app)
    with TestClient(app, headers={"accept-encoding": "identity"}) as made:
        yield made


def test_the_script_is_at_most_4_kb_as_it_travels() -> None:
    """4,096 bytes, gzipped: one that grew past it would cost every page of every shop."""
    served = script.current()
    assert len(served.compressed) <= 4096
    assert gzip.decompress(served.compressed) == served.content == f"{rjsmin.jsmin(SOURCE)}\n".encode()


def test_nothing_in_it_needs_more_of_a_policy_than_its_address() -> None:
    """No evaluation of text, no markup, no style, no element of its own: each would ask for another right."""
    for forbidden in ("eval(", "new Function", "innerHTML", "document.write", ".style", "createElement", "setAttribute", "import("):
        assert forbidden not in SOURCE, forbidden


def test_it_is_served_with_an_etag_and_asked_for_once(client: TestClient) -> None:
    first = client.get("/attribution.js")
    assert first.status_code == 200 and first.headers["content-type"] == "text/javascript; charset=utf-8"
    assert first.content == script.current().content
    assert re.fullmatch(r"public, max-age=\d{2,4}(, .*)?", first.headers["cache-control"])
    assert first.headers["access-control-allow-origin"] == "*" and first.headers["vary"] == "accept-encoding"
    for tag in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = client.get("/attribution.js", headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get("/attribution.js", headers={"if-none-match": '"other"'}).status_code == 200
    assert client.head("/attribution.js").headers["etag"] == first.headers["etag"]


def test_it_is_compressed_for_who_accepts_it(client: TestClient) -> None:
    packed = client.get("/attribution.js", headers={"accept-encoding": "br, gzip;q=0.8"})
    assert packed.headers["content-encoding"] == "gzip" and int(packed.headers["content-length"]) <= 4096
    assert packed.content == script.current().content
    for refused in ("identity", "gzip;q=0", ""):
        assert "content-encoding" not in client.get("/attribution.js", headers={"accept-encoding": refused}).headers


def test_under_its_hash_it_never_changes(client: TestClient) -> None:
    served = script.current()
    pinned = client.get(served.pinned_path)
    assert pinned.headers["cache-control"] == "public, max-age=31536000, immutable"
    digest = base64.b64encode(hashlib.sha384(pinned.content).digest()).decode()
    assert served.integrity == f"sha384-{digest}"
    assert client.get("/attribution.0000000000000000.js").status_code == 404


def test_what_was_released_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: TestClient) -> None:
    """A page that pinned an earlier version still gets its bytes after an update."""
    old = b"/* an earlier version */\n"
    (tmp_path / "attribution.js").write_bytes(old)
    monkeypatch.setattr(script, "RELEASED", tmp_path)
    script.versions.cache_clear()
    try:
        assert client.get(script.Script.of(old).pinned_path).content == old
        assert client.get(script.current().pinned_path).status_code == 200
    finally:
        script.versions.cache_clear()


def test_the_released_version_is_the_one_whose_bytes_are_kept() -> None:
    """Pages pin bytes: a change of the source is a new version number, and the bytes of the one before go to released/."""
    assert re.findall(r'version = "([\d.]+)"', SOURCE) == ["1.0.0"]


def documented(pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / "docs" / "attribution-js.md").read_text("utf-8")))


def test_every_call_is_documented_and_every_documented_call_is_there() -> None:
    kinds = re.search(r'each\(\[("click".*?)\], kind', SOURCE)
    assert kinds is not None
    calls = CALLS | set(re.findall(r'"(\w+)"', kinds[1]))
    api = re.search(r"let api = \{(.*?)\n  \};", SOURCE, re.DOTALL)
    assert api is not None
    assert set(re.findall(r"^    (\w+)\(", api[1], re.MULTILINE)) | set(re.findall(r"\w+", api[1].split("\n")[1])) == CALLS
    assert documented(r"`hostread\.(\w+)\(") == calls


def test_every_attribute_is_documented_and_every_documented_one_is_there() -> None:
    of_script = {f"data-{name}" for name in re.findall(r'option\("([\w-]+)"\)', SOURCE)}
    of_elements = {f"data-hostread-{kind}" for kind in ("click", "impression", "promo", "event")}
    assert all(f'"{kind}"' in SOURCE or f"data-hostread-{kind}" in SOURCE for kind in ("click", "impression", "promo", "event"))
    assert documented(r"`(data-(?:key|collector|consent|pages|promo-parameter))`") == of_script
    assert documented(r"`(data-hostread-(?:click|impression|promo|event))`") == of_elements


def test_the_loader_queues_every_call() -> None:
    """A call that the stub does not know would throw in the page until the script has come."""
    loader = (ROOT / "api" / "campaigns" / "snippets" / "templates" / "loader.txt").read_text("utf-8")
    names = re.search(r'"(page [\w ]+)"\.split', loader)
    kinds = re.search(r'each\(\[("click".*?)\], kind', SOURCE)
    assert names is not None and kinds is not None
    assert set(names[1].split()) == CALLS | set(re.findall(r'"(\w+)"', kinds[1]))
