"""What must hold of raw.campaigns_orders, raw.campaigns_spend and raw.campaigns_survey_answers, the imported books and answers."""

from expectations.rules import CURRENCY_REGEX, WORD_REGEX, Suite, between, digest, holds, matches

# In minor units: ten billion of a currency's main unit.
LARGEST_MINOR = 1_000_000_000_000
_SPONSOR = "exists (select 1 from app.sponsors as s where s.tenant_id = r.tenant_id and s.sponsor_id = r.sponsor_id) as has_sponsor"

ORDERS = Suite(
    "campaigns_orders",
    f"""
    select
        r.sponsor_id::text as sponsor_id, r.order_id, encode(r.content_sha256, 'hex') as content, r.currency,
        abs(r.value_minor) as size_minor,
        octet_length(r.content_sha256) as digest_bytes,
        r.ordered_at <= now() + interval '1 day' as is_past,
        {_SPONSOR},
        not exists (
            select 1 from raw.campaigns_orders as o
            where o.tenant_id = r.tenant_id and o.sponsor_id = r.sponsor_id and o.order_id = r.order_id and o.currency <> r.currency
        ) as keeps_its_currency
    from {{rows}} as r
    """,  # noqa: S608  # constants of this package
    ("sponsor_id", "content"),
    (
        matches("orders_have_an_id", "error", "order_id", WORD_REGEX, "Blank ids make all orders one conversion."),
        matches(
            "order_currencies_are_iso_codes", "error", "currency", CURRENCY_REGEX, "Amounts of unlike currencies would be added."
        ),
        holds("orders_lie_in_the_past", "error", "is_past", "An order of tomorrow has no touch before it that counts."),
        holds("orders_belong_to_a_sponsor", "error", "has_sponsor", "An order of no sponsor of its tenant verifies no revenue."),
        digest("order_digests_have_32_bytes"),
        holds("orders_keep_their_currency", "warning", "keeps_its_currency", "A re-import in another currency restates the order."),
        between(
            "order_values_are_plausible", "warning", "size_minor", None, LARGEST_MINOR, "Minor units read as major ones look so."
        ),
    ),
)

SPEND = Suite(
    "campaigns_spend",
    f"""
    select
        r.sponsor_id::text as sponsor_id, r.show_id::text as show_id, r.spend_date, r.currency, r.spend_minor, r.ads_delivered,
        r.conversion_count, r.revenue_minor,
        octet_length(r.content_sha256) as digest_bytes,
        r.spend_date <= (now() + interval '1 day')::date as is_past,
        case when r.ads_delivered >= 0 then r.conversion_count <= r.ads_delivered end as converts_what_it_delivers,
        {_SPONSOR},
        exists (select 1 from app.shows as s where s.tenant_id = r.tenant_id and s.show_id = r.show_id) as has_show
    from {{rows}} as r
    """,  # noqa: S608  # constants of this package
    ("sponsor_id", "show_id", "spend_date"),
    (
        between(
            "spend_is_not_negative", "error", "spend_minor", 0, None, "A credit note is no spend of a day: ROAS would rise by it."
        ),
        between("ads_delivered_are_not_negative", "error", "ads_delivered", 0, None, "A delivered ad cannot be taken back."),
        between("conversion_counts_are_not_negative", "error", "conversion_count", 0, None, "A refund is a row of its own."),
        matches(
            "spend_currencies_are_iso_codes", "error", "currency", CURRENCY_REGEX, "Amounts of unlike currencies would be added."
        ),
        holds("spend_lies_in_the_past", "error", "is_past", "What is not spent yet has brought nothing yet."),
        holds("spend_belongs_to_a_sponsor", "error", "has_sponsor", "Spend of no sponsor of its tenant is in no report."),
        holds("spend_belongs_to_a_show", "error", "has_show", "Spend on no show of its tenant is in no curve."),
        digest("spend_digests_have_32_bytes"),
        holds(
            "conversions_do_not_exceed_ads",
            "warning",
            "converts_what_it_delivers",
            "More orders than ads: columns are exchanged, or days.",
        ),
        between(
            "spend_revenues_are_not_negative", "warning", "revenue_minor", 0, None, "More refunded than sold on a day: look at it."
        ),
    ),
)

SURVEY_ANSWERS = Suite(
    "campaigns_survey_answers",
    f"""
    select
        r.sponsor_id::text as sponsor_id, r.response_id, r.answer,
        r.answered_at <= now() + interval '1 day' as is_past,
        {_SPONSOR}
    from {{rows}} as r
    """,  # noqa: S608  # constants of this package
    ("sponsor_id", "response_id"),
    (
        matches("survey_answers_have_an_id", "error", "response_id", WORD_REGEX, "Blank ids make all answers one person's."),
        matches("survey_answers_say_something", "error", "answer", WORD_REGEX, "A blank answer would count as one of no podcast."),
        holds("survey_answers_lie_in_the_past", "error", "is_past", "An answer of tomorrow is about no order yet."),
        holds(
            "survey_answers_belong_to_a_sponsor",
            "error",
            "has_sponsor",
            "An answer to no sponsor of its tenant multiplies nothing.",
        ),
    ),
)
