"""A value beside the quartiles of others, as a bar that screen readers read as a sentence."""

from html import escape

MARGIN = 0.25
TRACK = "position:relative;height:1.6rem;min-width:11rem;background:#eef1ee;border-radius:6px"
BOX = "position:absolute;top:.3rem;bottom:.3rem;background:#8db6d9;border-radius:3px"
MIDDLE = "position:absolute;top:.15rem;bottom:.15rem;width:3px;margin-left:-1px;background:#2b6ca3"
OWN = (
    "position:absolute;top:.3rem;width:1rem;height:1rem;margin-left:-.5rem;border-radius:50%;"
    "background:#14523a;border:2px solid #fff"
)


def quartile_bar(
    low: float, middle: float, high: float, own: float | None, *, sentence: str
) -> str:
    """A box from the lower to the upper quartile, a line at the median, a dot for one's own."""
    ends = [low, high] if own is None else [low, high, own]
    span = (max(ends) - min(ends)) or abs(middle) or 1.0
    first, whole = min(ends) - MARGIN * span, (1 + 2 * MARGIN) * span

    def place(value: float) -> str:
        return f"{100 * (value - first) / whole:.1f}%"

    width = f"{100 * (high - low) / whole:.1f}%"
    dot = "" if own is None else f'<i style="{OWN};left:{place(own)}"></i>'
    return (
        f'<div role="img" aria-label="{escape(sentence)}" style="{TRACK}">'
        f'<i style="{BOX};left:{place(low)};width:{width}"></i>'
        f'<i style="{MIDDLE};left:{place(middle)}"></i>{dot}</div>'
    )
