"""All settings, read from the environment (prefix AGRIGEN_) in one place.

`make run` needs none of them. The same names point the hub at external PostgreSQL, AWS DynamoDB,
S3 and an OpenID Connect provider. The table of all: docs/reference/settings.md, made from here.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.institutions import ONLY, Institution, RoleName, checked

CHECKOUT = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """One value each; `python -m hub check` prints where every value came from."""

    model_config = SettingsConfigDict(env_prefix="AGRIGEN_", extra="ignore")

    home: Path = Field(
        default=CHECKOUT / "var",
        description="Folder of everything the local hub keeps: stores, objects, logs, user homes",
    )
    port: int = Field(
        default=8000,
        ge=1024,
        le=65000,
        description="Port of the hub; the ten above it are used too",
    )
    public_url: str = Field(
        default="", description="Address people use; default http://127.0.0.1:<port>/"
    )
    subdomains: str = Field(
        default="",
        description=(
            "Host name below which each person's server gets a name of its own, the one of the "
            "public address; needs *.<host> in the DNS and in the certificate; empty: all on one "
            "host"
        ),
    )

    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="External PostgreSQL for the application role (postgresql://...)",
    )
    migration_url: SecretStr = Field(
        default=SecretStr(""),
        description="External PostgreSQL for the role that owns the schema; only migrations use it",
    )
    database_pool: int = Field(default=6, ge=1, description="Connections per process")
    statement_timeout_seconds: int = Field(default=30, ge=1, description="Longest single query")

    dynamodb_endpoint: str = Field(
        default="",
        description="DynamoDB-compatible endpoint; empty: embedded; 'aws': Amazon's own",
    )
    dynamodb_region: str = Field(default="eu-west-1", description="Region of DynamoDB")
    dynamodb_prefix: str = Field(default="agrigen-", description="Prefix of every table name")

    objects_url: str = Field(
        default="",
        description="Where large objects live: a folder, or s3://bucket/prefix",
    )

    upload_gib: float = Field(default=10, gt=0, description="GiB of the largest file taken")
    person_gib: float = Field(default=50, gt=0, description="GiB of files that a person may keep")
    open_uploads: int = Field(
        default=10, ge=1, description="Uploads of a person that are not finished, at most"
    )
    upload_hours: float = Field(
        default=48, gt=0, description="Hours after which an upload without news is forgotten"
    )

    sign_in: Literal["local", "oidc"] = Field(
        default="local",
        description="Local accounts beside institutions, or institutions only (oidc)",
    )
    institutions: Annotated[list[Institution], AfterValidator(checked)] = Field(
        default_factory=list,
        description=(
            "Institutions through which people sign in, JSON list: "
            "docs/how-to/sign-in-through-institutions.md"
        ),
    )
    oidc_issuer: str = Field(
        default="", description="Issuer of the only institution, where sign_in is oidc"
    )
    oidc_client_id: str = Field(default="", description="Client id registered at the provider")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Its secret")
    oidc_groups_claim: str = Field(default="groups", description="Claim that lists groups")
    oidc_roles: dict[str, RoleName] = Field(
        default_factory=dict,
        description='Group at the provider to role here, JSON: {"breeders": "farmer"}',
    )

    session_idle_minutes: dict[str, float] = Field(
        default_factory=lambda: {"admin": 30.0, "steward": 60.0, "phone": 43_200.0, "other": 720.0},
        description=(
            "Minutes without a request after which a sign-in is over, by role, JSON; 'phone' and "
            "'other' are for people with none of the roles named; what is left out stays"
        ),
    )
    session_hours: dict[str, float] = Field(
        default_factory=lambda: {"admin": 24.0, "steward": 24.0, "phone": 4320.0, "other": 720.0},
        description="Hours after which a sign-in is over in any case, by role, JSON",
    )
    sessions_at_once: dict[str, int] = Field(
        default_factory=lambda: {"admin": 3, "phone": 5, "other": 5},
        description="Browsers in which a person may be signed in at a time, by role, JSON",
    )
    places: str = Field(
        default="",
        description="Database of countries by address (MMDB) for the list of sign-ins; empty: none",
    )

    second_factor_roles: list[str] | None = Field(
        default=None,
        description=(
            "Roles that sign in with two factors, JSON list; default admin, steward and "
            "researcher, and nobody where there is demonstration data"
        ),
    )
    sealing_keys: list[SecretStr] = Field(
        default_factory=list,
        description=(
            "Keys that seal stored secrets, 64 hexadecimal digits each, the one in use first, "
            "JSON list; empty: one is made and kept in <home>/secrets"
        ),
    )

    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description=(
            "Mail server: smtp+starttls://user:password@host:587, smtps://... or smtp://...; "
            "empty: letters are written to <home>/mail"
        ),
    )
    mail_sender: str = Field(
        default="", description="Address that letters come from; default agrigen@<public host>"
    )

    sources_folder: str = Field(
        default="",
        description="Folder whose folders may be watched for files; default <home>/incoming",
    )
    sources_buckets: list[str] = Field(
        default_factory=list,
        description='S3 prefixes that may be watched, JSON: ["s3://lab/for-agrigen"]',
    )
    sources_databases: dict[str, SecretStr] = Field(
        default_factory=dict,
        description=(
            "Databases that may be asked, JSON: "
            '{"herdbook": "postgresql://reader:secret@host/herdbook", "shed": "sqlite:////path"}'
        ),
    )
    sources_look_seconds: float = Field(
        default=15.0, ge=1.0, description="How often the worker looks which sources are due"
    )
    sources_settle_seconds: float = Field(
        default=30.0, ge=0.0, description="How long a file must be left alone before it is taken"
    )
    sources_most_files: int = Field(default=200, ge=1, description="Files of one run of a source")
    sources_most_bytes: int = Field(
        default=20 * 2**30, ge=1, description="Bytes of one run of a source"
    )
    sources_most_rows: int = Field(
        default=2_000_000, ge=1, description="Rows that a question to a database may give"
    )
    sources_query_seconds: float = Field(
        default=120.0, gt=0.0, description="How long a question to a database may take"
    )

    sandbox: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Run user servers in bubblewrap: where installed, always, never",
    )
    server_memory_gib: float = Field(
        default=8, ge=0, description="GiB of data that a process of a user server may hold; 0: any"
    )
    server_cpus: int = Field(
        default=0, ge=0, description="Processors of each user server; 0: all of this machine"
    )
    server_processes: int = Field(
        default=512, ge=0, description="Processes and threads of a user server; 0: any number"
    )
    server_idle_hours: float = Field(
        default=12, ge=0, description="Hours after which a server without work is stopped; 0: never"
    )
    server_days: float = Field(
        default=14, ge=0, description="Days after which any user server is stopped; 0: never"
    )
    erasure_grace_days: float = Field(
        default=7, ge=0, le=30, description="Days in which a wish to be erased can be taken back"
    )
    demo: bool = Field(
        default=True, description="Load demonstration data and accounts (local only)"
    )
    auth_cache_seconds: int = Field(
        default=5, ge=0, description="How long a service may trust a checked token"
    )
    limits: dict[str, str] = Field(
        default_factory=dict,
        description=(
            "Limits of requests that differ from docs/reference/limits.md, units/seconds, JSON: "
            '{"read": "6000/60"}'
        ),
    )
    trusted_proxies: list[str] = Field(
        default_factory=lambda: ["127.0.0.0/8", "::1/128"],
        description="Networks whose X-Forwarded-For is believed, JSON list: where the proxies run",
    )
    proxies: int = Field(
        default=1,
        ge=1,
        description="Proxies that a request passes: the hub's own, and those that stand before it",
    )
    openlineage_url: str = Field(
        default="",
        description="Where the worker sends lineage events: https://... or a file; empty: nowhere",
    )
    openlineage_key: SecretStr = Field(
        default=SecretStr(""), description="Key that the receiver of lineage events asks for"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least serious log line that is written"
    )

    @field_validator("session_idle_minutes", "session_hours", "sessions_at_once")
    @classmethod
    def _keep_the_rest(cls, given: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        """Whoever sets one role's figure does not lose those of the others."""
        if any(number <= 0 for number in given.values()):
            raise ValueError("every figure must be greater than zero")
        usual = cls.model_fields[str(info.field_name)].get_default(call_default_factory=True)
        return {**usual, **given}

    @property
    def base_url(self) -> str:
        """Address people use, without a trailing slash."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def https(self) -> bool:
        """Whether people reach us encrypted; cookies and headers depend on it."""
        return self.base_url.startswith("https://")

    @property
    def all_institutions(self) -> list[Institution]:
        """Those of the list, after the one of AGRIGEN_OIDC_*."""
        if self.sign_in != "oidc" or not self.oidc_issuer:
            return self.institutions
        only = Institution(
            name=ONLY,
            title="your institution",
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=self.oidc_client_secret,
            groups_claim=self.oidc_groups_claim,
            roles=self.oidc_roles,
        )
        return [only, *self.institutions]

    def wanted_level(self, roles: Iterable[str]) -> int:
        """How many factors people with these roles must sign in with."""
        asked = self.second_factor_roles
        if asked is None:
            asked = [] if self.demo else ["admin", "steward", "researcher"]
        return 2 if set(asked) & set(roles) else 1

    @property
    def sources_location(self) -> Path:
        """The folder whose folders may be watched."""
        return Path(self.sources_folder) if self.sources_folder else self.home / "incoming"

    @property
    def objects_location(self) -> str:
        return self.objects_url or str(self.home / "objects")
