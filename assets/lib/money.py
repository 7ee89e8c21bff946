"""Money: exact decimal text to integer minor units, by the exponents of ISO 4217."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

# ISO 4217's exponents other than 2.
_WITHOUT_DECIMALS = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
]  # fmt: skip
_THREE_DECIMALS = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
EXPONENTS = {
    **dict.fromkeys(_WITHOUT_DECIMALS, 0),
    **dict.fromkeys(_THREE_DECIMALS, 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
_AMOUNT = re.compile(r"[+-]?\d{1,18}(\.\d{1,10})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def exponent(currency: str) -> int:
    """How many decimal places the currency has. Raises ValueError for what is no ISO 4217 code."""
    if not _CURRENCY.fullmatch(currency):
        raise ValueError(f"found the currency {currency!r}, expected an ISO 4217 code of three capital letters, such as USD")
    return EXPONENTS.get(currency, 2)


def to_minor(amount: str, currency: str) -> int:
    """`"12.34", "USD"` → 1234. Raises ValueError rather than round: a third decimal of a dollar is a mistake upstream."""
    text = amount.strip()
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"found the amount {amount!r}, expected a decimal number with a point and no separators, such as 1234.50")
    try:
        scaled = Decimal(text).scaleb(exponent(currency))
    except InvalidOperation as error:  # pragma: no cover - the pattern leaves nothing that Decimal refuses
        raise ValueError(f"found the amount {amount!r}, expected a decimal number") from error
    whole = scaled.to_integral_value(ROUND_HALF_EVEN)
    if whole != scaled:
        raise ValueError(
            f"found {amount!r} {currency}, expected at most {exponent(currency)} decimal places: correct the amount or its currency"
        )
    if abs(whole) >= 2**63:
        raise ValueError(f"found the amount {amount!r}, expected less than {2**63} minor units")
    return int(whole)


def to_text(minor: int, currency: str) -> str:
    """The inverse of `to_minor`: `1234, "USD"` → "12.34"."""
    places = exponent(currency)
    return f"{Decimal(minor).scaleb(-places):.{places}f}"
