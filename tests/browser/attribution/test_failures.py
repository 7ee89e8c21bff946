"""Whatever breaks, the page works and says nothing, and each event arrives once: by the same id, and as long as it takes."""

import time
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("attribution")]
# What a browser itself writes about a request that failed; anything else would be ours.
NETWORK = ("Failed to load resource", "blocked by CORS policy", "net::ERR", "Content Security Policy")


def ours(complaints: list[str]) -> list[str]:
    return [text for text in complaints if not any(known in text for known in NETWORK)]


def works(visit: Any) -> bool:
    """The shop's own script still runs, and its own timer, history and form with it."""
    return bool(visit.page.evaluate("() => { history.pushState({}, '', '#works'); return document.title.startsWith('Shop'); }"))


@pytest.mark.parametrize("failure", [(500, {}), (503, {"Retry-After": "1"}), (429, {"Retry-After": "1"}), None], ids=str)
def test_what_was_refused_is_sent_again_under_the_same_id(visit: Any, failure: Any) -> None:
    """Two failures, then an answer: the order is committed once, and the same body was sent each time but for sentAt."""
    visit.open()
    visit.collector.wait_for("page")
    visit.gate.failures = [failure, failure]
    visit.page.evaluate("hostread.purchase({order_id: '5', value: 10, currency: 'USD'})")
    visit.collector.wait_for("purchase")
    attempts = visit.gate.attempts("purchase")
    assert len(attempts) == 3 and attempts[0] == attempts[1] == attempts[2]
    visit.page.wait_for_timeout(300)
    assert visit.collector.rows("select count(*) from raw.collector_events where event_name = 'purchase'") == [(1,)]
    visit.until("Object.keys(localStorage).length === 0")
    assert works(visit) and ours(visit.complaints) == []


def test_retry_after_is_waited_for(visit: Any) -> None:
    """Nothing at all is sent before its time, not even what happens meanwhile."""
    visit.open()
    visit.collector.wait_for("page")
    visit.gate.failures = [(429, {"Retry-After": "3"})]
    sent = len(visit.gate.times)
    visit.page.evaluate("hostread.lead()")
    visit.page.wait_for_timeout(500)
    visit.page.evaluate("hostread.signup()")
    visit.collector.wait_for("signup")
    times = visit.gate.times[sent:]
    assert len(times) == 2 and times[1] - times[0] >= 2.9
    assert [event.get("event") for event in visit.gate.bodies[-1]["batch"]] == ["lead", "signup"]


def test_a_lost_answer_doubles_nothing(visit: Any) -> None:
    """The collector committed, its answer did not arrive: the event comes again and is admitted once."""
    visit.open()
    visit.collector.wait_for("page")
    visit.gate.failures, visit.gate.forwards = [(503, {})], True
    visit.page.evaluate("hostread.purchase({order_id: '6', value: 10})")
    query = "select message_id, body_sha256 from raw.collector_events where event_name = 'purchase'"
    deadline = time.monotonic() + 60
    while len(found := visit.collector.rows(query)) < 2:
        assert time.monotonic() < deadline, f"found {found}, expected two deliveries"
        time.sleep(0.05)
    assert found[0] == found[1]
    admitted = visit.collector.rows("select count(*) from raw.collector_tail() where event_name = 'purchase'")
    assert admitted == [(1,)]


def test_what_is_refused_for_ever_is_not_sent_again(visit: Any) -> None:
    """403 (an origin that is not allowed) drops the event: nothing waits, nothing is repeated."""
    visit.collector.rows("update app.sites set allowed_origins = '{https://else.example}' returning 1")
    try:
        visit.gate.failures = [(403, {})]
        visit.open()
        visit.ready()
        visit.gate.wait_for(1)
        visit.page.wait_for_timeout(2_000)
        assert len(visit.gate.bodies) == 1 and visit.kept()["local"] == []
    finally:
        visit.collector.rows("update app.sites set allowed_origins = '{}' returning 1")


def test_events_outlive_the_page_and_the_collector(visit: Any) -> None:
    """The collector dies, the visitor orders and goes on; back again, the order arrives, with its own time and page."""
    visit.open("/basket")
    visit.collector.wait_for("page")
    visit.collector.stop()
    visit.page.evaluate("hostread.purchase({order_id: '7', value: 10, currency: 'USD'})")
    assert works(visit)
    visit.open("/thanks")
    visit.page.wait_for_timeout(500)
    assert len([name for name in visit.kept()["local"] if name.startswith("hostread_q")]) >= 1
    visit.collector.start()
    # Between two attempts lies a minute and a half at most.
    order = visit.collector.wait_for("purchase", seconds=120)[0]
    assert order["context"]["page"]["path"] == "/basket"
    assert order["client_at"] < order["sent_at"]
    pages = visit.collector.wait_for("page", 2)
    assert {event["context"]["page"]["path"] for event in pages} == {"/basket", "/thanks"}
    visit.until("Object.keys(localStorage).length === 0")
    assert ours(visit.complaints) == []


def test_the_queue_is_bounded_and_old_events_go(visit: Any) -> None:
    """At most a hundred events wait, the newest; a week is the oldest; what is cut off takes no neighbour along."""
    visit.open()
    visit.collector.wait_for("page")
    visit.gate.failures = [(500, {})] * 200
    visit.page.evaluate("for (let i = 0; i < 150; i++) hostread.track('Step ' + i)")
    visit.until("Object.keys(localStorage).length > 90")
    assert len(visit.kept()["local"]) <= 101
    visit.page.evaluate("""() => {
      localStorage.setItem("hostread_q." + (Date.now() - 8 * 864e5) + ".old", '{"messageId":"old","type":"track","event":"Old"}');
      localStorage.setItem("hostread_q." + Date.now() + ".cut", '{"messageId":"cut","type":"tr');
    }""")
    visit.gate.failures = []
    visit.open("/later")
    visit.collector.wait_for("Step 149")
    names = {event["event_name"] for event in visit.collector.events()}
    assert "Step 60" in names and "Step 10" not in names and "Old" not in names
    visit.until("Object.keys(localStorage).length === 0")


@pytest.mark.parametrize("way", ["blocked", "policy", "nowhere"])
def test_without_the_script_the_page_works(visit: Any, way: str) -> None:
    """Blocked by the browser, by the policy, or the collector away: the shop's calls to the stub do no harm."""
    visit.shop.files["/shop.js"] = """
      window.hostread = window.hostread || function () { (hostread.q = hostread.q || []).push(arguments); };
      hostread("purchase", {order_id: "1"});
      document.title = "Shop worked";
    """
    visit.shop.head = '<script src="/shop.js"></script>'
    if way == "blocked":
        visit.context.route("**/attribution.js", lambda route: route.abort("blockedbyclient"))
    elif way == "policy":
        visit.shop.policy = "default-src 'none'; img-src data:; script-src 'self'"
    else:
        visit.gate.serves_script = False
    visit.open()
    assert visit.page.title() == "Shop worked"
    assert works(visit) and ours(visit.complaints) == []


def test_where_the_policy_forbids_to_connect_nothing_is_thrown(visit: Any) -> None:
    visit.shop.policy = f"default-src 'none'; img-src data:; script-src {visit.gate.url}"
    visit.open()
    visit.ready()
    visit.page.evaluate("hostread.purchase({order_id: '1'})")
    visit.page.wait_for_timeout(500)
    assert works(visit) and ours(visit.complaints) == [] and visit.gate.bodies == []


ODD = {
    "frozen": """
      for (const one of [Object, Array, Function, String, Promise, Date, Map, WeakMap]) [one.prototype, one].map(Object.freeze);
      Object.freeze(history); Object.freeze(JSON); Object.freeze(Math);
    """,
    "no_storage": """
      for (const name of ["localStorage", "sessionStorage", "indexedDB"])
        Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError"); }});
    """,
    "full_storage": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
    "no_cookies": "Object.defineProperty(Document.prototype, 'cookie', {get() { return ''; }, set() {}});",
    "cookies_throw": """
      const fail = () => { throw new Error("cookies"); };
      Object.defineProperty(Document.prototype, "cookie", {get: fail, set: fail});
    """,
    "date_throws": "window.Date = function () { throw new Error('date'); };",
    "date_lies": "Date.prototype.toISOString = () => 'yesterday'; Date.now = () => 'now';",
    "json_throws": "JSON.stringify = JSON.parse = () => { throw new Error('json'); };",
    "json_of_old": "Object.prototype.toJSON = Array.prototype.toJSON = function () { return 'old'; };",
    "polluted": """
      Object.prototype.extra = {toISOString: 1}; Array.prototype.first = function () {}; Object.prototype.each = function () {};
    """,
    "no_apis": """
      delete window.IntersectionObserver; delete window.requestIdleCallback; delete window.navigation;
      Object.defineProperty(window, "crypto", {value: undefined}); Navigator.prototype.sendBeacon = undefined;
    """,
    "apis_throw": """
      navigator.sendBeacon = () => { throw new Error("beacon"); };
      window.IntersectionObserver = function () { throw new Error("io"); };
      crypto.randomUUID = () => "not-so-random-" + performance.now();
    """,
}


@pytest.mark.parametrize("oddity", list(ODD))
def test_an_odd_page_is_measured_and_left_alone(visit: Any, oddity: str) -> None:
    """Frozen prototypes, storage that throws, replaced Date and JSON: the order arrives, the page's own calls do not throw."""
    visit.context.add_init_script(ODD[oddity])
    visit.shop.pages["/"] = '<a id="link" data-hostread-click="a">a</a><p data-hostread-impression="p">p</p>'
    visit.open("/?utm_source=podcast&promo=POD20")
    visit.ready()
    visit.page.click("#link")
    visit.page.evaluate("hostread.purchase({order_id: '8', value: 1, products: [{sku: 'a'}]}); history.pushState({}, '', '/next')")
    order = visit.collector.wait_for("purchase")[0]
    assert order["properties"]["order_id"] == "8" and order["properties"]["promo_code"] == "POD20"
    assert order["properties"]["products"] == [{"sku": "a"}]
    visit.collector.wait_for("click")
    assert visit.collector.rows("select reason_code from raw.quarantine") == []
    visit.open("/after")
    visit.collector.wait_for("Page Closed")
    assert ours(visit.complaints) == []


@pytest.mark.parametrize(
    "given",
    [
        "null", "undefined", "'text'", "7", "[1, 2]", "(() => { const a = {}; a.a = a; return a; })()", "document", "window",
        "{bad: '\\ud800 and \\u0000', n: NaN, i: Infinity, f() {}, big: 2 ** 60}",
        "new Proxy({}, {ownKeys() { throw new Error('no'); }})",
    ],
)  # fmt: skip
def test_no_argument_makes_a_call_throw(visit: Any, given: str) -> None:
    """Every call takes anything: what cannot be read is left out, and the next event arrives whole."""
    visit.open()
    visit.ready()
    visit.page.evaluate(f"""() => {{
      for (const call of Object.keys(hostread)) if (typeof hostread[call] === "function" && call !== "consent") {{
        hostread[call]({given}); hostread[call]("x", {given}, {given}); hostread(call, {given});
      }}
      hostread({given}); hostread("nothing", {given});
      hostread.consent(true); hostread.track("Still here", {{bad: "\\ud800-\\u0000-\\n\\"", n: NaN}});
    }}""")
    found = visit.collector.wait_for("Still here")[0]
    assert found["properties"] == {"bad": ' - - "', "n": None}
    assert [text for text in visit.complaints if text.startswith("thrown")] == []
