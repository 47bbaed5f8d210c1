"""Can these animals have these parents? Checked over the file and everything in stock together.

`nodes` has one row an animal: id, tag, species, sex, birth_date, sire_id, dam_id and `_row`, its
row in the file (null: only in stock, or named as a parent only). What the file says goes before
what is stored.
"""

from collections.abc import Callable

import polars as pl

import agrigen as ag
from hub.animals.rules import EARLIEST
from hub.etl.findings import Findings
from hub.etl.read import ROW
from hub.etl.rules.animals import OLDEST_DAM, USUAL_FIRST_BIRTH

ROLES = (("sire", "F", "female"), ("dam", "M", "male"))
_MOST_ROUNDS = 20
DAYS_OF_A_YEAR = 365.25


def check(nodes: pl.DataFrame, findings: Findings) -> None:
    """Find everything that cannot be, and say which row of the file to look at."""
    links = _links(nodes)
    _own_parent(links, findings)
    _wrong_sex(links, findings)
    _wrong_species(links, findings)
    _wrong_age(links, findings)
    _same_parent_twice(nodes, findings)
    _both_roles(links, findings)
    _loops(nodes, findings)
    _unusual_dams(links, findings)


def _links(nodes: pl.DataFrame) -> pl.DataFrame:
    """One row for each offspring and known parent, with what is known of both."""
    parent = nodes.select(
        pl.col("id").alias("parent_id"),
        pl.col("tag").alias("parent_tag"),
        pl.col("sex").alias("parent_sex"),
        pl.col("species").alias("parent_species"),
        pl.col("birth_date").alias("parent_birth"),
        pl.col(ROW).alias("parent_row"),
    )
    parts = [
        nodes.filter(pl.col(f"{role}_id").is_not_null()).select(
            ROW, "id", "tag", "species", "birth_date",
            pl.col(f"{role}_id").alias("parent_id"), pl.lit(role).alias("role"),
        )
        for role, _, _ in ROLES
    ]  # fmt: skip
    return pl.concat(parts).join(parent, on="parent_id", how="inner")


def _tell(
    links: pl.DataFrame, findings: Findings, rule: str, child: Callable[[dict[str, object]], str],
    column_of_parent: str, remedy: str, parent_remedy: str,
) -> None:  # fmt: skip
    """At the offspring's row; at the parent's when only the parent is in the file."""
    for link in links.iter_rows(named=True):
        message = child(link)
        if link[ROW] is not None:
            findings.add(link[ROW], str(link["role"]), rule, message, remedy)
        elif link["parent_row"] is not None:
            findings.add(link["parent_row"], column_of_parent, rule, message, parent_remedy)


def _own_parent(links: pl.DataFrame, findings: Findings) -> None:
    bad = links.filter(pl.col("id") == pl.col("parent_id"))
    _tell(
        bad, findings, "own_parent", lambda x: f"{x['tag']} is named as its own {x['role']}.",
        "id", "Correct the parent or leave it empty.", "",
    )  # fmt: skip


def _wrong_sex(links: pl.DataFrame, findings: Findings) -> None:
    for role, wrong, word in ROLES:
        other = pl.col("id") != pl.col("parent_id")
        bad = links.filter(other & (pl.col("role") == role) & (pl.col("parent_sex") == wrong))
        _tell(
            bad, findings, f"{role}_is_{word}",
            lambda x, word=word: (  # type: ignore[misc]
                f"{x['parent_tag']} is recorded as {word}, so it cannot be the {x['role']} "
                f"of {x['tag']}."
            ),
            "sex", f"Correct the {role}, or the sex of that animal.",
            f"Correct the sex, or the {role} of its offspring first.",
        )  # fmt: skip


def _wrong_species(links: pl.DataFrame, findings: Findings) -> None:
    bad = links.filter(pl.col("species") != pl.col("parent_species"))
    _tell(
        bad, findings, "other_species",
        lambda x: f"The {x['role']} {x['parent_tag']} is of species {x['parent_species']}, "
        f"{x['tag']} of {x['species']}.",
        "species", "Correct the parent or the species.", "Correct the species.",
    )  # fmt: skip


def _wrong_age(links: pl.DataFrame, findings: Findings) -> None:
    days = (pl.col("birth_date") - pl.col("parent_birth")).dt.total_days()
    needed = pl.col("species").replace_strict(
        {name: earliest.birth for name, earliest in EARLIEST.items()}, default=1
    )
    aged = links.filter(pl.col("id") != pl.col("parent_id")).with_columns(
        days.alias("days"), needed.alias("needed")
    )
    remedy = "Correct the parent or one of the two birth dates."
    _tell(
        aged.filter(pl.col("days") <= 0), findings, "born_before_parent",
        lambda x: f"{x['tag']} was born on {x['birth_date']}, not after its {x['role']} "
        f"{x['parent_tag']} ({x['parent_birth']}).",
        "birth_date", remedy, remedy,
    )  # fmt: skip
    _tell(
        aged.filter((pl.col("days") > 0) & (pl.col("days") < pl.col("needed"))), findings,
        "parent_too_young",
        lambda x: f"The {x['role']} {x['parent_tag']} was {x['days']} days old when {x['tag']} was "
        f"born; a parent of {x['species']} is at least {x['needed']}.",
        "birth_date", remedy, remedy,
    )  # fmt: skip


def _unusual_dams(links: pl.DataFrame, findings: Findings) -> None:
    """Dams that can be, but are younger or older than dams are."""
    days = (pl.col("birth_date") - pl.col("parent_birth")).dt.total_days()
    dams = links.filter((pl.col("role") == "dam") & pl.col(ROW).is_not_null()).with_columns(
        days.alias("days"),
        pl.col("species").replace_strict(USUAL_FIRST_BIRTH, default=0).alias("usual"),
        pl.col("species").replace_strict(OLDEST_DAM, default=1000).alias("oldest"),
        (days / DAYS_OF_A_YEAR).floor().cast(pl.Int64).alias("years"),
    )
    kept = dams.filter(~findings.is_bad())
    findings.tell(kept.filter(pl.col("days") < pl.col("usual")), "young_dam")
    findings.tell(kept.filter(pl.col("years") > pl.col("oldest")), "old_dam")


def _same_parent_twice(nodes: pl.DataFrame, findings: Findings) -> None:
    same = pl.col(ROW).is_not_null() & (pl.col("sire_id") == pl.col("dam_id"))
    findings.tell(nodes.filter(same), "sire_is_dam")


def _both_roles(links: pl.DataFrame, findings: Findings) -> None:
    """Parents of unknown sex that are a sire here and a dam there.

    Uses in stock count as right; within the file the rarer use is taken for the mistake, and both
    when they are equally frequent.
    """
    open_sex = ~pl.col("parent_sex").is_in(["F", "M"])
    unsexed = links.filter(open_sex.fill_null(True))
    counts = unsexed.group_by("parent_id").agg(
        *(
            ((pl.col("role") == role) & where).sum().alias(f"{role}_{name}")
            for role, _, _ in ROLES
            for name, where in (
                ("file", pl.col(ROW).is_not_null()),
                ("stock", pl.col(ROW).is_null()),
            )
        )
    )
    mixed = counts.filter(
        (pl.col("sire_file") + pl.col("sire_stock") > 0)
        & (pl.col("dam_file") + pl.col("dam_stock") > 0)
    ).with_columns(
        (pl.col("sire_file") + 1e6 * pl.col("sire_stock")).alias("sire_weight"),
        (pl.col("dam_file") + 1e6 * pl.col("dam_stock")).alias("dam_weight"),
    )
    suspect = unsexed.join(mixed, on="parent_id").filter(
        pl.col(ROW).is_not_null()
        & pl.when(pl.col("role") == "sire")
        .then(pl.col("sire_weight") <= pl.col("dam_weight"))
        .otherwise(pl.col("dam_weight") <= pl.col("sire_weight"))
    )
    for link in suspect.iter_rows(named=True):
        other = "dam" if link["role"] == "sire" else "sire"
        times = link[f"{other}_file"] + link[f"{other}_stock"]
        findings.add(
            link[ROW], link["role"], f"{link['role']}_is_{other}_elsewhere",
            f"{link['parent_tag']} is the {link['role']} here but the {other} of {times} other "
            f"animal{'s' if times > 1 else ''}.",
            f"Correct the {link['role']}, or the {other} of the others.",
        )  # fmt: skip


def _loops(nodes: pl.DataFrame, findings: Findings) -> None:
    """Animals that would be their own ancestors.

    Where refused rows alone make the loop, they are told about it too; else every row of the file
    on the loop is refused, since any of them may hold the wrong parent.
    """
    for rows in _loops_through(nodes):
        bad = [row for row in rows if row[ROW] in findings.by_row]
        _tell_loop(rows, bad, findings)
    for _ in range(_MOST_ROUNDS):
        rest = nodes.with_columns(
            pl.when(~findings.is_bad().fill_null(False)).then(pl.col(name)).alias(name)
            for name in ("sire_id", "dam_id")
        )
        found = _loops_through(rest)
        told = [_tell_loop(rows, rows, findings) for rows in found]
        if not any(told):
            return


def _loops_through(nodes: pl.DataFrame) -> list[list[dict[str, object]]]:
    """Each loop as the rows of its animals, every one followed by its parent."""
    problems = ag.Pedigree.check(*(nodes[name].to_list() for name in ("id", "sire_id", "dam_id")))
    loops = [problem.animals for problem in problems if problem.kind == "loop"]
    if not loops:
        return []
    members = nodes.filter(pl.col("id").is_in([animal for loop in loops for animal in loop]))
    by_id = {row["id"]: row for row in members.iter_rows(named=True)}
    return [[by_id[animal] for animal in loop] for loop in loops]


def _tell_loop(
    loop: list[dict[str, object]], rows: list[dict[str, object]], findings: Findings
) -> bool:
    """Whether there was a row of the file to tell."""
    tags = [str(row["tag"]) for row in loop]
    chain = " <- ".join([*tags[:10], *(["..."] if len(tags) > 10 else []), tags[0]])
    told = False
    for row in rows:
        number = row[ROW]
        if not isinstance(number, int):
            continue
        above = loop[(loop.index(row) + 1) % len(loop)]["id"]
        role = "sire" if row["sire_id"] == above else "dam"
        findings.add(
            number, role, "loop", f"{row['tag']} would be its own ancestor: {chain}.",
            "Correct one parent on this chain.",
        )  # fmt: skip
        told = True
    return told


def roles(nodes: pl.DataFrame, wanted: pl.Expr) -> pl.DataFrame:
    """Which animals are used as parents by the wanted rows: id, sex that follows from it."""
    used = nodes.filter(wanted)
    parts = [
        used.select(pl.col(f"{role}_id").alias("id"), pl.lit(sex).alias("role_sex"))
        for role, sex in (("sire", "M"), ("dam", "F"))
    ]
    return pl.concat(parts).drop_nulls("id").unique("id", keep="first", maintain_order=True)
