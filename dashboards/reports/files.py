"""Files of a farm's report, made by the hub when somebody asks for them.

The `id` of their address is farm.language, of a table farm.language.table.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from agrigen.client import Hub, Missing
from dashboards.downloads import CSV, Made
from dashboards.reports.state import LANGUAGES

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def report_pdf(hub: Hub, id: str) -> Made:
    """The report with pictures and tables, for paper."""
    return _report(hub, id, "pdf", PDF)


def report_xlsx(hub: Hub, id: str) -> Made:
    """Every table as a workbook."""
    return _report(hub, id, "xlsx", XLSX)


def table_csv(hub: Hub, id: str) -> Made:
    """One table, or the list of animals, records or events."""
    farm, language, name = _parts(id, 3)
    with TemporaryDirectory() as folder:
        made = hub.reports.table(farm, name, Path(folder) / "table.csv", language=language)
        return Made(f"{name.replace('_', '-')}.csv", CSV, made.read_bytes())


def _report(hub: Hub, id: str, ending: str, media_type: str) -> Made:
    farm, language = _parts(id, 2)
    with TemporaryDirectory() as folder:
        made = hub.reports.report(farm, Path(folder) / f"report.{ending}", language=language)
        return Made(f"farm-report.{ending}", media_type, made.read_bytes())


def _parts(id: str, count: int) -> list[str]:
    parts = id.split(".")
    if len(parts) != count or parts[1] not in LANGUAGES.values():
        raise Missing("There is no such file. Open it from the page of reports.")
    return parts
