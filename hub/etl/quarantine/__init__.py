"""The quarantine: rows that an import refused, read, mended by hand or by rule, and loaded."""

from hub.etl.quarantine.service import mend, problems

__all__ = ["mend", "problems"]
