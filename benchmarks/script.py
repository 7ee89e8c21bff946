"""`script.main_thread_vs_without`: what attribution.js costs a shop's page in a real browser, against the same page without it.

The page is a shop's: 3,000 elements, an application script that draws them and answers clicks, 60 marked links and 40 marked
banners. Each visit scrolls through it, clicks 30 times, 6 of them on marked links, and goes through 10 addresses. Both kinds are
taken in turns, and the page without is measured twice: the ratio of those two is the noise. Needs Debian's Chromium.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from api.collector.attribution_js.script import current

CHROMIUM = "/usr/bin/chromium"
ROUNDS = int(os.environ.get("HOSTREAD_BENCH_SCRIPT_ROUNDS", "12"))
SHOP = """
const list = document.getElementById("list");
for (let i = 0; i < 1000; i++) {
  const item = document.createElement("article");
  item.innerHTML = `<h3>Product ${i}</h3><a href="#" ${i % 16 ? "" : `data-hostread-click="p${i}"`}>Buy ${i}</a>`;
  if (i % 25 === 0) item.setAttribute("data-hostread-impression", `b${i}`);
  list.append(item);
}
addEventListener("click", event => {
  event.preventDefault();
  const rows = [...Array(400)].map((_, n) => ({n, price: Math.sin(n) * 100})).sort((a, b) => a.price - b.price);
  document.getElementById("cart").textContent = JSON.stringify(rows).length;
});
"""
VISIT = """async () => {
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  for (let i = 0; i < 30; i++) {
    scrollTo(0, i * 900); await frame();
    document.querySelectorAll("article a")[i % 5 ? i * 16 + 1 : i * 16].click(); await frame();
    if (i % 3 === 0) { history.pushState({}, "", "/step/" + i); await frame(); }
  }
  await new Promise(done => setTimeout(done, 600));
}"""


def run() -> Iterable[dict[str, Any]]:
    """Two figures: seconds of the main thread for one visit, and layouts, the least of the rounds, against the page without."""
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        return
    with _server() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        _visit(browser, f"{base}/without")
        _visit(browser, f"{base}/with")
        rounds = [tuple(_visit(browser, base + path) for path in ("/without", "/with", "/without")) for _ in range(ROUNDS)]
        browser.close()
    for name, unit, metric in (("main_thread", "s", "TaskDuration"), ("layouts", "layouts", "LayoutCount")):
        without, having, again = (min(visit[metric] for visit in side) for side in zip(*rounds, strict=True))
        yield {
            "name": f"script.{name}_vs_without",
            "value": round(having, 4),
            "unit": unit,
            "against": f"the same page without it: {without:.4f} {unit}; that page against itself: {again / without:.3f}",
            "ratio": round(having / without, 3),
        }


def _visit(browser: Any, url: str) -> dict[str, float]:
    """The browser's own counters after one visit in a fresh context."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(url, wait_until="load")
    page.evaluate(VISIT)
    counted = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    return counted


@contextmanager
def _server() -> Iterator[str]:
    """The shop, its script and a collector that takes everything, on one port."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/attribution.js":
                self._answer("text/javascript", current().content)
            elif self.path == "/shop.js":
                self._answer("text/javascript", SHOP.encode())
            else:
                tag = '<script async src="/attribution.js" data-key="hrw_benchmark"></script>' if self.path == "/with" else ""
                body = f'<!doctype html><title>Shop</title>{tag}<p id="cart"></p><div id="list"></div>'
                self._answer("text/html", f'{body}<script src="/shop.js"></script>'.encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self._answer("application/json", b'{"success": true}')

        def _answer(self, media_type: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """A line a request would be of no use."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
