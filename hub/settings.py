"""All settings, read from the environment (prefix AGRIGEN_) in one place.

`make run` needs none of them. The same names point the hub at external PostgreSQL, AWS DynamoDB,
S3 and an OpenID Connect provider. The table of all: docs/reference/settings.md, made from here.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

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
        default="local", description="Local accounts, or one OpenID Connect provider"
    )
    oidc_issuer: str = Field(
        default="", description="Issuer address of the OpenID Connect provider"
    )
    oidc_client_id: str = Field(default="", description="Client id registered at the provider")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Its secret")
    oidc_groups_claim: str = Field(default="groups", description="Claim that lists groups")
    oidc_roles: dict[str, str] = Field(
        default_factory=dict,
        description='Group at the provider to role here, JSON: {"breeders": "farmer"}',
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
    demo: bool = Field(
        default=True, description="Load demonstration data and accounts (local only)"
    )
    auth_cache_seconds: int = Field(
        default=5, ge=0, description="How long a service may trust a checked token"
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

    @property
    def base_url(self) -> str:
        """Address people use, without a trailing slash."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def sources_location(self) -> Path:
        """The folder whose folders may be watched."""
        return Path(self.sources_folder) if self.sources_folder else self.home / "incoming"

    @property
    def objects_location(self) -> str:
        return self.objects_url or str(self.home / "objects")
