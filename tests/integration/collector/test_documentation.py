"""docs/collector.md says what is: its examples run as they stand, and its tables name what the code answers."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from api.auth.signing_keys import new_signing_key, seal
from api.collector.settings import CollectorSettings

PAGE = Path("docs/collector.md").read_text("utf-8")
KEY, SECRET_KEY = "hrw_integration_0000000000", "a secret key for this test alone"
SHOW = "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10"
# The fixtures of conftest.py, whose types cannot be imported from here.
Collector = Any


def test_every_example_runs(sites: None, database_url: str, make_collector: Callable[..., Collector]) -> None:
    signing_key = new_signing_key()
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into app.site_signing_keys (tenant_id, site_id, key_prefix, key_encrypted) "
            "select tenant_id, site_id, 'hrs_', %s from app.sites where tenant_id = 1",
            [seal(signing_key, SECRET_KEY)],
        )
        connection.execute(
            "insert into app.shows (show_id, tenant_id, title, feed_url) values (%s, 1, 'S', 'https://feed.example/')", [SHOW]
        )
        connection.execute(
            "insert into raw.feeds_items "
            "(tenant_id, show_id, episode_guid, content_sha256, enclosure_url, payload, fetched_at, run_id) "
            "values (1, %s, 'e', '\\x00', 'https://cdn.example/show/1.mp3', '{}', now(), 'test')",
            [SHOW],
        )
    collector = make_collector("orchestration.collector:create_app", HOSTREAD_SECRET_KEY=SECRET_KEY)
    host = f"http://127.0.0.1:{collector.port}"
    env = {**os.environ, "HOST": host, "KEY": KEY, "SHOW": SHOW, "SIGNING_KEY": signing_key}
    examples = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    answers = []
    for example in examples:
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", example], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (example, done.stderr)
        answers.append(done.stdout.strip())
    success = '{"success": true}'
    assert answers == [success, success, "200 image/gif", success, "302 https://cdn.example/show/1.mp3"]
    rows = collector.rows("select message_id, verification, context ->> 'locale' from raw.collector_events order by event_id")
    assert rows == [
        ("order-1001", "unsigned", None), ("p-1", "unsigned", "de"), ("i-1", "unsigned", "de"), ("px-1", "unsigned", None),
        ("order-1002", "signed", None),
    ]  # fmt: skip
    assert collector.quarantined() == []
    assert collector.rows("select count(*) from raw.prefix_requests") == [(1,)]


def test_every_code_of_a_refusal_is_named() -> None:
    package = Path("api/collector")
    source = "\n".join(path.read_text("utf-8") for path in package.glob("*.py") if not path.name.startswith("prefix"))
    codes = set(re.findall(r"RefusalError\(\s*\d+,\s*\"(\w+)\"", source)) | {"key_rate", "network_rate"}
    assert len(codes) > 12
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()


def test_the_rates_named_are_the_settings_own() -> None:
    fields = CollectorSettings.model_fields
    for name in ("collector_key_rate", "collector_network_rate"):
        assert f"HOSTREAD_{name.upper()}" in PAGE
        count = int(str(fields[name].default).partition("/")[0])
        assert f"{count:,} a minute" in PAGE
