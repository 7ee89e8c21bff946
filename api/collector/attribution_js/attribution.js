// attribution.js: what a sponsor's pages send to Hostread's collector, by the Segment protocol. docs/attribution-js.md names every
// call and attribute. Its rules: nothing throws into the page; nothing is read from or kept in the browser before consent is
// known; what was not acknowledged is sent again under the same messageId; and at most 4 KB gzipped, so this file is terse.
((w, d) => {
  let version = "1.0.0", idName = "hostread_id", codeName = "hostread_code";
  let me = d.currentScript || d.querySelector("script[data-key]"), sequence = 0, closed = 0, pending = [], fails = 0,
    until = 0, anonymousId = "", userId = "", code = "", collector, gpc, held, agreed, pageId, here, referrer, observer,
    seen, busy, timer, routing, scanning, room;

  let safe = work => (...given) => { try { return work(...given); } catch (e) {} };
  let listen = (target, type, work) => target.addEventListener(type, safe(work), {capture: true, passive: true});
  let after = (work, wait) => setTimeout(safe(work), wait);
  let each = (list, work) => [].forEach.call(list, safe(work));
  let option = part => me.getAttribute("data-" + part) || "";

  // A page may have replaced Date or JSON by something that throws or lies: a time is left out then, and JSON is written here.
  let now = () => performance.timeOrigin + performance.now();
  let iso = safe(() => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.exec(new Date().toISOString())[0]);
  let uuid = () => w.crypto?.randomUUID?.() || ("" + Math.random() + Math.random()).slice(2);
  let json = (value, depth = 0) => {
    if (!depth) room = 1e3;
    if (value?.toISOString) value = value.toISOString();
    // No control character and no half of a surrogate pair: PostgreSQL holds neither.
    if (typeof value === "string") return '"' + value.replace(/["\\]/g, "\\$&").replace(/[\0-\x1f\ud800-\udfff]/gu, " ") + '"';
    // Not without end: somebody gives `window`.
    if (value == null || depth > 6 || room-- < 0) return "null";
    if (typeof value !== "object") return isFinite(value) ? "" + value : "null";
    let isList = Array.isArray(value), parts = Object.keys(value).flatMap(field =>
      room > 0 ? (isList ? "" : json(field, 1) + ":") + json(value[field], depth + 1) : []);
    return isList ? "[" + parts + "]" : "{" + parts + "}";
  };

  // The browser's storage: touched with consent only, but by forget().
  let cookie = () => (("; " + d.cookie).split("; " + idName + "=")[1] || "").split(";")[0];
  let write = (value, seconds) => {
    let parts = location.hostname.split("."), i = parts.length;
    // A browser refuses a public suffix (com, co.uk): the first name it takes, from the shortest on, is the registrable domain.
    while (i-- > -1) {
      d.cookie = idName + "=" + value + (i < 0 ? "" : ";domain=" + parts.slice(i).join(".")) + ";path=/;max-age=" + seconds +
        ";samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
      if (value && cookie() === value) return 1;
    }
  };
  let recall = safe(() => cookie() || localStorage.getItem(idName));
  let remember = safe(() => {
    let value = anonymousId + "~" + encodeURIComponent(userId);
    if (agreed) (write(value, 34128e3) || localStorage.setItem(idName, value));
  });
  let unstore = safe(name => { sessionStorage.removeItem(name); localStorage.removeItem(name); });
  let stored = safe(() => Object.keys(localStorage).filter(name => !name.indexOf("hostread_q.")).sort().reverse());
  let forget = () => {
    anonymousId = userId = code = "";
    each([idName, codeName].concat(stored() || []), unstore);
    safe(write)("", 0);
  };
  let keep = safe(item => {
    if (agreed && item.text) localStorage.setItem(item.at = item.at || "hostread_q." + now() + "." + uuid(), item.text);
  });
  let drop = item => {
    pending = pending.filter(other => other !== item);
    item.at && unstore(item.at);
  };
  // What an earlier page could not deliver, oldest first; what is too old, too much or cut off goes.
  let adopt = safe(() => each(stored(), (at, place) => {
    let text = localStorage.getItem(at);
    place < 100 && now() - at.split(".")[1] < 6048e5 && text.slice(-1) === "}" ? pending.unshift({text, at}) : unstore(at);
  }));

  // Sending: one request at a time, but for the closing beacon. `out` marks an event on its way.
  let take = () => {
    let size = 0;
    return pending.filter(item => item.text && !item.out && size < 2e4 && (size += item.text.length, item.out = 1));
  };
  let release = items => items.forEach(item => { item.out = 0; });
  let post = (items, isFinal) => {
    let url = collector + "/v1/batch", body = '{"batch":[' + items.map(item => item.text) + '],"sentAt":' + json(iso()) +
      ',"writeKey":' + json(option("key")) + "}";
    return isFinal && safe(() => navigator.sendBeacon(url, body))() ||
      fetch(url, {method: "POST", body, keepalive: body.length < 21e3, credentials: "omit", signal: w.AbortSignal?.timeout?.(3e4)});
  };
  let later = wait => { timer = timer || after(() => { timer = 0; flush(); }, wait); };
  let flush = () => {
    let left = until - now();
    if (busy || held) return;
    if (left > 0) return later(left);
    busy = take();
    if (!busy[0]) return busy = 0;
    try {
      post(busy).then(safe(answer => settle(answer.status, answer.headers.get("retry-after"))), safe(settle));
    } catch (e) { settle(); }
  };
  // Network errors, 408, 429 and 5xx are tried again; any other answer is final, the one or the other way.
  let settle = (status, wait) => {
    let items = busy;
    busy = 0;
    if (status < 500 && status !== 429 && status !== 408) {
      fails = 0;
      items.forEach(drop);
    } else {
      release(items);
      pending.forEach(keep);
      until = now() + Math.min(wait > 0 ? wait * 1e3 : (0.5 + Math.random()) * 500 * 2 ** Math.min(fails++, 7), 36e5);
    }
    flush();
  };

  // An event's page and time are those of the call; who sends it is written when consent is known.
  let address = () => /^#[!/]/.test(location.hash) ? location.href : location.href.split("#")[0];
  let query = () => new URLSearchParams(location.search);
  let send = (type, fields, messageId, isLast) => {
    let campaign = {}, item = {
      type, isLast, head: json({...fields, type, messageId: messageId || uuid(), timestamp: iso()}).slice(0, -1) + ",", context: {
        page: {url: address(), path: location.pathname, search: location.search, referrer, title: d.title},
        campaign, library: {name: "attribution.js", version}, gpc
      }
    };
    query().forEach((value, name) => {
      name = name.split("utm_")[1];
      if (name) campaign[name === "campaign" ? "name" : name] = value;
    });
    pending.push(item);
    pending[100] && drop(pending[0]);
    if (!held) {
      stamp(item);
      later(99);
    }
    return item;
  };
  let stamp = item => {
    if (item.text) return;
    // Without consent nobody is named: the page's own number stands for the person, and a call that only names is not sent.
    if (!agreed && /identify|alias/.test(item.type)) return drop(item);
    item.text = item.head + json({anonymousId: anonymousId || pageId, userId, context: {
      ...item.context, consent: {granted: agreed},
      hostread: {page_id: pageId, sequence: ++sequence, is_last: !!item.isLast, sdk_version: version}
    }}).slice(1);
    fails && keep(item);
  };
  let track = (event, properties, id) => send("track", {event, properties: {...properties}}, id);

  let consent = answer => {
    let known;
    held = 0;
    agreed = !gpc && /^(true|granted)$/.test(answer);
    if (!agreed) forget();
    else if (!anonymousId) {
      known = /^([\w.-]{8,64})~(.*)/.exec(recall()) || [];
      anonymousId = known[1] || uuid();
      userId = userId || safe(decodeURIComponent)(known[2] || "");
      // Safari ends a script's cookie after a week: each visit begins it anew, but not while the page is loading.
      known[1] ? after(remember, 2e3) : remember();
      keepCode();
      adopt();
    }
    pending.slice().forEach(stamp);
    later(0);
  };
  let setUser = id => {
    if (agreed === false || !id || typeof id === "object") return;
    userId = "" + id;
    remember();
  };
  let keepCode = safe(() => agreed && code && sessionStorage.setItem(codeName, code));
  let promo = (text, properties, source) => {
    text = ("" + (text || "")).trim().slice(0, 100);
    if (!text || text === code) return;
    code = text;
    keepCode();
    track("promo_redemption", {...properties, promo_code: code, source});
  };
  // An order that says nothing of codes bears the one that was typed or came with the link in this visit.
  let purchase = (properties, id) => {
    code = code || agreed && safe(() => sessionStorage.getItem(codeName))();
    track("purchase", {promo_code: code || null, ...properties}, id);
    code = "";
    unstore(codeName);
  };

  // Marked elements: data-hostread-click, -impression, -promo and -event; other data-hostread-* are properties.
  let marks = (element, kind) => {
    let all = {};
    each(element.attributes, ({name, value}) => {
      name = name.split("data-hostread-")[1];
      if (name) all[name === kind ? "name" : name.replace(/-/g, "_")] = value;
    });
    return all;
  };
  let marked = (event, kind) => event.target.closest("[data-hostread-" + kind + "]");
  let clicked = event => {
    let link = marked(event, "click");
    track("click", {href: link.getAttribute("href"), ...marks(link, "click")});
  };
  let viewed = entries => entries.forEach(({target, isIntersecting}) => {
    clearTimeout(seen.get(target));
    // Half of it for one second.
    if (isIntersecting) seen.set(target, after(() => {
      observer.unobserve(target);
      track("impression", marks(target, "impression"));
    }, 1e3));
  });
  let scan = () => {
    scanning = 0;
    each(d.querySelectorAll("[data-hostread-impression],[data-hostread-event]"), element => {
      let {event, ...found} = marks(element);
      if (seen.has(element)) return;
      seen.set(element, 0);
      if (!event) observer.observe(element);
      else if (event === "promo") promo(found.promo_code, found);
      else event === "purchase" ? purchase(found) : track(event, found);
    });
  };
  let scanSoon = () => { scanning = scanning || after(() => (w.requestIdleCallback || after)(safe(scan)), 250); };

  // Pages: the load, and each change of address by history or a router's hash.
  let page = properties => {
    send("page", {properties: {...properties}});
    query().forEach((value, name) => {
      if (/^(promo|coupon|discount|voucher)([_-]?code)?$/i.test(name) || name === option("promo-parameter")) promo(value, {}, "url");
    });
  };
  let open = from => {
    here = address();
    referrer = from;
    option("pages") || page();
    scanSoon();
  };
  let route = () => {
    routing = 0;
    address() === here || open(here);
  };
  let routeSoon = () => { routing = routing || after(route, 20); };
  let begin = () => {
    pageId = uuid();
    sequence = closed = 0;
    seen = new WeakMap();
    open(d.referrer);
  };
  // The closing beacon: how many events this page had. Another follows if the page comes back and has more.
  let close = () => {
    let last, items;
    if (routing) route();
    if (held) consent();
    if (sequence === closed) return;
    last = send("track", {event: "Page Closed"}, "", 1);
    closed = sequence;
    pending.forEach(item => { if (item !== last || fails) keep(item); });
    if (until <= now() || !agreed) while ((items = take())[0]) safe(() => post(items, 1).catch(() => 0))();
    fails || drop(last);
  };

  let api = {
    page, track, purchase, promo, consent, scan,
    identify(id, traits) { setUser(id); send("identify", {traits: {...traits}}); },
    alias(id, previousId = userId || anonymousId) { setUser(id); send("alias", {previousId}); },
    reset() { forget(); agreed && consent(true); }
  };
  let call = ([name, ...given]) => main[name](...given);
  let main = (...given) => safe(call)(given);

  let boot = () => {
    let stub = w.hostread, waiting = [...stub?.q || []], isConsent = given => given[0] === "consent";
    if (stub?.version || !option("key")) return;
    collector = option("collector") || me.src.split("/attribution.")[0];
    gpc = !!navigator.globalPrivacyControl;
    each(["click", "impression", "lead", "signup", "refund", "survey_response"], kind => {
      api[kind] = (properties, id) => track(kind, properties, id);
    });
    each(Object.keys(api), kind => { main[kind] = safe(api[kind]); });
    main.version = version;
    w.hostread = main;
    // A page that kept the stub goes on calling it.
    if (stub) stub.q = {push: safe(call)};
    held = 1;
    each(waiting.filter(isConsent), call);
    begin();
    // What the page said of consent before this script came is heard before anything is kept or sent.
    if (held && (gpc || option("consent") !== "wait")) consent(option("consent") !== "denied");
    each(waiting, given => isConsent(given) || call(given));
    listen(d, "click", clicked);
    listen(d, "auxclick", clicked);
    listen(d, "change", event => promo(marked(event, "promo").value, {}, "typed"));
    listen(d, "visibilitychange", () => {
      if (d.hidden) return close();
      busy || release(pending);
      flush();
    });
    listen(w, "pagehide", close);
    listen(w, "pageshow", event => event.persisted && begin());
    listen(w, "online", () => { until = 0; flush(); });
    listen(w, "popstate", routeSoon);
    each(["pushState", "replaceState"], way => {
      let before = history[way];
      history[way] = function () { let result = before.apply(this, arguments); routeSoon(); return result; };
    });
    new MutationObserver(safe(scanSoon)).observe(d, {childList: true, subtree: true});
    observer = new IntersectionObserver(safe(viewed), {threshold: 0.5});
  };
  safe(() => d.prerendering ? listen(d, "prerenderingchange", boot) : boot())();
})(window, document);
