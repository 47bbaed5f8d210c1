"""Commands on genotype files: quality control and parentage."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the library itself is loaded by the command that needs it
    from agrigen.genotypes import Genotypes
    from agrigen.pedigree import Pedigree

THRESHOLDS = {
    "sample_call_rate": "least share of a sample's genotypes that are known",
    "marker_call_rate": "least share of a marker's genotypes that are known",
    "minor_frequency": "least frequency of the rarer allele",
    "hardy_weinberg": "least p-value of the exact test",
    "heterozygosity": "deviations from the median beyond which a sample is an outlier",
    "identity": "share of equal genotypes from which two samples are one animal",
    "mendelian_markers": "most families of a marker in conflict",
    "mendelian_samples": "most markers of an offspring in conflict",
}


def add_commands(commands: Any) -> None:
    """Add qc and parentage to the `agrigen` command."""
    qc = commands.add_parser("qc", help="quality control of a genotype file")
    _add_file(qc)
    qc.add_argument("--output", help="folder for the report, its tables, pictures and the filter")
    qc.add_argument("--write", metavar="GENOTYPES", help="file for what is kept, such as clean.bed")
    qc.add_argument("--rules", help="YAML or JSON file of rules; the options below come after it")
    for name, text in THRESHOLDS.items():
        flag = f"--{name.replace('_', '-')}"
        qc.add_argument(flag, type=_number, metavar="VALUE", help=f"{text}; 'off' for no rule")
    qc.add_argument("--chromosomes", choices=("autosomes", "placed", "all"), help="to keep")
    qc.add_argument("--drop-conflicts", action="store_true", default=None,
                    help="drop samples of conflicting sex or parents")  # fmt: skip
    qc.set_defaults(run=_qc)

    parents = commands.add_parser("parentage", help="recorded parents against genotypes")
    _add_file(parents)
    parents.add_argument("--accept", type=float, help="most conflicts of a parent, as a share")
    parents.add_argument("--exclude", type=float, help="share beyond which it is excluded")
    parents.add_argument("--output", help="folder for pairs.csv, proposals.csv and swaps.csv")
    parents.set_defaults(run=_parentage)


def _add_file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", help=".bed, .ped, .vcf, .vcf.gz, .csv, BLUPF90 or FinalReport")
    command.add_argument("--species", help="sheep, cattle, goat, pig, chicken, horse, mouse")
    command.add_argument("--pedigree", help="CSV file with the columns id, sire, dam")
    command.add_argument("--birth", help="column of birth dates in the pedigree")
    command.add_argument("--json", action="store_true", help="print as JSON")


def _qc(options: argparse.Namespace) -> int:
    from agrigen.genotypes.quality import quality_control

    genotypes, pedigree = _read(options)
    report = quality_control(genotypes, _rules(options), kind=options.species, pedigree=pedigree)
    _print(options, report)
    if options.output:
        sys.stderr.write(f"written to {report.write(options.output)}\n")
    if options.write:
        report.apply(genotypes).write(options.write)
        sys.stderr.write(f"written to {options.write}\n")
    return 0


def _parentage(options: argparse.Namespace) -> int:
    from agrigen.genotypes.parentage import ParentageRules, verify_parents

    genotypes, pedigree = _read(options)
    given = {name: value for name in ("accept", "exclude")
             if (value := getattr(options, name)) is not None}  # fmt: skip
    rules = ParentageRules.from_mapping(given)
    found = verify_parents(genotypes, pedigree, rules=rules, kind=options.species)
    _print(options, found)
    if options.output:
        folder = Path(options.output)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("pairs", "proposals", "swaps"):
            getattr(found, name).to_csv(folder / f"{name}.csv", index=False)
        sys.stderr.write(f"written to {folder}\n")
    return 0


def _print(options: argparse.Namespace, result: Any) -> None:
    text = json.dumps(result.to_mapping(), indent=2) if options.json else repr(result)
    sys.stdout.write(f"{text}\n")


def _read(options: argparse.Namespace) -> "tuple[Genotypes, Pedigree | None]":
    from agrigen.genotypes import Genotypes
    from agrigen.pedigree import Pedigree

    genotypes = Genotypes.read(options.file)
    if options.pedigree is None:
        return genotypes, None
    return genotypes, Pedigree.read_csv(options.pedigree, birth=options.birth)


def _rules(options: argparse.Namespace) -> dict[str, Any]:
    """Rules of the file, then of the options."""
    rules = _rules_file(options.rules) if options.rules else {}
    for name in (*THRESHOLDS, "chromosomes", "drop_conflicts"):
        value = getattr(options, name)
        if value is not None:
            rules[name] = None if value == "off" else value
    return rules


def _rules_file(path: str) -> dict[str, Any]:
    import yaml

    from agrigen.errors import DataError, Problem

    try:
        rules = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError):
        rules = None
    if not isinstance(rules, dict):
        message = f"The rules in {Path(path).name} are not names with values."
        remedy = "Write 'minor_frequency: 0.02', one a line."
        raise DataError([Problem("rule", (), message, remedy)])
    return rules


def _number(word: str) -> float | str:
    return "off" if word == "off" else float(word)
