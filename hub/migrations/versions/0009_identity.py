"""Identity of animals: identifiers in time, groups, places, photos, merging."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.animals.normal import normal
from hub.storage.sql import statement

revision = "0009"
down_revision = "0008"

MANY = 5000


def upgrade() -> None:
    create_places()
    widen_animals()
    widen_identifiers()
    create_groups()
    create_photos_and_fields()
    create_merges()
    app_role = context.config.attributes["app_role"]
    script = statement("0009_identity.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def uuid(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def words(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=False)


def number(name: str, kind: Any = None, nullable: bool = True) -> "sa.Column[Any]":
    return sa.Column(name, kind or sa.Double(), nullable=nullable)


def day(name: str, nullable: bool = True) -> "sa.Column[Any]":
    return sa.Column(name, sa.Date(), nullable=nullable)


def json(name: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def texts(name: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.ARRAY(sa.TEXT()), nullable=False)


def yes_no(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Boolean(), nullable=False)


def time(name: str) -> "sa.Column[Any]":
    now = sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"app.{to}.id"], name=name)


def of_the_farm(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_farm_id")
    targets = [f"app.{to}.id", f"app.{to}.farm_id"]
    follows = "CASCADE" if to == "animal" else None
    return sa.ForeignKeyConstraint([column, "farm_id"], targets, name=name, onupdate=follows)


def named(table: str) -> "list[Any]":
    """Constraints of a table of named things of a farm."""
    return [
        refers(table, "farm_id", "farm"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("farm_id", "name", name=op.f(f"uq_{table}_farm_id_name")),
    ]


def index(table: str, *columns: str, **options: Any) -> None:
    name = options.pop("name", f"ix_{table}_{'_'.join(columns)}")
    op.create_index(op.f(name), table, list(columns), schema="app", **options)


def create_places() -> None:
    op.create_table(
        "place",
        *(uuid("id"), uuid("farm_id"), words("name"), words("kind"), words("note")),
        *(number("latitude"), number("longitude"), yes_no("archived")),
        *(time("created_at"), time("updated_at")),
        *named("place"),
        sa.UniqueConstraint("id", "farm_id", name=op.f("uq_place_id_farm_id")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_place_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_place_longitude")),
        schema="app",
    )


def widen_animals() -> None:
    empty: list[tuple[str, Any, str]] = [
        ("breed_fractions", postgresql.JSONB(astext_type=sa.Text()), "{}"),
        ("coat", sa.String(), ""),
        ("defects", postgresql.ARRAY(sa.TEXT()), "{}"),
        ("custom", postgresql.JSONB(astext_type=sa.Text()), "{}"),
        ("note", sa.String(), ""),
    ]
    for name, kind, default in empty:
        column = sa.Column(name, kind, server_default=default, nullable=False)
        op.add_column("animal", column, schema="app")
    for name in ("recipient_dam_id", "foster_dam_id", "place_id"):
        op.add_column("animal", uuid(name, nullable=True), schema="app")
        index("animal", name)
    for name in ("recipient_dam_id", "foster_dam_id"):
        refer("animal", [name], "animal", ["id"])
    refer("animal", ["place_id", "farm_id"], "place", ["id", "farm_id"])
    op.create_check_constraint(
        op.f("ck_animal_own_dam"), "animal",
        "id <> recipient_dam_id AND id <> foster_dam_id", schema="app",
    )  # fmt: skip
    op.create_unique_constraint(
        op.f("uq_animal_id_farm_id"), "animal", ["id", "farm_id"], schema="app"
    )


def refer(
    table: str, columns: list[str], to: str, targets: list[str], follows: str | None = None
) -> None:
    name = op.f(f"fk_{table}_{'_'.join(columns)}")
    op.create_foreign_key(
        name, table, to, columns, targets, source_schema="app", referent_schema="app",
        onupdate=follows,
    )  # fmt: skip


def widen_identifiers() -> None:
    table = "animal_identifier"
    for name, default in (("normalized", ""), ("state", "active")):
        column = sa.Column(name, sa.String(), server_default=default, nullable=False)
        op.add_column(table, column, schema="app")
    for name in ("valid_from", "valid_to"):
        op.add_column(table, day(name), schema="app")
    normalize()
    turned = r"reverse(regexp_replace(normalized, '[\s_.:\-]+', '', 'g'))"
    generated = sa.Column(
        "backwards", sa.String(), sa.Computed(turned, persisted=True), nullable=False
    )
    op.add_column(table, generated, schema="app")
    op.drop_constraint(f"uq_{table}_farm_id_scheme_value", table, schema="app")
    refer(table, ["animal_id", "farm_id"], "animal", ["id", "farm_id"], follows="CASCADE")
    active = {"unique": True, "postgresql_where": sa.text("state = 'active'")}
    index(table, "farm_id", "scheme", "value", name=f"uq_{table}_active", **active)
    ends = {"postgresql_ops": {"backwards": "text_pattern_ops"}}
    index(table, "farm_id", "backwards", **ends)
    states = "state IN ('active', 'retired', 'lost', 'reused')"
    op.create_check_constraint(op.f(f"ck_{table}_state"), table, states, schema="app")
    op.create_check_constraint(
        op.f(f"ck_{table}_period"), table, "valid_to >= valid_from", schema="app"
    )


def normalize() -> None:
    """Write the normal form of the identifiers that are stored already."""
    bind = op.get_bind()
    rows = bind.execute(sa.text("SELECT id, value FROM app.animal_identifier")).all()
    update = sa.text("UPDATE app.animal_identifier SET normalized = :normal WHERE id = :id")
    for start in range(0, len(rows), MANY):
        piece = rows[start : start + MANY]
        bind.execute(update, [{"id": row.id, "normal": normal(row.value)} for row in piece])


def create_groups() -> None:
    op.create_table(
        "animal_possible_sire",
        *(uuid("animal_id"), uuid("sire_id"), uuid("farm_id")),
        refers("animal_possible_sire", "farm_id", "farm"),
        refers("animal_possible_sire", "sire_id", "animal"),
        of_the_farm("animal_possible_sire", "animal_id", "animal"),
        sa.PrimaryKeyConstraint("animal_id", "sire_id", name=op.f("pk_animal_possible_sire")),
        schema="app",
    )
    index("animal_possible_sire", "sire_id")
    index("animal_possible_sire", "farm_id")
    op.create_table(
        "animal_group",
        *(uuid("id"), uuid("farm_id"), words("name"), words("kind"), words("note")),
        *(yes_no("archived"), time("created_at"), time("updated_at")),
        *named("animal_group"),
        sa.UniqueConstraint("id", "farm_id", name=op.f("uq_animal_group_id_farm_id")),
        schema="app",
    )
    op.create_table(
        "group_member",
        *(uuid("id"), uuid("farm_id"), uuid("group_id"), uuid("animal_id")),
        *(day("from_on", nullable=False), day("to_on"), time("created_at"), time("updated_at")),
        refers("group_member", "farm_id", "farm"),
        of_the_farm("group_member", "group_id", "animal_group"),
        of_the_farm("group_member", "animal_id", "animal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_group_member_period")),
        schema="app",
    )
    inside = {"unique": True, "postgresql_where": sa.text("to_on IS NULL")}
    index("group_member", "group_id", "animal_id", name="uq_group_member_inside", **inside)
    index("group_member", "animal_id")
    index("group_member", "farm_id")


def create_photos_and_fields() -> None:
    op.create_table(
        "photo",
        *(uuid("id"), uuid("farm_id"), uuid("animal_id"), uuid("person_id")),
        *(words("sha256"), words("thumbnail_sha256"), words("media_type"), words("caption")),
        *(number(name, sa.Integer(), nullable=False) for name in ("width", "height", "size")),
        *(day("taken_on"), time("created_at"), time("updated_at")),
        refers("photo", "farm_id", "farm"),
        refers("photo", "person_id", "person"),
        of_the_farm("photo", "animal_id", "animal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("animal_id", "sha256", name=op.f("uq_photo_animal_id_sha256")),
        schema="app",
    )
    index("photo", "farm_id")
    op.create_table(
        "custom_field",
        *(uuid("id"), uuid("farm_id"), words("name"), words("label"), words("type")),
        *(words("unit"), texts("choices"), number("lowest"), number("highest")),
        *(yes_no("archived"), time("created_at"), time("updated_at")),
        *named("custom_field"),
        sa.CheckConstraint(
            "type IN ('text', 'number', 'date', 'choice', 'yes_no')",
            name=op.f("ck_custom_field_type"),
        ),
        schema="app",
    )


def create_merges() -> None:
    op.create_table(
        "animal_merge",
        *(uuid("id"), uuid("farm_id"), uuid("keep_id"), uuid("other_id"), uuid("person_id")),
        *(json("other"), json("filled"), json("moved"), time("created_at")),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        refers("animal_merge", "farm_id", "farm"),
        refers("animal_merge", "keep_id", "animal"),
        refers("animal_merge", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_animal_merge")),
        schema="app",
    )
    for column in ("farm_id", "keep_id", "other_id"):
        index("animal_merge", column)
    op.create_table(
        "animal_merge_move",
        *(uuid("merge_id"), number("number", sa.Integer(), nullable=False), words("how")),
        *(words("table_name"), words("column_name"), json("key"), json("before")),
        refers("animal_merge_move", "merge_id", "animal_merge"),
        sa.PrimaryKeyConstraint("merge_id", "number", name=op.f("pk_animal_merge_move")),
        sa.CheckConstraint(
            "how IN ('moved', 'cleared', 'aside', 'named')", name=op.f("ck_animal_merge_move_how")
        ),
        schema="app",
    )
