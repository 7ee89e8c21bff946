"""What the script sends from a shop under a strict policy, as the real collector commits it."""

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("attribution")]
UTM = "utm_source=podcast&utm_medium=audio&utm_campaign=cold-brew&utm_term=coffee&utm_content=mid"


def test_a_visit_with_code_link_and_purchase_arrives_complete(visit: Any) -> None:
    """From the landing page to the order, under `default-src 'none'`, nothing is missing, nothing is complained of."""
    visit.shop.pages["/pod"] = '<input id="code" data-hostread-promo><a id="buy" href="/thanks" data-hostread-click="buy">Buy</a>'
    visit.shop.pages["/thanks"] = '<script src="/order.js"></script>'
    visit.shop.files["/order.js"] = """
      window.hostread = window.hostread || function () { (hostread.q = hostread.q || []).push(arguments); };
      hostread("purchase", {order_id: "1001", value: 59.9, currency: "EUR", products: [{sku: "A\\u0301-1", quantity: 2}]});
    """
    page = visit.open(f"/pod?{UTM}")
    visit.ready()
    page.fill("#code", "pod-20")
    page.click("#buy")
    page.wait_for_url("**/thanks")
    order = visit.collector.wait_for("purchase")[0]
    landing, thanks = visit.collector.wait_for("page", 2)
    click, code = visit.collector.wait_for("click")[0], visit.collector.wait_for("promo_redemption")[0]
    assert landing["context"]["campaign"] == {
        "source": "podcast", "medium": "audio", "name": "cold-brew", "term": "coffee", "content": "mid",
    }  # fmt: skip
    assert landing["context"]["page"] == {
        "url": visit.shop.url(f"/pod?{UTM}"), "path": "/pod", "search": f"?{UTM}", "referrer": "", "title": "Shop /pod",
    }  # fmt: skip
    assert thanks["context"]["page"]["referrer"] == visit.shop.url(f"/pod?{UTM}")
    assert code["properties"] == {"promo_code": "pod-20", "source": "typed"}
    assert click["properties"] == {"name": "buy", "href": "/thanks"}
    # The shop's own call says nothing of codes: the order bears the one that was typed.
    assert order["properties"] == {
        "order_id": "1001", "value": 59.9, "currency": "EUR", "promo_code": "pod-20",
        "products": [{"sku": "A\u0301-1", "quantity": 2}],
    }  # fmt: skip
    assert order["context"]["library"] == {"name": "attribution.js", "version": "1.0.0"}
    people = {event["anonymous_id"] for event in visit.collector.events()}
    assert len(people) == 1 and all(event["has_consent"] for event in visit.collector.events())
    assert len({event["household_hash"] for event in visit.collector.events()}) == 1 and order["household_hash"]
    assert order["ip_prefix"] == "203.0.113.0/24"
    assert visit.collector.rows("select * from raw.quarantine") == []
    assert visit.complaints == []


def test_times_and_ids_are_as_the_protocol_has_them(visit: Any) -> None:
    """sentAt beside the batch is never before an event's own time, ids differ, and bodies need no preflight."""
    visit.open()
    visit.ready()
    visit.page.evaluate("hostread.track('Product Viewed', {at: new Date(0), nothing: undefined, deep: [[1, null]]}, 'my-own-id')")
    event = visit.collector.wait_for("Product Viewed")[0]
    assert event["message_id"] == "my-own-id"
    assert event["properties"]["at"] == "1970-01-01T00:00:00.000Z" and event["properties"]["deep"] == [[1, None]]
    assert event["client_at"] <= event["sent_at"]
    for body in visit.gate.bodies:
        assert body["writeKey"].startswith("hrw_")
        assert all(one["timestamp"] <= body["sentAt"] and one["type"] in ("page", "track") for one in body["batch"])
    assert {header["content-type"].lower() for header in visit.gate.headers} == {"text/plain;charset=utf-8"}
    ids = [event["messageId"] for event in visit.gate.events()]
    assert len(ids) == len(set(ids)) == 2


def test_every_call_names_its_kind(visit: Any) -> None:
    visit.open()
    visit.ready()
    visit.page.evaluate("""() => {
      hostread.lead({form: "trial"}); hostread.signup(); hostread.survey_response({answer: "podcast"});
      hostread.refund({order_id: "1"}); hostread.impression({name: "banner"}); hostread.click({name: "map"});
      hostread.promo("TEA-10"); hostread("track", "Anything", {a: 1});
      hostread.identify("customer-7", {plan: "pro"}); hostread.lead({form: "later"}); hostread.alias("customer-8");
    }""")
    visit.collector.wait_for("alias")
    events = [event for event in visit.collector.events() if event["kind"] != "page"]
    assert [event["event_name"] or event["kind"] for event in events] == [
        "lead", "signup", "survey_response", "refund", "impression", "click", "promo_redemption", "Anything", "identify", "lead",
        "alias",
    ]  # fmt: skip
    assert [event["user_id"] for event in events[-4:]] == [None, "customer-7", "customer-7", "customer-8"]
    assert events[-3]["properties"] == {"plan": "pro"} and events[-1]["properties"] == {"previousId": "customer-7"}
    visit.open("/next")
    assert visit.collector.wait_for("page", 2)[-1]["user_id"] in (None, "customer-8")
    assert {event["user_id"] for event in visit.collector.wait_for("page", 2)} == {None, "customer-8"}
    visit.page.evaluate("hostread.reset(); hostread.track('After')")
    after = visit.collector.wait_for("After")[0]
    assert after["user_id"] is None and after["anonymous_id"] != events[0]["anonymous_id"]


@pytest.mark.parametrize("parameter", ["promo", "coupon", "Discount_Code", "promoCode", "voucher", "friend"])
def test_a_code_in_the_link_is_a_redemption(visit: Any, parameter: str) -> None:
    """Usual names are known, one's own is told by data-promo-parameter; `code`, which logins use too, is none."""
    visit.shop.attributes = 'data-promo-parameter="friend"'
    visit.open(f"/?code=secret-of-a-login&{parameter}=POD20")
    found = visit.collector.wait_for("promo_redemption")
    assert [event["properties"] for event in found] == [{"promo_code": "POD20", "source": "url"}]


def test_the_shop_s_own_word_on_codes_stands(visit: Any) -> None:
    """An order that says `promo_code: null` bought without one, whatever was typed before."""
    visit.open("/?promo=POD20")
    visit.ready()
    visit.page.evaluate("hostread.purchase({order_id: '1', promo_code: null})")
    assert visit.collector.wait_for("purchase")[0]["properties"].get("promo_code") is None


def test_marked_elements_send_by_themselves(visit: Any) -> None:
    """An order written as attributes needs no script of the shop's; an impression is half an element for a second."""
    visit.shop.pages["/"] = """
      <p data-hostread-event="purchase" data-hostread-order-id="77" data-hostread-value="12.50" data-hostread-currency="GBP"></p>
      <p id="seen" data-hostread-impression="banner" data-hostread-slot="top">Banner</p>
      <p style="height: 5000px"></p><p id="far" data-hostread-impression="footer">Footer</p>"""
    visit.shop.policy = (
        f"default-src 'none'; img-src data:; script-src {visit.gate.url}; connect-src {visit.gate.url}; style-src 'unsafe-inline'"
    )
    visit.open()
    order = visit.collector.wait_for("purchase")[0]
    assert order["properties"] == {"order_id": "77", "value": "12.50", "currency": "GBP", "promo_code": None}
    assert [event["properties"] for event in visit.collector.wait_for("impression")] == [{"name": "banner", "slot": "top"}]
    visit.page.evaluate("document.getElementById('far').scrollIntoView()")
    assert visit.collector.wait_for("impression", 2)[1]["properties"] == {"name": "footer"}
    late = "document.body.insertAdjacentHTML('afterbegin', '<p data-hostread-event=\"Quiz Done\" data-hostread-score=\"3\">')"
    visit.page.evaluate(late)
    assert visit.collector.wait_for("Quiz Done")[0]["properties"] == {"score": "3"}
    assert visit.complaints == []


def test_a_single_page_application_has_a_page_view_for_each_address(visit: Any) -> None:
    """pushState, replaceState, back and a router's hash count; the same address again and a plain anchor do not."""
    visit.open("/?promo=POD20")
    visit.ready()
    steps = [
        "history.pushState({}, '', '/shoes')",
        "history.replaceState({}, '', '/shoes')",
        "history.pushState({}, '', '/shoes#size')",
        "history.replaceState({}, '', '/hats')",
        "location.hash = '#/basket'",
        "history.back()",
    ]
    for step in steps:
        visit.page.evaluate(step)
        visit.page.wait_for_timeout(120)
    pages = visit.collector.wait_for("page", 5)
    base = visit.shop.url("")
    assert [event["context"]["page"]["url"].removeprefix(base) for event in pages] == [
        "/?promo=POD20", "/shoes", "/hats", "/hats#/basket", "/hats",
    ]  # fmt: skip
    assert [event["context"]["page"]["referrer"].removeprefix(base) for event in pages] == [
        "", "/?promo=POD20", "/shoes", "/hats", "/hats#/basket",
    ]  # fmt: skip
    assert len(visit.collector.wait_for("promo_redemption")) == 1
    assert visit.complaints == []


def test_pages_may_be_left_to_the_shop(visit: Any) -> None:
    visit.shop.attributes = 'data-pages="manual"'
    visit.open()
    visit.ready()
    visit.page.evaluate("history.pushState({}, '', '/quiet'); hostread.page({section: 'home'})")
    visit.page.wait_for_timeout(300)
    assert [event["properties"] for event in visit.collector.wait_for("page")] == [{"section": "home"}]


@pytest.mark.parametrize("domain", ["shop.localhost", "shop.co.uk"])
def test_two_subdomains_are_one_visitor(visit: Any, domain: str) -> None:
    """The cookie lies on the registrable domain, found by trying: a public suffix (localhost, co.uk) takes none."""
    visit.open("/", f"www.{domain}")
    visit.collector.wait_for("page")
    visit.open("/pay", f"pay.{domain}")
    pages = visit.collector.wait_for("page", 2)
    assert len({event["anonymous_id"] for event in pages}) == 1
    assert [(cookie["name"], cookie["domain"]) for cookie in visit.context.cookies()] == [("hostread_id", f".{domain}")]
    visit.until("Object.keys(localStorage).length === 0")


def test_the_closing_beacon_tells_how_many_events_there_were(visit: Any) -> None:
    """Each page's numbers run from 1 without a gap to the closing one, and no page shares its id with another."""
    visit.open("/one")
    visit.ready()
    visit.page.evaluate("hostread.lead(); hostread.signup()")
    visit.collector.wait_for("signup")
    visit.open("/two")
    visit.collector.wait_for("page", 2)
    visit.page.close()
    visit.collector.wait_for("Page Closed", 2)
    by_page: dict[str, list[tuple[int, bool]]] = {}
    for event in visit.collector.events():
        about = event["context"]["hostread"]
        assert set(about) == {"page_id", "sequence", "is_last", "sdk_version"}
        by_page.setdefault(about["page_id"], []).append((about["sequence"], about["is_last"]))
    assert sorted(by_page.values()) == [[(1, False), (2, False), (3, False), (4, True)], [(1, False), (2, True)]]


def test_a_page_that_comes_back_closes_again_only_after_more(visit: Any) -> None:
    visit.open()
    visit.ready()
    visit.collector.wait_for("page")
    hide = """state => {
      Object.defineProperty(document, "hidden", {value: state, configurable: true});
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    for hidden in (True, False, True, False):
        visit.page.evaluate(hide, hidden)
    visit.collector.wait_for("Page Closed")
    visit.page.evaluate("hostread.lead()")
    visit.collector.wait_for("lead")
    visit.page.evaluate(hide, True)
    assert [event["context"]["hostread"]["sequence"] for event in visit.collector.wait_for("Page Closed", 2)] == [2, 4]
