"""Global Privacy Control and the page's consent call: heard before anything is kept, and the order counts all the same."""

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("attribution")]
NOTHING: dict[str, list[str]] = {"local": [], "session": [], "cookies": [], "databases": [], "all_cookies": []}
GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {value: true})"
# Every write to the browser's storage is noted, were it undone a moment later.
SPY = """
  window.written = [];
  for (const method of ["setItem"]) {
    const before = Storage.prototype[method];
    Storage.prototype[method] = function (...given) { window.written.push(given[0]); return before.apply(this, given); };
  }
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(Document.prototype, "cookie", {
    get() { return cookie.get.call(this); },
    set(value) { if (!value.includes("max-age=0")) window.written.push(value); cookie.set.call(this, value); },
  });
"""
ORDER = """
  hostread.promo("POD20"); hostread.identify("customer-7", {email: "a@b.example"});
  hostread.purchase({order_id: "9", value: 20, currency: "USD"})
"""


def unnamed(visit: Any) -> None:
    """Nothing in the browser and nothing in the database says who it was."""
    assert visit.kept() == NOTHING
    assert visit.page.evaluate("window.written") == []
    order = visit.collector.wait_for("purchase")[0]
    assert order["properties"] == {"order_id": "9", "value": 20, "currency": "USD", "promo_code": "POD20"}
    for event in visit.collector.events():
        assert event["has_consent"] is False and event["household_hash"] is None and event["ip_prefix"] is None
        assert event["user_id"] is None and event["anonymous_id"] == event["context"]["hostread"]["page_id"]
    assert "identify" not in {event["kind"] for event in visit.collector.events()}
    sequences = sorted(event["context"]["hostread"]["sequence"] for event in visit.collector.events())
    assert sequences == list(range(1, len(sequences) + 1))


@pytest.mark.parametrize("attributes", ["", 'data-consent="wait"'])
def test_with_global_privacy_control_nothing_is_kept_and_no_household_is_matched(visit: Any, attributes: str) -> None:
    """A page that grants consent all the same changes nothing: the visitor's signal stands above it."""
    visit.context.add_init_script(GPC)
    visit.context.add_init_script(SPY)
    visit.shop.attributes = attributes
    visit.open()
    visit.ready()
    visit.page.evaluate(f"hostread.consent(true); {ORDER}")
    unnamed(visit)
    assert all(event["context"]["gpc"] is True for event in visit.collector.events())


def test_the_header_alone_is_enough_for_the_collector(visit: Any) -> None:
    """A browser that sends Sec-GPC and tells scripts nothing: the household is not matched."""
    visit.context.set_extra_http_headers({"Sec-GPC": "1"})
    visit.open()
    assert visit.collector.wait_for("page")[0]["household_hash"] is None


def test_consent_denied_counts_the_order_and_keeps_nothing(visit: Any) -> None:
    visit.context.add_init_script(SPY)
    visit.shop.attributes = 'data-consent="denied"'
    visit.open()
    visit.ready()
    visit.page.evaluate(ORDER)
    unnamed(visit)


def test_a_denial_said_before_the_script_came_is_heard_first(visit: Any) -> None:
    """The queue's consent call comes after an order in it, and is obeyed before that."""
    visit.context.add_init_script(SPY)
    visit.shop.files["/first.js"] = f"""
      window.hostread = function () {{ (hostread.q = hostread.q || []).push(arguments); }};
      for (const name of ["promo", "identify", "purchase", "consent"]) hostread[name] = (...given) => hostread(name, ...given);
      {ORDER};
      hostread("consent", false);
    """
    visit.shop.head = '<script src="/first.js"></script>'
    visit.open()
    visit.ready()
    unnamed(visit)


def test_events_wait_for_the_answer_and_go_by_it(visit: Any) -> None:
    """data-consent="wait": nothing is sent or kept until the visitor answers; then all that happened is sent with that answer."""
    visit.context.add_init_script(SPY)
    visit.shop.attributes = 'data-consent="wait"'
    visit.open()
    visit.ready()
    visit.page.evaluate("hostread.lead({form: 'trial'})")
    visit.page.wait_for_timeout(500)
    assert visit.gate.bodies == [] and visit.kept() == NOTHING and visit.page.evaluate("window.written") == []
    visit.page.evaluate("hostread.consent('granted')")
    lead = visit.collector.wait_for("lead")[0]
    page = visit.collector.wait_for("page")[0]
    assert lead["has_consent"] and lead["household_hash"] and lead["anonymous_id"] == page["anonymous_id"]
    assert visit.kept()["cookies"] != []


def test_an_answer_that_never_comes_is_a_denial_when_the_page_closes(visit: Any) -> None:
    visit.shop.attributes = 'data-consent="wait"'
    visit.open()
    visit.ready()
    visit.page.evaluate("hostread.purchase({order_id: '9', value: 1})")
    visit.open("/next")
    assert visit.collector.wait_for("purchase")[0]["has_consent"] is False
    assert visit.kept() == NOTHING


def test_consent_withdrawn_empties_the_browser(visit: Any) -> None:
    """The id, the code and the waiting events go; what follows is unnamed."""
    visit.open("/?promo=POD20")
    visit.collector.wait_for("promo_redemption")
    visit.gate.failures = [(500, {})] * 50
    visit.page.evaluate("hostread.lead()")
    visit.until("Object.keys(localStorage).length > 0")
    assert {name.partition(".")[0] for name in visit.kept()["local"]} == {"hostread_q"}
    assert visit.kept()["session"] == ["hostread_code"] and visit.kept()["all_cookies"] == ["hostread_id"]
    visit.page.evaluate("hostread.consent(false)")
    assert visit.kept() == NOTHING
    visit.gate.failures = []
    visit.page.evaluate("hostread.signup()")
    assert visit.collector.wait_for("signup")[0]["household_hash"] is None
    assert visit.kept() == NOTHING
