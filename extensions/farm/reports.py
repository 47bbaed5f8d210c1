"""Reports of farms and animals: analytics, benchmarks, and both as files."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.routing import Answer, Call, Routes
from hub import reports
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.reports import (
    AnalyticsQuery,
    AnalyticsRead,
    BenchmarkQuery,
    BenchmarksRead,
    File,
    ListQuery,
    ReportQuery,
    Subject,
)

routes = Routes("Reports")

FARM = {"farm_id": SAMPLE_ID}
ANIMAL = {"animal_id": SAMPLE_ID}
TABLE = {**FARM, "name": "animals"}
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@routes.get(
    "/farms/{farm_id}/analytics/{subject}",
    permission=P.REPORTS_READ,
    reach=Reach.FARMS_SEEN,
    query=AnalyticsQuery,
    returns=AnalyticsRead,
    example={"path": {**FARM, "subject": "composition"}},
)
async def get_analytics(call: Call, farm_id: UUID, subject: Subject) -> AnalyticsRead:
    """Show what a farm's data say about a subject: composition, growth, milk, fertility, ..."""
    return await reports.analytics(call.tx, farm_id, subject, call.query)


@routes.get(
    "/farms/{farm_id}/benchmarks",
    permission=P.REPORTS_READ,
    reach=Reach.FARMS_SEEN,
    query=BenchmarkQuery,
    returns=BenchmarksRead,
    example={"path": FARM},
)
async def get_benchmarks(call: Call, farm_id: UUID) -> BenchmarksRead:
    """Show a farm beside farms of its breed and region, without telling of any of them."""
    return await reports.benchmarks(call.tx, farm_id, call.query)


@routes.get(
    "/farms/{farm_id}/report.pdf",
    permission=P.REPORTS_READ,
    reach=Reach.FARMS_SEEN,
    query=AnalyticsQuery,
    returns=Answer,
    produces=PDF,
    example={"path": FARM},
)
async def download_farm_report(call: Call, farm_id: UUID) -> Answer:
    """Download the report of a flock or herd with pictures and tables."""
    return _file(await reports.farm_pdf(call.tx, farm_id, call.query))


@routes.get(
    "/farms/{farm_id}/report.xlsx",
    permission=P.REPORTS_READ,
    reach=Reach.FARMS_SEEN,
    query=AnalyticsQuery,
    returns=Answer,
    produces=XLSX,
    example={"path": FARM},
)
async def download_farm_workbook(call: Call, farm_id: UUID) -> Answer:
    """Download all tables of a farm as an Excel workbook."""
    return _file(await reports.farm_workbook(call.tx, farm_id, call.query))


@routes.get(
    "/farms/{farm_id}/tables/{name}.csv",
    permission=P.REPORTS_READ,
    reach=Reach.FARMS_SEEN,
    query=ListQuery,
    returns=Answer,
    produces="text/csv",
    example={"path": TABLE},
)
async def download_table(call: Call, farm_id: UUID, name: str) -> Answer:
    """Download one table of a farm, or its list of animals, records or events, as CSV."""
    return _file(await reports.table_file(call.tx, farm_id, name, "csv", call.query))


@routes.get(
    "/farms/{farm_id}/tables/{name}.xlsx",
    permission=P.REPORTS_READ,
    reach=Reach.FARMS_SEEN,
    query=ListQuery,
    returns=Answer,
    produces=XLSX,
    example={"path": TABLE},
)
async def download_table_workbook(call: Call, farm_id: UUID, name: str) -> Answer:
    """Download one table of a farm, or its list of animals, records or events, for Excel."""
    return _file(await reports.table_file(call.tx, farm_id, name, "xlsx", call.query))


@routes.get(
    "/animals/{animal_id}/summary.pdf",
    permission=P.REPORTS_READ,
    reach=Reach.FARMS_SEEN,
    query=ReportQuery,
    returns=Answer,
    produces=PDF,
    example={"path": ANIMAL},
)
async def download_animal_summary(call: Call, animal_id: UUID) -> Answer:
    """Download an animal's summary on one page: pedigree, breeding values, events, offspring."""
    return _file(await reports.animal_pdf(call.tx, call.app.objects, animal_id, call.query))


def _file(made: File) -> Answer:
    return Answer(made.content, made.media_type, made.name)
