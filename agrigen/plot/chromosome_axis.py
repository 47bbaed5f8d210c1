"""Names of chromosomes below an interactive picture of a genome."""

from typing import Any

from agrigen.plot.genome import Ticks


def name_chromosomes(plot: Any, ticks: Ticks) -> None:
    """Names in the middle of the chromosomes; `ticks` as `agrigen.plot.genome.places` gives."""
    from bokeh.models import CustomJSTickFormatter, FixedTicker  # optional

    middles = {(start + stop) / 2: name for name, (start, stop) in ticks.items()}
    plot.xaxis.ticker = FixedTicker(ticks=list(middles))
    plot.xaxis.major_tick_line_color = None
    # A name is shown where it does not touch the one before it, at this zoom and this width.
    plot.xaxis.formatter = CustomJSTickFormatter(
        args={"names": {f"{at:.9f}": name for at, name in middles.items()}, "plot": plot},
        code="""
        let inside = 800
        try { inside = plot.inner_width } catch (unset) { /* before the first layout */ }
        const width = inside / (plot.x_range.end - plot.x_range.start)
        let free = -Infinity
        for (let i = 0; i <= index; i++) {
          const name = names[ticks[i].toFixed(9)]
          const half = 4 * name.length + 3
          const fits = ticks[i] * width - half >= free
          if (fits) { free = ticks[i] * width + half }
          if (i === index) { return fits ? name : "" }
        }
        """,
    )
