"""docs/quick-start.md as it stands, run before real processes: registration, campaign, order, report."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "quick-start.md").read_text("utf-8")
# curl is not on every machine; Python is where these tests are.
WAYS = ["python", *(["sh"] if shutil.which("curl") else [])]


def block(language: str) -> str:
    """The one block of the page in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def servers(database_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The API and the collector as processes of their own, a report worker, and the environment that names them."""
    from api.reports.worker import run_worker

    ports = {"api.main:create_app": free_port(), "api.collector.app:create_app": free_port()}
    env = {
        **os.environ, "HOSTREAD_DATABASE_URL": database_url, "HOSTREAD_SECRET_KEY": "s" * 32, "HOSTREAD_HOME": str(tmp_path),
        "HOSTREAD_LOG_LEVEL": "ERROR",
    }  # fmt: skip
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--port", str(port), app],
            env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        for app, port in ports.items()
    ]  # fmt: skip
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(database_url, stop), daemon=True)
    worker.start()
    try:
        urls = [f"http://127.0.0.1:{port}" for port in ports.values()]
        for url in urls:
            wait(url)
        yield {"HOSTREAD_API": urls[0], "HOSTREAD_COLLECTOR": urls[1]}
    finally:
        stop.set()
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)
        worker.join(20)


def wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, f"{url} is not ready"
        time.sleep(0.1)


@pytest.mark.parametrize("way", WAYS)
def test_the_page_leads_to_a_report(way: str, servers: dict[str, str], published: str, database_url: str, tmp_path: Path) -> None:
    """A step of the page that the API does not take any more: a stranger stops there."""
    assert published
    folder = tmp_path / way
    folder.mkdir()
    command = [sys.executable, "-c", block("python")] if way == "python" else ["bash", "-c", block("sh")]
    done = subprocess.run(
        command, env={**os.environ, **servers, "HOSTREAD_EMAIL": f"{way}@network.example"}, cwd=folder, capture_output=True,
        text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "purchase" in done.stdout
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "headline.ads_delivered" in (folder / "report.csv").read_text("utf-8-sig")
    # A campaign whose flight is over is completed by its report.
    assert re.fullmatch(r"name,status\s+Spring,(active|completed)\s+", (folder / "campaigns.csv").read_text())
    with psycopg.connect(database_url) as owner:
        assert owner.execute("select count(*) from raw.collector_events where message_id = 'order-1001'").fetchone() == (1,)


def test_both_ways_do_the_same() -> None:
    """An operation that one of the two leaves out."""

    def named(text: str) -> Any:
        return {re.sub(r"[{$].*?(?=/|$)", "*", path).rstrip("*") for path in re.findall(r"/v1/[\w/${}\[\]'.-]+", text)}

    paths = [{path.split("/")[2] for path in named(block(language))} for language in ("sh", "python")]
    assert paths[0] == paths[1] and len(paths[0]) >= 7
