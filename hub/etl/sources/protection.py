"""The apostrophe before texts that a spreadsheet would compute: exports put it, here it goes."""

from collections.abc import Iterator
from dataclasses import replace

from hub.etl.read import ROW, Table
from hub.etl.sources.reading import Reading
from hub.tables import harmless


def bare(reading: Reading) -> Reading:
    """The same rows with every text as it was before it was protected."""
    return replace(reading, make=lambda: _bare(reading))


def _bare(reading: Reading) -> Iterator[Table]:
    for table in reading.chunks():
        frame = table.frame
        begin = [name for name in frame.columns
                 if name != ROW and frame[name].str.starts_with("'").any()]  # fmt: skip
        yield replace(table, frame=frame.with_columns(harmless.plain(name) for name in begin))
