// How long this page took to load, said once to our own server: the navigation's time, measured by the browser, and nothing else.
(() => {
  "use strict";
  const token = document.querySelector('meta[name="csrf-token"]');
  if (!token || !navigator.sendBeacon || !document.querySelector("[data-signed-in]")) return;
  const say = () => {
    const [entry] = performance.getEntriesByType("navigation");
    // A page that was opened in the background, or comes out of the browser's memory, was waited for by nobody.
    if (!entry || entry.loadEventEnd <= 0 || entry.type === "back_forward" || document.prerendering) return;
    const said = { path: location.pathname, ms: Math.round(entry.loadEventEnd - entry.startTime), csrf_token: token.content };
    navigator.sendBeacon("/monitoring/loads", JSON.stringify(said));
  };
  // loadEventEnd is known only after the event's own handlers.
  if (document.visibilityState === "visible") {
    if (document.readyState === "complete") setTimeout(say, 0);
    else addEventListener("load", () => setTimeout(say, 0));
  }
})();
