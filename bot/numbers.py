"""Numbers as people in Vietnam write them."""

_SWAPPED = str.maketrans(",.", ".,")


def grouped(value: float) -> str:
    """Return a number with dots between thousands, and one decimal after a comma unless it is whole by its kind."""
    return (f"{value:,}" if isinstance(value, int) else f"{value:,.1f}").translate(_SWAPPED)
