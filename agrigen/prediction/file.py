"""Marker effects as a file: .npz or .parquet, both with a header in JSON.

.npz      header (text), frequencies, effects, positions, factor where reliabilities were kept, and
          texts (names, chromosomes, counted, other) as UTF-8 lines
.parquet  one row a marker: marker, chromosome, position, counted, other, frequency, effect:TRAIT,
          factor:TRAIT; the header is the metadata `agrigen` of the schema
"""

import json
import zipfile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from agrigen.errors import DataError, Problem
from agrigen.genotypes.markers import MarkerMap
from agrigen.prediction.effects import MarkerEffects, Precision
from agrigen.types import Texts

FORMAT, VERSION = "agrigen marker effects", 1
TEXTS = ("names", "chromosomes", "counted", "other")


def write(effects: MarkerEffects, path: str | PathLike[str]) -> None:
    """Write by the ending; a file that is there is replaced when the new one is complete."""
    target = Path(path)
    writer = {".npz": _write_npz, ".parquet": _write_parquet}.get(target.suffix.lower())
    if writer is None:
        text = f"{target.name} is no file of marker effects."
        raise DataError([Problem("format", (), text, "Name it .npz or .parquet.")])
    draft = target.with_name(f".{target.name}.writing")
    try:
        writer(effects, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def read(path: str | PathLike[str]) -> MarkerEffects:
    """Read what `write` wrote.

    Raises
    ------
    DataError
        If the file is no such file, is cut off, or is of a newer version.
    """
    source = Path(path)
    if not source.is_file():
        raise _refusal(source, "there is no such file", "Check the path.")
    reader = {".npz": _read_npz, ".parquet": _read_parquet}.get(source.suffix.lower())
    if reader is None:
        raise _refusal(source, "its ending is unknown", "Give an .npz or .parquet.")
    return reader(source)


def _write_npz(effects: MarkerEffects, path: Path) -> None:
    m = effects.markers
    texts = {name: _joined(getattr(m, name)) for name in TEXTS}
    arrays: dict[str, Any] = {
        "header": _joined([json.dumps(_signed(effects))]), "positions": m.positions,
        "frequencies": effects.frequencies, "effects": effects.effects, **texts,
    }  # fmt: skip
    if effects.precision is not None:
        arrays["factor"] = effects.precision.factor
    with path.open("wb") as stream:
        np.savez(stream, **arrays)


def _read_npz(path: Path) -> MarkerEffects:
    try:
        # A stream of our own: NumPy leaves a broken file open.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        header = json.loads(_lines(arrays["header"])[0])
        texts = {name: _lines(arrays[name]) for name in TEXTS}
        return _assembled(path, header, texts, arrays)
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, EOFError, OSError):
        remedy = "Write it again with Evaluation.marker_model().write(...)."
        raise _refusal(path, "it is cut off, or not a file of marker effects", remedy) from None


def _write_parquet(effects: MarkerEffects, path: Path) -> None:
    pa, pq = _arrow()
    table = effects.to_frame().drop(columns=list(effects.traits))
    columns = {name: pa.array(table[name].to_numpy()) for name in table}
    header = _signed(effects)
    for t, trait in enumerate(effects.traits):
        columns[f"effect:{trait}"] = pa.array(effects.effects[t])
        if effects.precision is not None:
            by_marker = np.ascontiguousarray(effects.precision.factor[t].T)
            flat, rank = pa.array(by_marker[:-1].ravel()), by_marker.shape[1]
            columns[f"factor:{trait}"] = pa.FixedSizeListArray.from_arrays(flat, rank)
            header.setdefault("factor_base", []).append(by_marker[-1].astype(float).tolist())
    schema = {b"agrigen": json.dumps(header).encode()}
    pq.write_table(pa.table(columns).replace_schema_metadata(schema), path)


def _read_parquet(path: Path) -> MarkerEffects:
    pa, pq = _arrow()
    try:
        table = pq.read_table(path)
        header = json.loads((table.schema.metadata or {})[b"agrigen"])
        columns = dict(zip(TEXTS, ("marker", "chromosome", "counted", "other"), strict=True))
        texts = {name: _objects(table[column].to_pylist()) for name, column in columns.items()}
        arrays: dict[str, Any] = {
            "positions": table["position"].to_numpy(), "frequencies": table["frequency"].to_numpy(),
            "effects": np.stack([table[f"effect:{t}"].to_numpy() for t in header["traits"]]),
        }  # fmt: skip
        if "factor_base" in header:
            arrays["factor"] = np.stack([
                _factor(table[f"factor:{trait}"].combine_chunks(), base)
                for trait, base in zip(header["traits"], header["factor_base"], strict=True)
            ])  # fmt: skip
        return _assembled(path, header, texts, arrays)
    except (pa.ArrowException, KeyError, ValueError, OSError):
        remedy = "Write it again with Evaluation.marker_model().write(...)."
        raise _refusal(path, "it is cut off, or not a file of marker effects", remedy) from None


def _factor(column: Any, base: list[float]) -> np.ndarray:
    by_marker = column.values.to_numpy().reshape(-1, len(base))
    return np.vstack([by_marker, np.asarray(base, np.float32)]).T


def _assembled(
    path: Path, header: dict[str, Any], texts: dict[str, Texts], arrays: dict[str, Any]
) -> MarkerEffects:
    if header.get("format") != FORMAT:
        raise _refusal(path, "it is no file of marker effects", "Give one that AgriGen wrote.")
    if header["version"] > VERSION:
        text = f"it is of version {header['version']}; this program reads {VERSION}"
        raise _refusal(path, text, "Use a newer AgriGen.")
    markers = MarkerMap.of(
        texts["names"], chromosomes=texts["chromosomes"], counted=texts["counted"],
        other=texts["other"], positions=arrays["positions"], assembly=header["assembly"],
        array=header["array"], coding=header["coding"],
    )  # fmt: skip
    factor = arrays.get("factor")
    variances = [np.nan if v is None else v for v in header["variances"]]
    found = MarkerEffects(
        markers, arrays["frequencies"], tuple(header["traits"]), arrays["effects"],
        np.array(header["base"]), np.array(variances), header["scale"], header["share"],
        header["constant"], header["polygenic"],
        None if factor is None else Precision(factor, header["kept"]), header["origin"],
    )  # fmt: skip
    if found.sha256 != header["sha256"]:
        raise _refusal(path, "its content is not what was written", "Take a fresh copy of it.")
    return found


def _signed(effects: MarkerEffects) -> dict[str, Any]:
    return {**effects.header, "sha256": effects.sha256}


def _joined(words: Any) -> np.ndarray:
    return np.frombuffer("\n".join(map(str, words)).encode(), dtype=np.uint8)


def _lines(stored: np.ndarray) -> Texts:
    return _objects(stored.tobytes().decode().split("\n"))


def _objects(words: list[str]) -> Texts:
    out = np.empty(len(words), dtype=object)
    out[:] = words
    return out


def _refusal(path: Path, reason: str, remedy: str) -> DataError:
    return DataError([Problem("marker_effects", (), f"{path.name}: {reason}.", remedy)])


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        text = "Parquet files need the package pyarrow."
        remedy = "Install agrigen[client], or use .npz."
        raise DataError([Problem("no_pyarrow", (), text, remedy)]) from None
    return pyarrow, pyarrow.parquet
