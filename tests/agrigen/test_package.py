"""The package itself: light to import, its names, and what results rest on."""

import json
import subprocess
import sys

import jsonschema
import pytest

import agrigen as ag
from agrigen.citations import Citation
from agrigen.provenance import hash_columns, record, schema
from tests.agrigen.evaluation import examples


def test_the_import_loads_no_heavy_library():
    code = (
        "import sys, agrigen; print([m for m in ('numpy', 'numba', 'pandas') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_public_names_are_found_on_first_use():
    assert ag.Pedigree.__name__ == "Pedigree"
    assert ag.pedigree.Pedigree is ag.Pedigree
    assert {"Pedigree", "evaluate", "connect"} <= set(dir(ag))
    with pytest.raises(AttributeError, match="has no attribute 'Pedigre'"):
        ag.Pedigre  # noqa: B018


@pytest.fixture(scope="module")
def result():
    return ag.evaluate(
        examples.MRODE_3_1_MODEL,
        examples.MRODE_3_1,
        examples.mrode_3_1_pedigree(),
        examples.MRODE_3_1_VARIANCES,
    )


def test_every_result_says_where_it_comes_from(result):
    jsonschema.validate(result.provenance, schema())
    json.dumps(result.provenance)
    assert result.provenance["inputs"]["records"]["rows"] == 5
    assert result.provenance["inputs"]["pedigree"]["rows"] == 8
    assert result.provenance["parameters"]["variances"] == {"a": 20.0, "residual": 40.0}


def test_the_hash_follows_the_values():
    assert hash_columns([1, 2]) == hash_columns([1.0, 2.0])
    assert hash_columns(["1", "2"]) != hash_columns(["12", ""])
    assert hash_columns(["a"], ["b"]) != hash_columns(["a", "b"])


def test_the_schema_refuses_what_it_does_not_know():
    good = record({}, {}, seconds=1.0, seed=3)
    jsonschema.validate(good, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**good, "mood": "fine"}, schema())


def test_what_to_cite(result):
    text = ag.cite(result)
    assert "Henderson CR (1975)" in text
    assert "doi:10.1111/j.1439-0388.2005.00538.x" in text
    with pytest.raises(ValueError, match="is not the year"):
        Citation("A", 20, "B", "", "C")


def test_every_kernel_is_compiled_by_warm():
    from agrigen._kernels import dependent, ordering, pedigree, sparse, symbolic, warm

    warm()
    for module in (dependent, ordering, pedigree, sparse, symbolic):
        for name, kernel in vars(module).items():
            # Inner kernels are part of the outer ones when these come from the cache.
            if hasattr(kernel, "signatures") and not name.startswith("_"):
                assert kernel.signatures, f"warm() does not reach {module.__name__}.{name}"
