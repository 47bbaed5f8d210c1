"""Reports of farms: analytics, benchmarks beside other farms, and both as files."""

from hub.reports.analytics import analytics
from hub.reports.benchmarks import benchmarks, keep, refresh
from hub.reports.schemas import (
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

__all__ = [
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
    "benchmarks",
    "keep",
    "refresh",
]
