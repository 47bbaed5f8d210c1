"""Evaluations take genotypes; genome-wide association studies; traits of carcasses."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.records.standard import CARCASS_TRAITS
from hub.storage.sql import statement

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # May be empty, so that an API of the release before can still add evaluations.
    column = sa.Column("genotype_set_id", sa.Uuid(), nullable=True)
    op.add_column("evaluation", column, schema="app")
    op.create_foreign_key(
        op.f("fk_evaluation_genotype_set_id"),
        "evaluation",
        "genotype_set",
        ["genotype_set_id"],
        ["id"],
        source_schema="app",
        referent_schema="app",
    )
    create_association()
    trait = sa.table("trait", *map(sa.column, CARCASS_TRAITS[0]), schema="app")
    op.bulk_insert(trait, CARCASS_TRAITS)
    app_role = context.config.attributes["app_role"]
    script = statement("0007_genomic_runs.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def create_association() -> None:
    op.create_table(
        "association",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in REFERENCES),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        *(sa.Column(name, postgresql.JSONB(), nullable=False) for name in MAPPINGS),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in WHEN),
        *(
            sa.Column(
                name,
                sa.DateTime(timezone=True),
                server_default=sa.text("now()"),
                nullable=False,
            )
            for name in ("created_at", "updated_at")
        ),
        sa.Column("farm_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("publish_when_done", sa.Boolean(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_association_state"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"app.{target}"], name=op.f(f"fk_association_{column}")
            )
            for column, target in {**REFERENCES, "trait": "trait.code"}.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_association")),
        schema="app",
    )
    for column in ("person_id", "trait", "published_at"):
        name = op.f(f"ix_association_{column}")
        op.create_index(name, "association", [column], schema="app")


REFERENCES = {
    "person_id": "person.id",
    "dataset_id": "dataset_version.id",
    "genotype_set_id": "genotype_set.id",
}
TEXTS = ("name", "trait", "state", "error", "result_hash")
MAPPINGS = ("settings", "summary", "provenance", "objects")
WHEN = ("started_at", "finished_at", "published_at", "withdrawn_at")
