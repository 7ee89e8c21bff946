import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.processes import ProcessError, Processes, require_free_port


def test_a_taken_port_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ProcessError, match=r"is taken .* HOSTREAD_API_PORT"):
            require_free_port("api", taken.getsockname()[1])


def test_a_process_that_dies_at_its_start_is_said_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Processes(tmp_path, {"PATH": "/usr/bin"}) as processes, pytest.raises(ProcessError, match="cannot go on"):
        processes.start("worker", [sys.executable, "-c", "raise SystemExit('cannot go on')"], "http://127.0.0.1:9/")


def test_leaving_the_block_ends_the_children(tmp_path: Path) -> None:
    with Processes(tmp_path, {"PATH": "/usr/bin"}) as processes:
        processes.start("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"])
        child = processes.running["sleeper"]
        assert child.poll() is None
    assert child.poll() is not None


def test_a_sigterm_ends_the_children_too(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from orchestration.processes import Processes\n"
        "with Processes(Path(sys.argv[1]), {}) as p:\n"
        "    p.start('sleeper', [sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "    print(p.running['sleeper'].pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.terminate()
    parent.wait(30)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
