"""Files that people bring: stored sealed, then landed by the pipeline, and what came of each."""

import hashlib
from datetime import datetime
from typing import Literal
from uuid import UUID

import psycopg
from pydantic import BaseModel, Field, field_validator, model_validator

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entry
from api.campaigns.paging import After
from api.campaigns.sealing import seal
from api.database import Writer
from api.errors import Problem, not_found

ImportKind = Literal["statistics", "logs", "orders", "spend", "currency_rates", "survey_answers"]
ExportHost = Literal["libsyn", "spotify", "apple"]
ImportStatus = Literal["waiting", "landed", "refused", "failed"]
COLUMNS = (
    "f.import_id, f.kind, f.origin, f.file_name, f.byte_count, f.show_id, f.sponsor_id, f.host, f.base_url, f.created_at, "
    "coalesce(i.status, 'waiting') as status, i.format, coalesce(i.landed_count, 0) as landed_count, "
    "coalesce(i.unchanged_count, 0) as unchanged_count, coalesce(i.quarantined_count, 0) as quarantined_count, "
    "coalesce(i.message, '') as message, coalesce(i.examples, '[]') as examples, i.finished_at"
)
FROM = "from app.import_files as f left join ops.imports as i using (tenant_id, import_id)"


class ImportEntry(Entry):
    """What a file is, beside its bytes."""

    kind: ImportKind
    show_id: UUID | None = Field(None, description="Whose statistics they are; needed for `statistics`.")
    host: ExportHost | None = Field(None, description="Who exported the statistics, where the header does not tell.")
    sponsor_id: UUID | None = Field(None, description="Whose orders they are, where the file has no such column.")
    base_url: str | None = Field(
        None, max_length=300, pattern=r"^https?://[^\s/?#]+/?$",
        description="Where the files of a log lie whose lines name no host, as https://media.example.",
    )  # fmt: skip

    @field_validator("show_id", "host", "sponsor_id", "base_url", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _statistics_name_their_show(self) -> "ImportEntry":
        if self.kind == "statistics" and self.show_id is None:
            raise ValueError(
                "found statistics without a show, expected the show_id of one of this account: GET /v1/shows lists them"
            )
        return self


class Import(BaseModel):
    """One file that was brought, and what came of it."""

    import_id: UUID
    kind: ImportKind
    origin: Literal["dashboard", "api", "command", "folder"]
    file_name: str
    byte_count: int
    show_id: UUID | None
    sponsor_id: UUID | None
    host: str | None
    base_url: str | None
    created_at: datetime
    status: ImportStatus = Field(description="`refused`: nothing of it can be used; `failed`: it is tried three times in all.")
    format: str | None = Field(description="What the file turned out to be: libsyn, spotify, apple, combined, cloudfront, jsonl, …")
    landed_count: int = Field(description="Rows that are new or restate an earlier value.")
    unchanged_count: int = Field(description="Rows that said what was known already.")
    quarantined_count: int = Field(description="Rows that could not be used; each is kept with its reason.")
    message: str = Field(description="What was found, expected and to do; or what of a landed file was left out.")
    examples: list[str] = Field(description="Up to twenty reasons of quarantined rows.")
    finished_at: datetime | None


def create_import(
    c: Writer, who: Principal, entry: ImportEntry, *, file_name: str, content: bytes, origin: str, secret_key: str
) -> Import:
    """Store a file for the pipeline to land. Raises `invalid` for an empty one, `not-found` for a show or sponsor of another."""
    if not content:
        raise Problem("invalid", "found an empty file, expected one with rows: choose it again")
    try:
        row = c.execute(
            "insert into app.import_files (tenant_id, kind, origin, file_name, content_sha256, byte_count, content, show_id, "
            "sponsor_id, host, base_url, actor_kind, actor_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "returning import_id",
            [
                who.tenant_id, entry.kind, origin, plain_name(file_name), hashlib.sha256(content).digest(), len(content),
                seal(content, secret_key), entry.show_id, entry.sponsor_id, entry.host, entry.base_url,
                who.actor_kind, who.actor_id,
            ],
        ).fetchone()  # fmt: skip
    except psycopg.errors.ForeignKeyViolation as error:
        kind, identifier = (
            ("sponsor", entry.sponsor_id) if "sponsor" in str(error.diag.constraint_name) else ("show", entry.show_id)
        )
        raise not_found(kind, identifier) from error
    import_id: UUID = (row or {})["import_id"]
    record_audit(c, who, "create", "import", import_id, kind=entry.kind, bytes=len(content))
    return get_import(c, import_id)


def get_import(c: Writer, import_id: UUID) -> Import:
    row = c.execute(f"select {COLUMNS} {FROM} where f.import_id = %s", [import_id]).fetchone()
    if row is None:
        raise not_found("import", import_id)
    return Import(**row)


def list_imports(c: Writer, after: After, limit: int) -> list[Import]:
    """A page of the account's imports, newest first."""
    rows = c.execute(
        f"select {COLUMNS} {FROM} where %(after_at)s::timestamptz is null "
        "or (f.created_at, f.import_id) < (%(after_at)s, %(after_id)s::uuid) "
        "order by f.created_at desc, f.import_id desc limit %(limit)s",
        {**after.parameters, "limit": limit},
    ).fetchall()
    return [Import(**row) for row in rows]


def plain_name(file_name: str) -> str:
    """A client's file name without its folders and what cannot be shown."""
    bare = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in bare if letter.isprintable())[:300].strip() or "file"
