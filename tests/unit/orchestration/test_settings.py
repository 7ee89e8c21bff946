import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.collector.settings import CollectorSettings
from api.settings import ApiSettings
from orchestration.settings import PROJECT_ROOT, Settings


def test_a_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    made = Settings(home=tmp_path, secret_key=None).resolved_secret_key()
    assert Settings(home=tmp_path, secret_key=None).resolved_secret_key() == made
    assert len(made) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_port_out_of_range_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(api_port=70000)


def test_every_setting_is_described_in_the_example_and_no_other() -> None:
    text = (PROJECT_ROOT / ".env.example").read_text("utf-8")
    described = {line.lstrip("#").split("=")[0] for line in text.splitlines() if line.lstrip("#").startswith("HOSTREAD_")}
    models = (Settings, ApiSettings, CollectorSettings)
    assert described == {f"HOSTREAD_{name.upper()}" for model in models for name in model.model_fields}


def test_a_wrong_setting_is_one_clear_line_and_status_1() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from orchestration.cli import main; main()", "url"],
        env={"HOSTREAD_API_PORT": "many", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "HOSTREAD_API_PORT is 'many'" in done.stderr
    assert "Traceback" not in done.stderr
