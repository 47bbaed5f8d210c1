"""Every page of the dashboards: its address, what it is called, and the permission it asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboards.animals.app import AnimalPage
from dashboards.association.app import AssociationPage
from dashboards.associations.app import AssociationsPage
from dashboards.dataset.app import DatasetPage
from dashboards.datasets.app import DatasetsPage
from dashboards.evaluations.app import RunsPage
from dashboards.exports.app import ExportsPage
from dashboards.genotype_set.app import GenotypeSetPage
from dashboards.genotypes.app import GenotypesPage
from dashboards.growth.app import GrowthPage
from dashboards.herd.app import HerdPage
from dashboards.import_run.app import ImportRunPage
from dashboards.imports.app import ImportsPage
from dashboards.lineage.app import LineagePage
from dashboards.mating_plan.app import MatingPage
from dashboards.new_import.app import NewImportPage
from dashboards.reports.app import ReportsPage
from dashboards.run.app import RunPage
from dashboards.season.app import SeasonPage
from dashboards.session import Site, open_session
from dashboards.sources.app import SourcesPage


@dataclass(frozen=True)
class Page:
    """One page: `made` builds it, `section` is the link that stands out, `refusal` says why not."""

    path: str
    made: Callable[..., Any]
    title: str
    permission: str
    section: str
    refusal: str

    def open(self, site: Site) -> Any:
        """The page for whoever opens it."""
        session = open_session(site)
        if not session.viewer.may(self.permission):
            return session.refusal(self.title, self.section, self.refusal)
        return self.made(session).view()

    def opener(self, site: Site) -> Callable[[], Any]:
        """`open` as the plain function that Panel calls for each visit."""
        return lambda: self.open(site)


PAGES = (
    Page(
        "/herd", HerdPage, "My animals", "animals:read", "herd",
        "Your account does not include animals and breeding values of farms.",
    ),
    Page(
        "/animal", AnimalPage, "Animal", "animals:read", "animal",
        "Your account does not include animals and breeding values of farms.",
    ),
    Page(
        "/season", SeasonPage, "Season", "events:read", "season",
        "Your account does not include events and work lists of farms.",
    ),
    Page(
        "/growth", GrowthPage, "Growth and milk", "records:read", "growth",
        "Your account does not include records of farms.",
    ),
    Page(
        "/mating-plan", MatingPage, "Mating plan", "breeding:plan", "mating-plan",
        "Your account does not include mating plans.",
    ),
    Page(
        "/reports", ReportsPage, "Reports", "reports:read", "reports",
        "Your account does not include reports of farms.",
    ),
    Page(
        "/runs", RunsPage, "Runs", "evaluations:run", "runs",
        "Runs are for researchers, stewards and administrators.",
    ),
    Page(
        "/run", RunPage, "Run", "evaluations:read", "run",
        "Your account does not include evaluations.",
    ),
    Page(
        "/genotypes", GenotypesPage, "Genotypes", "genotypes:read", "genotypes",
        "Your account does not include genotypes.",
    ),
    Page(
        "/genotype-set", GenotypeSetPage, "Genotype set", "genotypes:read", "genotypes",
        "Your account does not include genotypes.",
    ),
    Page(
        "/imports", ImportsPage, "Imports", "imports:read", "imports",
        "Your account does not include imports.",
    ),
    Page(
        "/import", NewImportPage, "Import a file", "imports:write", "imports",
        "Your account does not include handing in files.",
    ),
    Page(
        "/lineage", LineagePage, "Where numbers come from", "lineage:read", "lineage",
        "Your account does not include where numbers come from.",
    ),
    Page(
        "/associations", AssociationsPage, "Associations", "associations:read", "associations",
        "Your account does not include genome-wide association studies.",
    ),
    Page(
        "/association", AssociationPage, "Association", "associations:read", "associations",
        "Your account does not include genome-wide association studies.",
    ),
    Page(
        "/import-run", ImportRunPage, "Import", "imports:read", "imports",
        "Your account does not include imports.",
    ),
    Page(
        "/sources", SourcesPage, "Sources", "sources:manage", "sources",
        "Watched places are set up by the stewards of the hub.",
    ),
    Page(
        "/datasets", DatasetsPage, "Datasets", "datasets:read", "datasets",
        "Datasets are for researchers, stewards and administrators.",
    ),
    Page(
        "/dataset", DatasetPage, "Dataset", "datasets:read", "datasets",
        "Datasets are for researchers, stewards and administrators.",
    ),
    Page(
        "/exports", ExportsPage, "Exports", "exports:run", "exports",
        "Your account does not include taking data along.",
    ),
)  # fmt: skip
