"""The account's own attribution models as the served build credits by them, for every statement of method."""

from typing import Any

from api.marts.models.own_models import StatedModel
from api.marts.warehouse import Reader, Row, has_table

# The version that the published credit has: a newer one shows with the next build.
BUILT = """
select
    m.model_id, m.name, v.version, v.created_at as made_at, v.shape, v.half_life_s, v.position_first, v.position_middle,
    v.position_last, v.window_s, v.click_factor, v.vanity_factor, v.code_factor, v.exposure_factor, v.survey_factor,
    v.pre_roll_factor, v.mid_roll_factor, v.post_roll_factor
from app.attribution_models as m
inner join app.attribution_model_versions as v on m.tenant_id = v.tenant_id and m.model_id = v.model_id
where
    v.version = (
        select k.version from marts.attribution_custom_credits as k
        where k.tenant_id = v.tenant_id and k.model_id = v.model_id
        limit 1
    )
order by m.created_at, m.model_id
"""
OF_SHAPE = {"time_decay": ("half_life_s",), "position_based": ("position_first", "position_middle", "position_last")}
FACTORS = (
    "click_factor", "vanity_factor", "code_factor", "exposure_factor", "survey_factor", "pre_roll_factor", "mid_roll_factor",
    "post_roll_factor",
)  # fmt: skip


def own_models(c: Reader) -> list[StatedModel]:
    """One per model of the account's own that the served build has, in the order they were made; none before the first build."""
    if not has_table(c, "attribution_custom_credits"):
        return []
    return [stated(row) for row in c.execute(BUILT).fetchall()]


def stated(row: Row) -> StatedModel:
    """A row of a model's version, with the parameters that make a difference."""
    used = ["shape", *OF_SHAPE.get(row["shape"], ()), *(["window_s"] if row["window_s"] else [])]
    used += [name for name in FACTORS if row[name] != 1]
    return StatedModel(
        model_id=row["model_id"], name=row["name"], version=row["version"], made_at=row["made_at"],
        parameters={name: _plain(row[name]) for name in used},
    )  # fmt: skip


def _plain(value: Any) -> str:
    """A number without the zeros that its column pads it with."""
    return str(value) if isinstance(value, str | int) else f"{value.normalize():f}"
