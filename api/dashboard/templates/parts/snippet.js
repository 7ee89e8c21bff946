<script>
(function () {
  var collector = {{ collector | tojson }}, key = {{ write_key | tojson }};
  function id() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    return Date.now().toString(36) + Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
  }
  function visitor() {
    try {
      var known = localStorage.getItem("hostread_id");
      if (!known) localStorage.setItem("hostread_id", known = id());
      return known;
    } catch (e) { return id(); }
  }
  function send(kind, event, properties, messageId) {
    var query = new URLSearchParams(location.search), now = new Date().toISOString();
    return fetch(collector + "/v1/" + kind, {
      method: "POST", keepalive: true, headers: { "Content-Type": "text/plain" },
      body: JSON.stringify({
        writeKey: key, messageId: messageId || id(), anonymousId: visitor(), event: event, properties: properties || {},
        timestamp: now, sentAt: now,
        context: {
          page: { url: location.href, path: location.pathname, search: location.search, referrer: document.referrer, title: document.title },
          campaign: { source: query.get("utm_source"), medium: query.get("utm_medium"), name: query.get("utm_campaign") },
          globalPrivacyControl: navigator.globalPrivacyControl === true
        }
      })
    }).catch(function () {});
  }
  window.hostread = {
    track: function (event, properties, messageId) { return send("track", event, properties, messageId); }
  };
  send("page", undefined, { url: location.href, path: location.pathname, referrer: document.referrer });
})();
</script>
