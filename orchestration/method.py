# ruff: noqa: E501  # what the rules say, as they say it
"""The method statement: how downloads are counted, resolved from the code and the configuration that count them.

Each rule names the line that does it, found when the statement is made; a rule whose line is gone is an error and no statement.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import psycopg
import yaml
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from api.marts.own_models import own_models
from orchestration.errors import HostreadError
from orchestration.settings import PROJECT_ROOT

DBT = PROJECT_ROOT / "dbt_project"
JUDGED = "dbt_project/models/intermediate/counting/int_requests_judged.sql"
COUNTED = "dbt_project/models/intermediate/counting/int_downloads_counted.sql"
# A default in a model's code: var('volume_episodes_per_hour', 30).
VAR = re.compile(r"var\(\s*'(?P<name>\w+)'\s*,\s*(?P<default>[^()]+?)\s*\)")
STANDARD = "IAB Tech Lab Podcast Technical Measurement Guidelines 2.3"


class MethodError(HostreadError):
    """The statement cannot be made; the message names the rule whose code was not found."""


@dataclass(frozen=True)
class Rule:
    """One rule: what it says, the settings that it has, and how its line is known (a file and a regular expression)."""

    name: str
    text: str
    file: str
    anchor: str
    settings: tuple[str, ...] = ()


SECTIONS: Sequence[tuple[str, str, Sequence[Rule]]] = (
    (
        "What rejects a request",
        "In this order; the first rule that matches rejects the request, which is kept with the rule's code.",
        (
            Rule("method", "Not a GET: a HEAD carries no data.", JUDGED, r"then 'method'"),
            Rule("status", "A status other than 200 and 206.", JUDGED, r"then 'status'"),
            Rule("probe", "The range is exactly bytes=0-1. A prefix cannot see what was served: there a probe is held and replaced by "
                 "a larger request of the same key.", JUDGED, r"'probe'", ("counts_lone_probes",)),
            Rule("bot", "The agent matches the list of bots, names itself a bot, or is empty. Tried in the order bots, apps, "
                 "libraries, browsers; the first match wins. Crawlers are tried after libraries.",
                 "assets/hosting/counting/user_agent.py", r"def classify"),
            Rule("watch", "A watchOS duplicate: the agent begins atc/ and holds watchOS, or holds (null)/(null) watchOS.",
                 "assets/hosting/counting/watch.py", r"def is_watch"),
            Rule("datacenter", "The address lies in a data-centre, VPN or crawler range and in no safe one; a safe entry is applied "
                 "for 90 days after it was validated. Judged on arrival: no address is kept.",
                 "assets/lists/versions.py", r"^SAFE_FOR", ("rejects_datacenters",)),
            Rule("volume", "More distinct episodes from one address in a UTC hour or a UTC day than are believed: all of the "
                 "address's requests of that hour or day.", JUDGED, r"'volume'",
                 ("volume_episodes_per_hour", "volume_episodes_per_day")),
            Rule("preload", "A player that is known to preload.", JUDGED, r"then 'preload'"),
            Rule("unknown_episode", "The file belongs to no episode of the tenant's feeds.", JUDGED, r"'unknown_episode'"),
            Rule("anomaly", "A recorded decision of the tenant excludes it; who, when and why is kept, and it can be taken back.",
                 JUDGED, r"'anomaly'"),
        ),
    ),
    (
        "What makes a download",
        "What is left is grouped by key and cut into windows.",
        (
            Rule("key", "The IPv4 address or the first 64 bits of the IPv6 one (as a keyed hash), the user agent, and the episode.",
                 "dbt_project/macros/counting/download_key.sql", r"macro download_key", ("key_has_referer",)),
            Rule("bytes", "The union of the byte intervals sent, never their sum; cut to what was sent where the log tells it.",
                 "dbt_project/macros/counting/served_bytes.sql", r"macro served_bytes"),
            Rule("threshold", "A plain 200 outside HLS is a download. A 206, and a 200 under HLS, must have sent the header and one "
                 "minute of audio; the whole file where it is a minute or less, or a size is unknown.",
                 "dbt_project/macros/counting/threshold_bytes.sql", r"macro threshold_bytes", ("threshold_seconds",)),
        ),
    ),
    (
        "Windows",
        "Named with every count; first_touch where nothing else is said. A request exactly 24 h later starts a new download.",
        (
            Rule("calendar", "One download of a key a UTC day.", COUNTED, r"'calendar'"),
            Rule("first_touch", "24 h rolling from the request that opened the download.", COUNTED, r"'first_touch'"),
            Rule("last_touch", "A new download after 24 h without a request.", COUNTED, r"'last_touch'"),
        ),
    ),
    (
        "Ads delivered",
        "In valid downloads of the window first_touch.",
        (
            Rule("ad_delivered", "All bytes of the ad were sent; of a baked-in ad at least the bytes up to its end.",
                 "dbt_project/models/intermediate/counting/int_ads_delivered.sql", r"baked_in", ("baked_in_tail_days",)),
        ),
    ),
    (
        "What watches the counts",
        "Shown, never applied by itself.",
        (
            Rule("anomalies", "Spikes, drops, one household or agent that dominates, and impossible completion, by median and median "
                 "deviation of the weekday and the age of the release.",
                 "dbt_project/models/marts/quality/download_anomalies.sql", r"then 'spike'",
                 ("anomaly_score", "anomaly_min_downloads", "anomaly_days")),
            Rule("reconciliation", "Two certified counts may differ by 5 %; a larger gap is split into causes counted from the "
                 "requests themselves.", "dbt_project/models/marts/quality/count_reconciliation.sql", r"within_5_percent",
                 ("reconciliation_days",)),
        ),
    ),
)  # fmt: skip


def statement(lists: Sequence[Mapping[str, Any]] = (), tenant_settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The statement as data: of the deployment's configuration, with the tenant's own where it has set any. Raises MethodError."""
    values = {**settings(), **{name: value for name, value in (tenant_settings or {}).items() if value is not None}}
    return {
        "standard": STANDARD,
        "release": version("hostread"),
        "sections": [
            {"title": title, "text": text, "rules": [_stated(rule, values) for rule in rules]} for title, text, rules in SECTIONS
        ],
        "lists": [dict(one) for one in lists] or fallback_lists(),
    }


def live_statement(url: str, tenant: str | None = None) -> dict[str, Any]:
    """The statement of this database: its newest lists, and what the tenant `tenant` (a slug) has set. Raises MethodError."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        lists = connection.execute(
            "select distinct on (list_name) list_name, list_version as version, entry_count as entries, "
            "to_char(loaded_at at time zone 'UTC', 'YYYY-MM-DD') as date, parts from ops.lists "
            "order by list_name, loaded_at desc, list_version"
        ).fetchall()
        chosen = _tenant_settings(connection, tenant) if tenant else {}
        models = _own_models(connection, tenant) if tenant else []
    known = {one["list_name"] for one in lists}
    lists += [one for one in fallback_lists() if one["list_name"] not in known]
    stated = statement(sorted(lists, key=lambda one: str(one["list_name"])), chosen)
    return stated | ({"own_models": models} if models else {})


def record_statement(url: str) -> str:
    """Keep the statement that a build was counted by; returns its version, the digest of what it says. Raises MethodError."""
    stated = live_statement(url)
    digest = hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()[:12]
    with psycopg.connect(url, options="-c role=hostread_ingest") as connection:
        connection.execute(
            "insert into ops.method_statements (statement_version, statement) values (%s, %s) "
            "on conflict (statement_version) do update set last_stated_at = clock_timestamp()",
            [digest, Jsonb(stated)],
        )
    return digest


def fallback_lists() -> list[dict[str, Any]]:
    """What judges where nothing was ever fetched or imported."""
    from assets.lists import packaged

    seeded = [
        {
            "source": name,
            "version": f"seed-{packaged.SEED_DATE}",
            "origin": "seed",
            "date": packaged.SEED_DATE,
            "entries": len(rows),
        }
        for name, rows in packaged.seeded_ranges().items()
    ]
    installed = [
        {"source": "crawlers", "version": packaged.crawler_version(), "origin": "package", "date": None,
         "entries": len(packaged.crawlers())},
        {"source": "apps_libraries_browsers", "version": packaged.detector_version(), "origin": "package", "date": None, "entries": 0},
    ]  # fmt: skip
    return [
        {"list_name": "ip_ranges", "version": f"seed-{packaged.SEED_DATE}", "date": packaged.SEED_DATE, "parts": seeded,
         "entries": sum(part["entries"] for part in seeded)},
        {"list_name": "user_agents", "version": f"{packaged.crawler_version()}+{packaged.detector_version()}", "date": None,
         "parts": installed, "entries": len(packaged.crawlers())},
    ]  # fmt: skip


@lru_cache(maxsize=1)
def settings() -> dict[str, Any]:
    """Every variable of the dbt project's models: the default in their code, and what dbt_project.yml sets instead."""
    found: dict[str, Any] = {}
    for path in sorted([*(DBT / "models").rglob("*.sql"), *(DBT / "macros").rglob("*.sql")]):
        for match in VAR.finditer(path.read_text("utf-8")):
            found.setdefault(match["name"], yaml.safe_load(match["default"]))
    project = yaml.safe_load((DBT / "dbt_project.yml").read_text("utf-8"))
    return found | {name: value for name, value in (project.get("vars") or {}).items() if not isinstance(value, dict)}


def to_markdown(stated: Mapping[str, Any], base: str = "") -> str:
    """The statement as a page; `base` is put before the links to code."""
    lines = [
        "# How downloads are counted",
        "",
        f"By the rules of the [{stated['standard']}](https://iabtechlab.com/standards/podcast-measurement-guidelines/), as Hostread "
        f"{stated['release']} is configured. Each rule names the line that does it.",
        "",
    ]
    for section in stated["sections"]:
        lines += [f"## {section['title']}", "", section["text"], "", "| rule | | settings | code |", "|---|---|---|---|"]
        for rule in section["rules"]:
            chosen = ", ".join(f"`{name}` = {str(value).lower()}" for name, value in rule["settings"].items())
            code = f"[{rule['file'].rsplit('/', 1)[1]}:{rule['line']}]({base}{rule['file']}#L{rule['line']})"
            lines.append(f"| `{rule['name']}` | {rule['text']} | {chosen} | {code} |")
        lines.append("")
    lines += [
        "## Lists", "", "Every counted request stores the versions that judged it; a new version changes no count before it.", "",
        "| list | version | document | origin | date | entries |", "|---|---|---|---|---|---:|",
    ]  # fmt: skip
    for one in stated["lists"]:
        lines.append(f"| {one['list_name']} | `{one['version']}` | | | {one['date'] or ''} | {one['entries']:,} |")
        for part in one["parts"]:
            lines.append(
                f"| | | {part['source']} `{part['version']}` | {part['origin']} | {part['date'] or ''} | {part['entries']:,} |"
            )
    own = stated.get("own_models", [])
    if own:
        lines += ["", "## Attribution models of this account", "", "| model | id | version and parameters |", "|---|---|---|"]
        lines += [f"| {one['name'].replace('|', '/')} | `custom:{one['model_id']}` | {one['said']} |" for one in own]
    return "\n".join([*lines, ""])


def docs_page() -> str:
    """docs/method.md: the statement of a deployment that changed nothing, before any list was fetched."""
    note = "<!-- Made from the code and the configuration (`hostread check --write-docs`); a test fails when it is not up to date. -->\n"
    return note + to_markdown(statement(), "../")


def _stated(rule: Rule, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": rule.name,
        "text": rule.text,
        "settings": {name: values[name] for name in rule.settings if name in values},
        "file": rule.file,
        "line": _line(rule),
    }


def _line(rule: Rule) -> int:
    path = PROJECT_ROOT / rule.file
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    found = next((number for number, line in enumerate(lines, 1) if re.search(rule.anchor, line)), None)
    if found is None:
        raise MethodError(
            f"found no line like {rule.anchor!r} in {rule.file}, expected the code of the rule {rule.name}: "
            "correct its anchor in orchestration/method.py"
        )
    return found


def _own_models(connection: psycopg.Connection[dict[str, Any]], slug: str) -> list[dict[str, str]]:
    """The account's own attribution models, read as the account reads them."""
    with connection.transaction():
        connection.execute(
            "select set_config('hostread.tenant_id', (select tenant_id::text from app.tenants where slug = %s), true)", [slug]
        )
        connection.execute("set local role hostread_reader")
        found = own_models(connection)
    return [{"model_id": str(one.model_id), "name": one.name, "said": one.said} for one in found]


def _tenant_settings(connection: psycopg.Connection[dict[str, Any]], slug: str) -> dict[str, Any]:
    tenant = connection.execute("select tenant_id from app.tenants where slug = %s", [slug]).fetchone()
    if tenant is None:
        raise MethodError(f"found no tenant {slug}, expected one of `hostread tenant list`")
    # What rules today: the last change that holds by now.
    row = connection.execute(
        "select volume_episodes_per_hour, volume_episodes_per_day, rejects_datacenters, threshold_seconds, key_has_referer, "
        "counts_lone_probes from app.counting_settings where tenant_id = %s and from_day <= (now() at time zone 'UTC')::date "
        "order by change_number desc limit 1",
        [tenant["tenant_id"]],
    ).fetchone()
    return dict(row or {})
