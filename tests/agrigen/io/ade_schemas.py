"""Published ADE schemas in the compact form that `agrigen.io.icar_ade` carries."""

import json
from pathlib import Path
from typing import Any

DROPPED = {"description", "$comment", "discriminator", "title", "default", "deprecated"}


def compact(folder: Path, roots: list[str]) -> dict[str, Any]:
    """Every definition that the roots reach, by name, with inherited fields merged in."""
    found: dict[str, Any] = {}
    wanted = list(roots)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _flat(folder, _load(folder, name))
            wanted += _references(found[name])
    return dict(sorted(found.items()))


def _load(folder: Path, name: str) -> Any:
    [path] = [p for p in folder.glob(f"*/{name}.json") if p.parent.name != "examples"]
    return json.loads(path.read_text())


def _name(reference: str) -> str:
    return reference.rsplit("/", 1)[-1].removesuffix(".json")


def _flat(folder: Path, schema: Any) -> Any:
    """A schema without prose; what `allOf` joins is one object."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": _name(schema["$ref"])}
    parts = schema.get("allOf")
    if parts and "nullable" in schema:
        return {"$ref": _name(parts[0]["$ref"])}
    merged: dict[str, Any] = {}
    for part in parts or []:
        part = _load(folder, _name(part["$ref"])) if "$ref" in part else part
        _join(merged, _flat(folder, part))
    own = {k: v for k, v in schema.items() if k not in DROPPED | {"allOf", "nullable"}}
    if "properties" in own:
        own["properties"] = {
            name.strip(): _flat(folder, one) for name, one in own["properties"].items()
        }
    if "items" in own:
        own["items"] = _flat(folder, own["items"])
    _join(merged, own)
    return merged


def _join(merged: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if key == "properties":
            merged.setdefault(key, {}).update(value)
        elif key == "required":
            merged[key] = [
                *merged.get(key, []),
                *(v for v in value if v not in merged.get(key, [])),
            ]
        else:
            merged[key] = value


def _references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        here = [schema["$ref"]] if "$ref" in schema else []
        return here + [name for value in schema.values() for name in _references(value)]
    return []
