"""`hostread feed`: a person's word moves a show where no evidence does."""

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from orchestration.cli.feed import feed
from orchestration.errors import HostreadError
from orchestration.settings import settings


@pytest.fixture
def command(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("HOSTREAD_DATABASE_URL", tenant.url)
    tenant.execute(
        "insert into app.users (tenant_id, email) values (%s, 'o@one.example')",
        tenant.tenant_id,
    )
    settings.cache_clear()
    yield lambda *words: CliRunner().invoke(feed, words, catch_exceptions=True)
    settings.cache_clear()


def test_a_show_is_given_another_feed_and_no_feed_to_two_shows(tenant: Any, command: Any) -> None:
    show = str(tenant.show_id)
    done = command("move", show, "https://new.example/feed")
    assert done.exit_code == 0 and "its episodes stay" in done.output
    assert tenant.rows("select feed_url from app.shows") == [("https://new.example/feed",)]
    tenant.execute(
        "insert into app.shows (tenant_id, title, feed_url) values (%s, 'Other', 'https://other.example/feed')", tenant.tenant_id
    )
    for words, message in (
        ((show, "https://other.example/feed"), "the feed of 'Other' already"),
        ((show, "ftp://other.example/feed"), "begins with http"),
        (("00000000-0000-0000-0000-000000000001", "https://x.example/feed"), "found no show"),
    ):
        refused = command("move", *words)
        assert isinstance(refused.exception, HostreadError) and message in str(refused.exception)


def test_the_list_says_where_a_feed_moved_to(tenant: Any, command: Any) -> None:
    tenant.execute(
        "insert into ops.fetch_state (tenant_id, source, source_key, url) values (%s, 'feeds', %s, 'https://new.example/feed')",
        tenant.tenant_id, str(tenant.show_id),
    )  # fmt: skip
    assert "moved to https://new.example/feed" in command("list").output
