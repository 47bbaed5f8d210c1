"""Row policies and functions as versioned SQL files, loaded by migrations."""

from pathlib import Path


def statement(name: str, **names: str) -> str:
    """The text of a file with `:name` replaced by quoted identifiers."""
    text = (Path(__file__).parent / name).read_text()
    for key, value in names.items():
        quoted = '"' + value.replace('"', '""') + '"'
        text = text.replace(f":{key}", quoted)
    return text
