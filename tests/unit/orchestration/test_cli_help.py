import pytest
from click.testing import CliRunner

from orchestration.cli import COMMANDS, hostread


def test_the_help_names_every_command() -> None:
    printed = CliRunner().invoke(hostread, ["--help"]).output
    assert all(f"  {name} " in printed for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_exists_and_explains_itself(name: str) -> None:
    result = CliRunner().invoke(hostread, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output
    assert len(result.output.splitlines()) > 3
