"""A stranger's path against real processes, in a real Chromium: the screen leads from registration to a report in hand.

Fault it would catch: any page along the way that no longer says what comes next, or offers a step that cannot be taken.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from benchmarks.path import ARGUMENTS, CHROMIUM, places, walk

pytestmark = [pytest.mark.browser]


def test_a_stranger_gets_a_report(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Nothing is called but what stands on the pages, in the mail and on the clipboard. How long each step took is recorded."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail(f"found no {CHROMIUM}, expected one in CI: apt-get install chromium")
        pytest.skip(f"no {CHROMIUM}")
    with places() as (product, mailbox, shop), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            who = walk(product, mailbox, shop, browser, tmp_path)
        finally:
            browser.close()
    for name, seconds in who.seconds.items():
        record_property(name, seconds)
    assert list(who.seconds) == [
        "register", "confirm the address", "first campaign", "site", "snippet on the shop", "first event",
        "first purchase visible", "report downloaded", "nothing left to do",
    ]  # fmt: skip
    assert [message["To"] for message in mailbox.messages] == ["ada@lighthouse.example"]
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
