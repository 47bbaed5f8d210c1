"""Reports of farms: analytics, benchmarks beside other farms, and both as files."""

from hub.reports.benchmarking import benchmarks, keep, refresh
from hub.reports.files import animal_pdf, farm_pdf, farm_workbook, table_file
from hub.reports.schemas import (
    AnalyticsQuery,
    AnalyticsRead,
    BenchmarkQuery,
    BenchmarkRead,
    BenchmarksRead,
    File,
    ListQuery,
    ReportQuery,
    Subject,
    TableRead,
)
from hub.reports.subjects import analytics

__all__ = [
    "AnalyticsQuery",
    "AnalyticsRead",
    "BenchmarkQuery",
    "BenchmarkRead",
    "BenchmarksRead",
    "File",
    "ListQuery",
    "ReportQuery",
    "Subject",
    "TableRead",
    "analytics",
    "animal_pdf",
    "benchmarks",
    "farm_pdf",
    "farm_workbook",
    "keep",
    "refresh",
    "table_file",
]
