"""The reference page of the rules by which files are judged, made from the code."""

from hub.etl.rules import rules

_TITLES = {
    "animals": "Animals",
    "records": "Records",
    "events": "Events",
    "milk_recording": "Milk recording",
}
_INTRODUCTION = """# Rules of imports

Every file is judged by the rules of its kind. An **error** refuses the row, which is kept to be
mended; a **warning** loads it and is reported. A finding names the rule, the file, the row, the
column, the value and what to do. The version stands in the import (`rules`) and changes with any
rule: `GET /imports/rules` shows those of today.
"""


def rules_page() -> str:
    """A section a kind, a line a rule."""
    parts = [_INTRODUCTION]
    for one in rules().kinds:
        parts.append(f"\n## {_TITLES[one.kind]}\n\nVersion `{one.version}`.\n")
        parts.append("\n| rule | column | severity | what is asked |\n| --- | --- | --- | --- |\n")
        parts += [
            f"| `{rule.code}` | {rule.column or 'whole row'} | {rule.severity} | "
            f"{_cell(rule.says)} |\n"
            for rule in one.rules
        ]
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
