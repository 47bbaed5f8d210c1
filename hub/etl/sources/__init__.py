"""Files of farms, whatever program wrote them, as chunks of texts with true row numbers."""

from hub.etl.sources.known import known_columns
from hub.etl.sources.opening import FORMATS, format_of, open
from hub.etl.sources.reading import Reading

__all__ = ["FORMATS", "Reading", "format_of", "known_columns", "open"]
