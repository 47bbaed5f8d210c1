"""Every permission, its sentence, and the roles that hold it.

This is the one list: JupyterHub scopes (`hub.jupyterhub.scopes`), the OpenAPI document, the table
in `docs/reference/permissions.md` and the security matrix of the tests are made from it.
A permission says what kind of act is allowed; which rows it reaches is decided by farm memberships
and enforced by PostgreSQL row policies.
"""

from enum import StrEnum

from hub.worded import Worded


class Role(StrEnum):
    """What a person is to the hub; one person can hold several."""

    FARMER = "farmer"
    ADVISER = "adviser"
    RESEARCHER = "researcher"
    STUDENT = "student"
    INSTRUCTOR = "instructor"
    STEWARD = "steward"
    ADMIN = "admin"


class Permission(Worded):
    """`noun:verb`; the attribute `sentence` says it in words."""

    @property
    def scope(self) -> str:
        """The JupyterHub scope that carries this permission."""
        return f"custom:agrigen:{self.value}"

    ACCOUNT_READ = (
        "account:read",
        "See one's own account, roles, farms and sign-in sessions",
    )
    ACCOUNT_WRITE = (
        "account:write",
        "Change one's own profile, factors, sessions and tokens, and use one's rights as a person",
    )
    PEOPLE_READ = "people:read", "List the people of the hub with their roles and farms"
    PEOPLE_MANAGE = (
        "people:manage",
        "Make accounts, give roles, let people in or keep them out, and end their sessions",
    )
    FARMS_READ = "farms:read", "See farms one belongs to and farms that are shared"
    FARMS_WRITE = "farms:write", "Create farms and decide who belongs to them"
    SHARING_READ = "sharing:read", "See what farms share with one, and what one's own farms share"
    SHARING_MANAGE = (
        "sharing:manage",
        "Decide what one's own farms share with whom, and invite people to them",
    )
    PROJECTS_READ = "projects:read", "See projects and classes one belongs to"
    PROJECTS_MANAGE = (
        "projects:manage",
        "Make projects and classes, and invite people to those one leads",
    )
    ANIMALS_READ = "animals:read", "See animals and pedigrees of visible farms"
    ANIMALS_WRITE = "animals:write", "Add and change animals of one's own farms"
    RECORDS_READ = "records:read", "See traits and records of visible farms"
    RECORDS_WRITE = "records:write", "Add records to animals of one's own farms"
    EVENTS_READ = "events:read", "See events, work lists and alerts of visible farms"
    EVENTS_WRITE = "events:write", "Record, correct and void events of one's own farms"
    REPORTS_READ = "reports:read", "See analytics, benchmarks and reports of visible farms"
    BREEDING_PLAN = "breeding:plan", "Ask which matings suit a farm, and keep mating plans"
    GENOTYPES_READ = (
        "genotypes:read",
        "See genotype sets, their quality and parentage reports, and genotypes of animals one "
        "may see",
    )
    GENOTYPES_WRITE = (
        "genotypes:write",
        "Upload genotype files, link samples to animals and apply quality control",
    )
    IMPORTS_READ = "imports:read", "See imports and their reports"
    IMPORTS_WRITE = (
        "imports:write",
        "Upload files, import them, mend and replay rejected rows",
    )
    SOURCES_MANAGE = (
        "sources:manage",
        "Watch folders, buckets and databases for files, and import them on a schedule",
    )
    DATASETS_READ = "datasets:read", "See, compare and download frozen dataset versions"
    DATASETS_WRITE = "datasets:write", "Freeze, tag and restore dataset versions"
    LINEAGE_READ = "lineage:read", "See from which files a visible result was made, and back"
    EXPORTS_RUN = "exports:run", "Take along what one may see as files"
    EVALUATIONS_READ = (
        "evaluations:read",
        "See published evaluations and breeding values",
    )
    EVALUATIONS_RUN = "evaluations:run", "Start, cancel and retry evaluations"
    EVALUATIONS_PUBLISH = (
        "evaluations:publish",
        "Publish and withdraw evaluations and association studies",
    )
    ASSOCIATIONS_READ = (
        "associations:read",
        "See genome-wide association studies that one ran or that are published",
    )
    ASSOCIATIONS_RUN = (
        "associations:run",
        "Start, cancel and retry genome-wide association studies",
    )
    JOBS_READ = "jobs:read", "See background jobs one may know of"
    JOBS_MANAGE = "jobs:manage", "Cancel and retry any background job"
    CHAT_USE = "chat:use", "Talk with Emilia and keep conversations"
    AUDIT_READ = "audit:read", "Read the audit log"


_P = Permission
_OWN = {_P.ACCOUNT_READ, _P.ACCOUNT_WRITE, _P.PROJECTS_READ}
_VIEW = _OWN | {
    _P.SHARING_READ,
    _P.FARMS_READ,
    _P.ANIMALS_READ,
    _P.RECORDS_READ,
    _P.EVENTS_READ,
    _P.REPORTS_READ,
    _P.GENOTYPES_READ,
    _P.EVALUATIONS_READ,
    _P.ASSOCIATIONS_READ,
    _P.JOBS_READ,
    _P.CHAT_USE,
    _P.LINEAGE_READ,
    _P.EXPORTS_RUN,
}
_FARM = _VIEW | {
    _P.SHARING_MANAGE,
    _P.ANIMALS_WRITE,
    _P.RECORDS_WRITE,
    _P.EVENTS_WRITE,
    _P.BREEDING_PLAN,
    _P.GENOTYPES_WRITE,
    _P.IMPORTS_READ,
    _P.IMPORTS_WRITE,
}
_RESEARCH = _VIEW | {
    _P.PROJECTS_MANAGE,
    _P.IMPORTS_READ,
    _P.IMPORTS_WRITE,
    _P.DATASETS_READ,
    _P.DATASETS_WRITE,
    _P.GENOTYPES_WRITE,
    _P.EVALUATIONS_RUN,
    _P.ASSOCIATIONS_RUN,
}
_STEWARD = (
    _FARM | _RESEARCH | {_P.FARMS_WRITE, _P.EVALUATIONS_PUBLISH, _P.JOBS_MANAGE, _P.SOURCES_MANAGE}
)

ROLES: dict[Role, frozenset[Permission]] = {
    Role.FARMER: frozenset(_FARM),
    Role.ADVISER: frozenset(_VIEW),
    Role.RESEARCHER: frozenset(_RESEARCH),
    Role.STUDENT: frozenset(_OWN),
    Role.INSTRUCTOR: frozenset(_OWN | {_P.PROJECTS_MANAGE}),
    Role.STEWARD: frozenset(_STEWARD),
    Role.ADMIN: frozenset(Permission),
}


def granted(roles: set[Role]) -> frozenset[Permission]:
    """All permissions that a person with these roles holds."""
    return frozenset().union(*(ROLES[role] for role in roles))
