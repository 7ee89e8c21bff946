"""`path.seconds`: a stranger in a real browser, from registration to the first report, led by what stands on the screen.

Collector, API, report worker, mail server, shop and builds are real processes. A person reads and types slower than this: the
clicks and fields that the path takes stand beside the seconds.
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.collector_visible import building
from benchmarks.loop import Product, running_product
from benchmarks.path_places import Mailbox, Shop, open_mailbox, open_shop

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
LIMIT_SECONDS = 300
# A busy machine is no fault of the path: what is late is in the seconds, what never comes ends it.
WAIT_SECONDS = 180
CODE, PLAYWRIGHTS_OWN_MS = "TEA20", 5_000


@dataclass
class Stranger:
    """A browser's page, the seconds of each step of the path, and what its hands did."""

    page: Page
    seconds: dict[str, float] = field(default_factory=dict)
    clicks: int = 0
    fields: int = 0

    @contextmanager
    def step(self, name: str) -> Iterator[Page]:
        began = time.monotonic()
        yield self.page
        self.seconds[name] = round(time.monotonic() - began, 3)

    def press(self, name: str, role: Any = "button") -> None:
        self.clicks += 1
        self.page.get_by_role(role, name=name, exact=True).click()

    def fill(self, **values: str) -> None:
        """Fields by their labels, words apart by an underscore."""
        for label, value in values.items():
            self.fields += 1
            self.page.get_by_label(re.compile(rf"^{label.replace('_', ' ')}( \(optional\))?$")).fill(value)

    def take_next_step(self, key: str) -> None:
        """The button that the screen offers for the step that it names; another step there is a path that leads astray."""
        self.clicks += 1
        self.page.locator(f"[data-step={key}][aria-current=step], [data-next-step={key}]").get_by_role("link").click()


def walk(product: Product, mailbox: Mailbox, shop: Shop, browser: Browser, folder: Path) -> Stranger:
    """The whole path; the report's PDF lies in `folder` behind it. Raises playwright's errors where the screen leads no further."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(WAIT_SECONDS * 1_000)
    who = Stranger(context.new_page())
    expect.set_options(timeout=WAIT_SECONDS * 1_000)
    try:
        _register(who, product, mailbox)
        _enter_campaign(who)
        _set_up_site(who, shop)
        _buy(who, shop)
        _get_report(who, folder)
    finally:
        expect.set_options(timeout=PLAYWRIGHTS_OWN_MS)
        context.close()
    return who


def _register(who: Stranger, product: Product, mailbox: Mailbox) -> None:
    with who.step("register") as page:
        page.goto(product.api)
        who.press("Create an account", "link")
        who.fill(Network_or_company="Lighthouse Audio", Your_name="Ada", **{"E-mail": "ada@lighthouse.example"})
        who.fill(**{"Password": "a long pass phrase"})
        who.press("Create account")
        expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    with who.step("confirm the address") as page:
        page.goto(str(_until(mailbox.link, "a mail with a link")))
        who.press("Confirm the address")
        who.press("Go on", "link")
        expect(page.locator("[data-step=confirm]")).to_contain_text("done")


def _enter_campaign(who: Stranger) -> None:
    today = datetime.now(UTC).date()
    with who.step("first campaign") as page:
        who.take_next_step("sponsor")
        who.fill(
            Campaign_name="Spring", Name_of_the_new_sponsor="Halden Tea", Title_of_the_new_show="Steam",
            Its_feed="https://feeds.example/steam.xml", First_day=str(today), Last_day=str(today + timedelta(days=30)), Price="25",
            Promo_code=CODE,
        )  # fmt: skip
        who.press("Create campaign")
        expect(page.get_by_role("heading", name="Spring", level=1)).to_be_visible()


def _set_up_site(who: Stranger, shop: Shop) -> None:
    with who.step("site") as page:
        who.take_next_step("site")
        who.fill(Name_of_the_site="Tea shop", Domain=shop.domain)
        who.press("Add site")
        expect(page.get_by_role("heading", name="Waiting for your first event")).to_be_visible()
    with who.step("snippet on the shop") as page:
        shop.head = _copied(who, "form-loader")
        page.locator("#guide-page summary").click()
        who.clicks += 1
        order = _copied(who, "guide-page-1")
        shop.thanks = order.replace("POD20", CODE)
        assert shop.thanks != order, "found another example of an order, expected one with the code POD20"


def _copied(who: Stranger, block: str) -> str:
    """What the button beside a text puts on the clipboard."""
    who.clicks += 1
    who.page.locator(f"[data-copy={block}]").click()
    expect(who.page.locator(f"[data-copy={block}]")).to_have_text("Copied")
    return str(who.page.evaluate("navigator.clipboard.readText()"))


def _buy(who: Stranger, shop: Shop) -> None:
    customer = who.page.context.new_page()
    with who.step("first event") as page:
        customer.goto(f"http://{shop.domain}/")
        expect(page.get_by_role("heading", name="Events arrive")).to_be_visible()
    with who.step("first purchase visible") as page:
        customer.get_by_role("link", name="Buy").click()
        expect(page.locator("tr[data-arrival]", has_text="Order 1001")).to_contain_text(CODE)
        who.take_next_step("report")
        figure = page.locator(".tile", has=page.get_by_text("Conversions", exact=True)).locator("dd > span")
        _until(lambda: figure.inner_text() == "1" or (page.reload() and None), "the order among the campaign's conversions")
    customer.close()


def _get_report(who: Stranger, folder: Path) -> None:
    with who.step("report downloaded") as page:
        who.take_next_step("report")
        who.press("Request a report")
        with page.expect_download() as started:
            who.press("PDF", "link")
        started.value.save_as(folder / "report.pdf")
    with who.step("nothing left to do") as page:
        who.press("Overview", "link")
        expect(page.get_by_role("heading", name="First steps")).to_have_count(0)


def _until(ask: Callable[[], Any], expected: str) -> Any:
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := ask()):
        assert time.monotonic() < deadline, f"found none within {WAIT_SECONDS} s, expected {expected}"
        time.sleep(0.1)
    return found


@contextmanager
def places() -> Iterator[tuple[Product, Mailbox, Shop]]:
    """All that the path leads through, with builds one after the other."""
    with open_mailbox() as mailbox, open_shop() as shop, running_product(mailbox.url) as product, building(product.url):
        yield product, mailbox, shop


def run() -> Iterable[dict[str, Any]]:
    """One figure; the seconds of each step stand in `against`."""
    with places() as (product, mailbox, shop), sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        who = walk(product, mailbox, shop, browser, Path(folder))
        browser.close()
    seconds = sum(who.seconds.values())
    how = ", ".join(f"{name} {took:.1f} s" for name, took in who.seconds.items())
    yield {
        "name": "path.seconds", "value": round(seconds, 2), "unit": "s",
        "against": f"{LIMIT_SECONDS} s; {who.clicks} clicks and {who.fields} fields; {how}",
        "ratio": round(seconds / LIMIT_SECONDS, 4),
    }  # fmt: skip
