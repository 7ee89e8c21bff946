"""Money leaves the marts as a decimal amount beside its ISO 4217 currency; inside it is an integer of minor units."""

from decimal import Decimal

# ISO 4217 minor units that are not 2 (list one, 2024).
NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
EXPONENTS = {
    **dict.fromkeys(NO_DIGITS.split(), 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
BILLION = Decimal(1_000_000_000)


def exponent(currency: str) -> int:
    """Digits behind the decimal point of `currency`, 2 where ISO 4217 says nothing else."""
    return EXPONENTS.get(currency, 2)


def to_amount(minor: int, currency: str) -> Decimal:
    """12345 minor units of USD are Decimal('123.45'), of JPY Decimal('12345'): exact, with the currency's own digits."""
    return Decimal(minor).scaleb(-exponent(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """The inverse of `to_amount`. Raises ValueError where the amount has more digits than the currency."""
    scaled = amount.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"found {amount} {currency}, expected at most {exponent(currency)} digits behind the point")
    return int(scaled)


def to_share(parts_per_billion: int) -> Decimal:
    """Credited conversions from parts per billion: 1_500_000_000 is Decimal('1.5')."""
    return (Decimal(parts_per_billion) / BILLION).normalize() + 0
