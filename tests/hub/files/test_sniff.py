"""What a file is, is told from its bytes; what harms is refused quickly, in little memory."""

import gzip
import io
import json
import pickle
import subprocess
import sys
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from hub.files.sniff import Kind, look, look_at
from hub.files.sniffing.magic import is_pickle
from tests.hub.files.hostile import HOSTILE, TABLE

VCF = b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\n"
SECONDS, MEBIBYTES = 2.0, 256


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["animal", "weight"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"animal": ["A"]}).write_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (TABLE, Kind("text", "utf-8")),
        (b"\xef\xbb\xbf" + TABLE, Kind("text", "utf-8")),
        (TABLE.decode().encode("utf-16"), Kind("text", "utf-16")),
        ((TABLE * 99).decode().encode("utf-16-le"), Kind("text", "utf-16-le")),
        (b"animal,name\nA,M\xe9lusine\n", Kind("text", "cp1252")),
        (gzip.compress(TABLE), Kind("text", "utf-8", "gzip")),
        (gzip.compress(TABLE) + gzip.compress(TABLE), Kind("text", "utf-8", "gzip")),
        (VCF, Kind("vcf", "utf-8")),
        (gzip.compress(VCF), Kind("vcf", "utf-8", "gzip")),
        (b"[Header]\nGSGT Version\t2.0\n[Data]\n", Kind("finalreport", "utf-8")),
        (b'[{"animal": "A"}]', Kind("json", "utf-8")),
        (b'{"animal": "A"}\n{"animal": "B"}\n', Kind("jsonl", "utf-8")),
        (b"\x6c\x1b\x01" + bytes(30), Kind("bed")),
        (b"SQLite format 3\x00" + bytes(99), Kind("sqlite")),
        (parquet(), Kind("parquet")),
        (workbook(), Kind("xlsx")),
        (b"cow\nDE123\nDE124\n", Kind("text", "utf-8")),
        (b"sire\n1.\n", Kind("text", "utf-8")),
        (b"MZ,weight\n1,2\n", Kind("text", "utf-8")),
        (b"BZh,weight\n1,2\n", Kind("text", "utf-8")),
        (b"x^2,weight\n1,2\n", Kind("text", "utf-8")),
        (b"=cmd|' /C calc'!A0,1\n", Kind("text", "utf-8")),
        (b"animal\r\n" + b"A" * 200_000 + b"\r\n", Kind("text", "utf-8")),
        (b"a;b\n1\n1;2;3\n", Kind("text", "utf-8")),
    ],
    ids=lambda value: value.format if isinstance(value, Kind) else "",
)
def test_a_file_that_is_taken_is_known_for_what_it_is(content: bytes, kind: Kind) -> None:
    assert look_at(io.BytesIO(content), "a.xyz") == kind


def test_real_files_are_taken(reference: Path) -> None:
    endings = {
        ".csv",
        ".txt",
        ".ped",
        ".map",
        ".bed",
        ".bim",
        ".fam",
        ".vcf",
        ".gz",
        ".xlsx",
        ".dat",
    }
    files = [one for one in sorted(reference.rglob("*")) if one.suffix in endings and one.is_file()]
    taken = [one for one in files if 0 < one.stat().st_size < 5 * 2**20][:300]
    refused = {one.name: kind.refused for one in taken if (kind := look(one, one.name)).refused}
    assert taken
    assert refused == {}


_LOOK = """
import json, sys, time
from pathlib import Path
sys.addaudithook(lambda event, _: print("read a pickle", event) if "pickle.find_class" in event
                 else None)
from hub.files.sniff import look
for line in sys.stdin:
    path = Path(json.loads(line))
    start = time.perf_counter()
    kind = look(path, path.name)
    spent = time.perf_counter() - start
    status = Path("/proc/self/status").read_text()
    most = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps([kind.refused, spent, most]), flush=True)
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str | None, float, float]]:
    """Of each hostile file: the sentence, seconds, and the most MiB that the process ever had."""
    command = [sys.executable, "-c", _LOOK]
    found = {}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        for name, (build, _) in HOSTILE.items():
            path = build(tmp_path_factory.mktemp("hostile"))
            process.stdin.write(json.dumps(str(path)) + "\n")
            process.stdin.flush()
            refused, spent, most = json.loads(process.stdout.readline())
            found[name] = (refused, spent, most)
            path.unlink()
        process.stdin.close()
        assert process.wait(10) == 0
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_time_and_memory(
    name: str, seen: dict[str, tuple[str | None, float, float]]
) -> None:
    """D8: bombs, entities, pictures of programs: in words, soon, with little memory."""
    sentence, seconds, mebibytes = seen[name]
    assert sentence is not None
    assert HOSTILE[name][1] in sentence
    assert sentence.endswith(".") and len(sentence) < 400
    assert seconds < SECONDS
    assert mebibytes < MEBIBYTES


def test_a_table_that_reads_like_steps_of_a_pickle_is_a_table() -> None:
    rows = b"".join(b"CRASH %05d,F,Holstein,2024-01-15\n" % number for number in range(3000))
    assert not is_pickle(b"id,sex,breed,birth_date\n" + rows)
    assert not is_pickle(b"d.o.b,weight\n2024-01-15,31\n")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_of_every_protocol_are_known(protocol: int) -> None:
    for value in ([1, "a", {"k": 2}], [{"x": n, "y": str(n)} for n in range(5000)]):
        assert is_pickle(pickle.dumps(value, protocol)[:65_536])
