"""What exists is documented, and what is documented exists: endpoints, settings, marts and their columns, figures."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.contract.figures import figures
from api.main import create_app
from api.settings import ApiSettings

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md"])
# Addresses in pages that are the collector's.
OTHERS = re.compile(r"/v1/(\{|track\b|page\b|identify\b|batch\b|b\b|pixel\b|prefix\b)")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    settings = ApiSettings(database_url="postgresql://nobody@127.0.0.1:9/none", secret_key="s" * 32, log_level="CRITICAL")
    return create_app(settings).openapi()


def shape(path: str) -> str:
    """An address without the names of its parts that vary."""
    return re.sub(r"\{[^/]*", "*", path).rstrip("/")


def test_every_endpoint_has_its_line_and_no_other(document: dict[str, Any]) -> None:
    listed = set(re.findall(r"^\| `([A-Z]+ /[^`]*)`", (DOCS / "endpoints.md").read_text("utf-8"), re.MULTILINE))
    there = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert (sorted(there - listed), sorted(listed - there)) == ([], []), "run `hostread check --write-docs`"


def test_every_address_that_a_page_names_is_one(document: dict[str, Any]) -> None:
    """A page that sends its reader to an address of yesterday."""
    known = {shape(path) for path in document["paths"]}
    known |= {part for path in known for part in (path.rsplit("/", n)[0] for n in range(1, 4)) if part.startswith("/v1/")}
    named = {(page.name, path) for page in PAGES for path in re.findall(r"(?<![\w.])/v1/[a-z0-9/_{}*-]+", page.read_text("utf-8"))}
    assert sorted((page, path) for page, path in named if shape(path) not in known and not OTHERS.match(path)) == []


def test_every_mart_and_column_is_documented() -> None:
    """docs/contracts.md against the models' own files: a column without a line, or without words."""
    text = (DOCS / "contracts.md").read_text("utf-8")
    sections = dict(re.findall(r"^## `marts\.(\w+)`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    models: dict[str, dict[str, Any]] = {}
    for file in sorted((ROOT / "dbt_project" / "models" / "marts").rglob("*.yml")):
        models |= {model["name"]: model for model in yaml.safe_load(file.read_text("utf-8")).get("models", [])}
    assert sorted(models) == sorted(name for name in sections if name in models) and len(sections) >= len(models)
    faults = []
    for name, model in models.items():
        lines = dict(re.findall(r"^\| `(\w+)` \| [^|]* \| (.*) \|$", sections[name], re.MULTILINE))
        faults += [(name, column["name"]) for column in model["columns"] if not lines.get(column["name"], "").strip()]
        faults += [(name, column) for column in set(lines) - {column["name"] for column in model["columns"]}]
    assert faults == []


def test_marts_that_pages_name_are_there() -> None:
    text = (DOCS / "contracts.md").read_text("utf-8")
    known = set(re.findall(r"^## `marts\.(\w+)`", text, re.MULTILINE))
    # Not dbt's: the row of each build, and what is made beside the marts at read time.
    known |= {"builds", "campaign_performance_live", "attribution_models_preview"}
    named = {(page.name, mart) for page in PAGES for mart in re.findall(r"`marts\.(\w+)`", page.read_text("utf-8"))}
    assert sorted((page, mart) for page, mart in named if mart not in known and not mart.endswith("_live")) == []


def test_every_figure_is_on_its_page(document: dict[str, Any]) -> None:
    """/docs/figures and /v1/figures are made from one list: each figure has words, a unit and a source there."""
    found = figures(document)
    assert [one.figure for one in found if not (one.definition and one.unit and one.source and one.operations)] == []
    assert json.loads(found[0].model_dump_json())["figure"]


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*PAGES, *sorted((DOCS / "decisions").glob("*.md"))]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:\s]+\.md)(?:#[^)]*)?\)", page.read_text("utf-8"))]
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
