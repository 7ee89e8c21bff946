"""Child processes: started with a log each, waited for until they answer, ended in reverse order."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from orchestration.errors import HostreadError

# A busy machine is no fault: one that has died is told at once, one that lives is waited for.
READY_SECONDS = 240
STOP_SECONDS = 15


class ProcessError(HostreadError):
    """A process could not be started or died; the message names its log."""


@dataclass
class Processes:
    """The children of this process. Leaving the `with` block ends them, the last started first."""

    logs: Path
    env: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    handlers: dict[int, Any] = field(default_factory=dict)

    def __enter__(self) -> "Processes":
        # A service manager ends us with SIGTERM, and a shell's background job ignores SIGINT: both are Ctrl-C to us.
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGTERM, signal.SIGINT):
                self.handlers[name] = signal.signal(name, signal.default_int_handler)
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for name in reversed(list(self.running)):
            self.stop(name)
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        self.handlers.clear()

    def start(self, name: str, command: Sequence[str], ready_url: str | None = None, port: int | None = None) -> None:
        """Start `command`; with `ready_url`, return once it answers 200. A taken port is said before anything starts."""
        if port is not None:
            require_free_port(name, port)
        with (self.logs / f"{name}.log").open("ab") as log:
            # A session of its own: Ctrl-C reaches us alone, and we end the children in order.
            self.running[name] = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(self.env), start_new_session=True
            )
        if ready_url is not None:
            self._wait_until_ready(name, ready_url)

    def stop(self, name: str) -> None:
        child = self.running.pop(name)
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def ended(self) -> Iterator[str]:
        """The names of the children that are no longer alive."""
        return (name for name, child in self.running.items() if child.poll() is not None)

    def _wait_until_ready(self, name: str, url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        found = f"did not answer at {url} within {READY_SECONDS} s"
        while time.monotonic() < deadline:
            if (status := self.running[name].poll()) is not None:
                found = f"ended with status {status} before it answered at {url}"
                break
            with contextlib.suppress(requests.RequestException):
                if requests.get(url, timeout=2).status_code == 200:
                    return
            time.sleep(0.05)
        log = self.logs / f"{name}.log"
        tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-12:])
        raise ProcessError(f"{name} {found}; the end of {log}:\n{tail}")


def require_free_port(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ProcessError(
                f"port {port} for the {name} is taken ({error.strerror}), expected a free one: "
                f"end what listens there, or choose another with HOSTREAD_{name.upper()}_PORT"
            ) from error


def granian(factory: str, host: str, port: int, workers: int = 1) -> list[str]:
    """The command that serves an ASGI application factory. Of several workers one that dies is replaced; a single one's end is the
    server's, which its parent sees."""
    respawn = ["--respawn-failed-workers"] if workers > 1 else []
    return [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", factory,
        "--host", host, "--port", str(port), "--workers", str(workers), *respawn, "--no-ws", "--log-level", "warning",
    ]  # fmt: skip
