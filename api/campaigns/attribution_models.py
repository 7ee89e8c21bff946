"""Attribution models that a tenant makes: a name and versions of parameters. A change is a new version; no version changes."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import psycopg
from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entry
from api.database import Writer
from api.errors import Problem, not_found

Shape = Literal["first", "last", "linear", "time_decay", "position_based"]
Factor = Annotated[Decimal, Field(ge=0, le=100, max_digits=9, decimal_places=6)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=10, decimal_places=9)]
# Each is computed over every conversion, at every build.
MOST_MODELS = 20
PARAMETERS = (
    "shape", "half_life_s", "position_first", "position_middle", "position_last", "window_s", "click_factor", "vanity_factor",
    "code_factor", "exposure_factor", "survey_factor", "pre_roll_factor", "mid_roll_factor", "post_roll_factor",
)  # fmt: skip


class ModelParameters(Entry):
    """What a touch weighs: its shape's weight by place or age, times the factor of its evidence, times that of its position."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"shape": "time_decay", "half_life_s": 259_200}]})

    shape: Shape = Field(description="The weight by place in the path, or by age.", examples=["time_decay"])
    half_life_s: int = Field(604_800, ge=60, le=31_536_000, description="Of `time_decay`, in seconds.")
    position_first: Share = Field(Decimal("0.4"), description="Of `position_based`: the first touch. The three sum to 1.")
    position_middle: Share = Field(Decimal("0.2"), description="All those between.")
    position_last: Share = Field(Decimal("0.4"), description="The last touch.")
    window_s: int | None = Field(
        None, ge=3_600, le=5_184_000, description="Only touches at most so long before; null: the account's windows, never more."
    )
    click_factor: Factor = Field(Decimal(1), description="0 leaves these touches out of the path.")
    vanity_factor: Factor = Decimal(1)
    code_factor: Factor = Decimal(1)
    exposure_factor: Factor = Decimal(1)
    survey_factor: Factor = Field(Decimal(1), description="Of the customer's own answer; alone it makes no model.")
    pre_roll_factor: Factor = Field(Decimal(1), description="Of touches whose placement is known.")
    mid_roll_factor: Factor = Decimal(1)
    post_roll_factor: Factor = Decimal(1)

    @model_validator(mode="after")
    def _can_credit(self) -> "ModelParameters":
        if self.position_first + self.position_middle + self.position_last != 1:
            raise ValueError("found position weights that do not sum to 1, expected first + middle + last = 1")
        if not any((self.click_factor, self.vanity_factor, self.code_factor, self.exposure_factor)):
            raise ValueError("found a factor of 0 for every kind of evidence, expected one above 0: such a model credits nothing")
        return self


class ModelEntry(ModelParameters):
    """A new model."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Clicks count double", "shape": "linear", "click_factor": "2"}]},
    )

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*\S[^\x00]*$", examples=["Clicks count double"])


class ModelVersionRow(ModelParameters):
    """One version of a model's parameters."""

    version: int
    created_at: datetime


class CustomModel(BaseModel):
    """A model with its newest parameters; `model` is its name in figures by model."""

    model_id: UUID
    model: str
    name: str
    created_at: datetime
    archived_at: datetime | None
    newest: ModelVersionRow


class CustomModelDetail(CustomModel):
    """A model with every version, newest first."""

    versions: list[ModelVersionRow]


LIST = """
select m.name, m.created_at as made_at, m.archived_at, v.*
from app.attribution_models as m
inner join lateral (
    select n.* from app.attribution_model_versions as n
    where n.tenant_id = m.tenant_id and n.model_id = m.model_id order by n.version desc limit 1
) as v on true
where (%(with_archived)s or m.archived_at is null)
order by m.archived_at is not null, m.created_at, m.model_id
"""
ADD_VERSION = sql.SQL("insert into app.attribution_model_versions ({names}) values ({marks})").format(
    names=sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", "model_id", "version", "created_by", *PARAMETERS))),
    marks=sql.SQL(", ").join([sql.Placeholder()] * (4 + len(PARAMETERS))),
)


def list_models(c: Writer, *, with_archived: bool = False) -> list[CustomModel]:
    """The tenant's models, the oldest first, archived ones last."""
    return [_model(row) for row in c.execute(LIST, {"with_archived": with_archived}).fetchall()]


def get_model(c: Writer, model_id: UUID) -> CustomModelDetail:
    """One model with its versions; raises `not-found`."""
    found = next((one for one in list_models(c, with_archived=True) if one.model_id == model_id), None)
    if found is None:
        raise not_found("attribution model", model_id)
    rows = c.execute("select * from app.attribution_model_versions where model_id = %s order by version desc", [model_id])
    return CustomModelDetail(**found.model_dump(), versions=[_version(row) for row in rows.fetchall()])


def create_model(c: Writer, who: Principal, entry: ModelEntry) -> CustomModelDetail:
    """A model with its first version. Raises `conflict` for a name in use, or where there are too many."""
    c.execute("select pg_advisory_xact_lock(hashtextextended('attribution_models', %s))", [who.tenant_id])
    if len(list_models(c)) >= MOST_MODELS:
        raise Problem("conflict", f"found {MOST_MODELS} models, expected fewer: each is built over every conversion; archive one")
    model_id = insert_model(c, who, entry.name.strip(), entry)
    record_audit(c, who, "create", "attribution_model", model_id, name=entry.name)
    return get_model(c, model_id)


def add_version(c: Writer, who: Principal, model_id: UUID, parameters: ModelParameters) -> CustomModelDetail:
    """A change: the next version of an unarchived model. Raises `not-found`, and `conflict` for an archived one."""
    c.execute("select pg_advisory_xact_lock(hashtextextended('attribution_models', %s))", [who.tenant_id])
    found = get_model(c, model_id)
    if found.archived_at is not None:
        raise Problem("conflict", f"found the model {found.name} archived, expected a live one: make a new model")
    _insert_version(c, who, model_id, found.newest.version + 1, parameters)
    record_audit(c, who, "change", "attribution_model", model_id, version=found.newest.version + 1)
    return get_model(c, model_id)


def archive_model(c: Writer, who: Principal, model_id: UUID) -> CustomModelDetail:
    """From the next build on the model has no figures; its versions stay. Archiving twice changes nothing."""
    done = c.execute(
        "update app.attribution_models set archived_at = now() where model_id = %s and archived_at is null", [model_id]
    )
    found = get_model(c, model_id)
    if done.rowcount:
        record_audit(c, who, "archive", "attribution_model", model_id)
    return found


def insert_model(c: Writer, who: Principal, name: str, parameters: ModelParameters) -> UUID:
    """The rows of a model and its first version. Raises `conflict` for a name in use."""
    try:
        row = c.execute(
            "insert into app.attribution_models (tenant_id, name, created_by) values (%s, %s, %s) returning model_id",
            [who.tenant_id, name, who.user_id],
        ).fetchone()
    except psycopg.errors.UniqueViolation as error:
        raise Problem("conflict", f"found a model named {name} already, expected another name: choose one") from error
    assert row is not None  # noqa: S101
    _insert_version(c, who, row["model_id"], 1, parameters)
    return UUID(str(row["model_id"]))


def _insert_version(c: Writer, who: Principal, model_id: UUID, version: int, parameters: ModelParameters) -> None:
    values = [getattr(parameters, name) for name in PARAMETERS]
    c.execute(ADD_VERSION, [who.tenant_id, model_id, version, who.user_id, *values])


def _version(row: Mapping[str, Any]) -> ModelVersionRow:
    return ModelVersionRow(**{name: row[name] for name in (*PARAMETERS, "version", "created_at")})


def _model(row: Mapping[str, Any]) -> CustomModel:
    return CustomModel(
        model_id=row["model_id"], model=f"custom:{row['model_id']}", name=row["name"], created_at=row["made_at"],
        archived_at=row["archived_at"], newest=_version(row),
    )  # fmt: skip
