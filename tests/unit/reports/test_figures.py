from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from api.marts.figures import CampaignFigures, figures_sha256
from api.marts.models import MODEL_NAMES, MODELS
from api.marts.models.own_models import StatedModel
from api.reports.document import all_figures
from api.reports.figures import build_document
from api.reports.formats import shown

MakeFigures = Callable[..., CampaignFigures]


def test_each_figure_has_an_id_of_its_own(make_figures: MakeFigures) -> None:
    counts = Counter(figure.figure_id for _, figure in all_figures(build_document(make_figures())))
    assert [name for name, count in counts.items() if count > 1] == []
    assert len(counts) > 200


def test_the_placements_of_a_model_add_up_to_its_total_to_the_cent(make_figures: MakeFigures) -> None:
    document = build_document(make_figures())
    for name in ("revenue", "conversions"):
        *rows, total = document.section("placements").table(name).rows
        for column in range(2, 2 + len(MODELS)):
            assert sum((row[column].value for row in rows), Decimal(0)) == total[column].value


def test_the_days_add_up_to_the_headline(make_figures: MakeFigures) -> None:
    figures = make_figures()
    document = build_document(figures)
    rows = document.section("daily").table("days_USD").rows
    assert sum(row[1].value for row in rows) == document.figure("headline.ads_delivered").value
    assert sum((row[2].value for row in rows), Decimal(0)) == document.figure("headline.spend").value


def test_what_cannot_be_said_is_words_and_never_zero(make_figures: MakeFigures) -> None:
    document = build_document(make_figures(contracted=None, cpm_minor=0))
    for name in ("delivery.contracted_ads", "delivery.delivered_rate", "delivery.pacing_rate", "headline.delivered_rate"):
        assert shown(document.figure(name)) == "nothing contracted"
    for model in MODELS:
        assert shown(document.figure(f"roi.{model}.roi")) == "not identifiable (no spend)"
        assert document.figure(f"roi.{model}.roas").value is None


def test_a_campaign_without_anything_has_a_report_that_says_so(make_figures: MakeFigures) -> None:
    document = build_document(make_figures(is_empty=True, shows=()))
    assert document.figure("headline.conversions").value == 0
    assert shown(document.figure("headline.roas")) == "not in this build"
    assert "No model credits any revenue" in document.section("headline").intro
    assert document.section("daily").table("days_USD").rows == ()


def test_a_stale_build_is_said_first_and_in_the_methods(make_figures: MakeFigures) -> None:
    document = build_document(make_figures(stale_reason="a newer build was held back: credits_sum_to_value"))
    assert "credits_sum_to_value" in document.warnings[0]
    assert "credits_sum_to_value" in str(document.figure("methods.build_state").value)
    assert build_document(make_figures()).warnings == ()


def test_the_methods_trace_every_figure(make_figures: MakeFigures) -> None:
    figures = make_figures()
    document = build_document(figures, is_final=True)
    assert document.figure("methods.build_id").value == str(figures.build.build_id)
    assert document.figure("methods.inputs_sha256").value == figures_sha256(figures)
    assert document.figure("methods.exposure_window").value == "30 days (2,592,000 s)"
    assert document.figure("methods.edition").value == "final"


def test_the_methods_name_each_kind_of_evidence_with_its_own_window(make_figures: MakeFigures) -> None:
    """A window by path that differs from a click's, or a kind's own, printed as if it were the account's for all."""
    figures = make_figures()
    own = {"vanity_window_s": 86_400, "windows_by_kind": {"lead": {"click_window_s": 604_800, "code_grace_days": 5}}}
    document = build_document(figures.model_copy(update={"settings": figures.settings.model_copy(update=own)}))
    assert document.figure("methods.click_window").value == "30 days (2,592,000 s)"
    assert document.figure("methods.vanity_window").value == "1 days (86,400 s)"
    assert document.figure("methods.lead.click_window").value == "7 days (604,800 s)"
    assert document.figure("methods.lead.code_grace_days").value == 5


def test_the_methods_name_the_accounts_own_models_with_version_and_parameters(make_figures: MakeFigures) -> None:
    """Credit by a model that nobody can look up any more; the digest is of the figures, which are the same."""
    figures = make_figures(own_models=("Clicks double",))
    own = StatedModel(
        model_id=UUID(int=300), name="Clicks double", version=3, made_at=figures.read_at,
        parameters={"shape": "linear", "click_factor": "2"},
    )  # fmt: skip
    told = figures.model_copy(update={"own_models": [own]})
    stated = build_document(told).figure(f"methods.own_model.{own.model_id}")
    assert (stated.label, stated.value) == ("Method: Clicks double", "version 3: shape = linear, click_factor = 2")
    assert figures_sha256(told) == figures_sha256(figures)


def test_revenue_in_another_currency_is_shown_apart(make_figures: MakeFigures) -> None:
    ours, theirs = make_figures(), make_figures(currency="JPY")
    mixed = ours.model_copy(
        update={
            "attribution": ours.attribution.model_copy(
                update={
                    name: [*getattr(ours.attribution, name), *getattr(theirs.attribution, name)]
                    for name in ("models", "placements", "daily")
                }
            )
        }
    )
    document = build_document(mixed)
    assert [table.table_id for table in document.section("daily").tables] == ["days_USD", "days_JPY"]
    *_, yen, dollars = document.section("placements").table("revenue").rows
    assert (shown(yen[0]), shown(dollars[0])) == ("Total JPY", "Total USD")


def test_an_accounts_own_models_stand_after_the_built_in_ones_by_their_names(make_figures: MakeFigures) -> None:
    """A model lost between the marts and the report, or one that is called by its code."""
    document = build_document(make_figures(own_models=("Clicks count twice", "Last week alone")))
    credit, returned = document.section("attribution").table("models").rows, document.section("roi").table("models").rows
    names = [*MODEL_NAMES.values(), "Clicks count twice (own model)", "Last week alone (own model)"]
    assert [row[0].value for row in credit] == [row[0].value for row in returned] == names
    assert [(row[1].value, row[2].value) for row in credit[5:]] == [
        (Decimal("12.345678901"), Decimal("47.11")), (Decimal("13.345678901"), Decimal("47.12"))
    ]  # fmt: skip
    assert [(row[2].value, row[3].value) for row in returned[5:]] == [(row[2].value, row[1].value) for row in credit[5:]]
    ids = [figure.figure_id for _, figure in all_figures(document)]
    assert len(set(ids)) == len(ids)
