"""What a sponsor's site embeds: a page view on load, and `hostread.track(name, properties)` for what follows."""

import json

# Segment's HTTP tracking protocol, sent as text/plain so that no preflight stands before the first event. `keepalive` lets an
# event outlive the page. The browser's id is random and lies in local storage; with Global Privacy Control there is none.
TEMPLATE = """<script>
(function (w, d, key, url) {
  function uuid() { return crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2) + Date.now(); }
  var gpc = navigator.globalPrivacyControl === true, id = uuid();
  if (!gpc) { try { id = localStorage.hostread_id || (localStorage.hostread_id = id); } catch (e) {} }
  var q = new URLSearchParams(w.location.search);
  function send(type, event, properties) {
    var now = new Date().toISOString();
    var campaign = {source: q.get("utm_source"), medium: q.get("utm_medium"), name: q.get("utm_campaign")};
    var page = {url: w.location.href, path: w.location.pathname, search: w.location.search, referrer: d.referrer, title: d.title};
    var body = {type: type, event: event, messageId: uuid(), anonymousId: id, timestamp: now, sentAt: now, writeKey: key,
      properties: properties || {}, context: {page: page, campaign: campaign, library: {name: "hostread-snippet", version: "1"}}};
    fetch(url + "/v1/" + type, {method: "POST", body: JSON.stringify(body), keepalive: true}).catch(function () {});
  }
  w.hostread = {
    track: function (event, properties) { send("track", event, properties); },
    page: function () { send("page"); }
  };
  w.hostread.page();
})(window, document, %(key)s, %(url)s);
</script>
<!-- After an order: hostread.track("Order Completed", {order_id: "1001", total: 59.00, currency: "USD", coupon: "POD20"}) -->
"""


def snippet(write_key: str, collector_url: str) -> str:
    """The text to paste before `</head>`. Key and address stand in it as JSON strings in which no markup can end the script."""
    return TEMPLATE % {"key": _script_string(write_key), "url": _script_string(collector_url)}


def _script_string(text: str) -> str:
    return json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e")
