"""Sponsors and their shops."""

from simulation.chance import identifier, stream, token
from simulation.model import Site, Sponsor
from simulation.specs import TenantSpec

NAMES = (
    "Northpeak Outdoor", "Bramble & Co.", "Lumen Desk", "Kettle Works", "Halcyon Sleep", "Ferrous Tools", "Paper Moon Books",
    "Olive Yard", "Quiet Keys", "Sundial Coffee", "Blue Door Bank", "Tandem Bikes",
)  # fmt: skip
# In which property a shop's orders carry their value (Segment's e-commerce events know all three).
ORDER_KEYS = ("value", "total", "revenue")
# Minor units to one unit of the currency (ISO 4217).
MINOR_UNITS = {"USD": 100, "EUR": 100, "GBP": 100, "CAD": 100, "CHF": 100, "JPY": 1}


def make_sponsors(tenant: int, spec: TenantSpec, seed: int) -> list[Sponsor]:
    rng = stream(seed, spec.slug, "sponsors")
    sponsors = []
    for number in range(spec.sponsors):
        name = NAMES[(number + 5 * tenant) % len(NAMES)]
        slug = "".join(letter if letter.isalnum() else "-" for letter in name.lower()).strip("-").replace("---", "-")
        currency = spec.other_currency if spec.other_currency and number == spec.sponsors - 1 else spec.currency
        domain = f"{slug}.{spec.slug}.example"
        site = Site(
            site_id=identifier(seed, spec.slug, slug, "site"),
            name=f"{name} shop",
            domain=domain,
            write_key=f"wk_{token(28, seed, spec.slug, slug)}",
            sends_from_server=number % 3 == 1,
            order_key=ORDER_KEYS[number % len(ORDER_KEYS)],
        )
        sponsors.append(
            Sponsor(
                sponsor_id=identifier(seed, spec.slug, slug, "sponsor"),
                name=name,
                slug=slug,
                margin_rate=rng.choice(("0.35", "0.42", "0.5", "0.625")),
                currency=currency,
                site=site,
                basket_minor=rng.randrange(16, 64) * (100 if MINOR_UNITS[currency] == 100 else 110),
            )
        )
    return sponsors
