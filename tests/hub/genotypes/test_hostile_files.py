"""Files of genotypes that lie or are made to harm: each refused quickly, in little memory."""

import gzip
import json
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SECONDS, MEBIBYTES = 2.0, 256
Build = Callable[[Path], None]

_READ = """
import json, resource, sys, time
from pathlib import Path
from hub.errors import HubError
from hub.genotypes import incoming
from hub.storage.objects import FolderObjects

def memory(word):
    return int(Path("/proc/self/status").read_text().partition(word)[2].split()[0]) / 1024

for line in sys.stdin:
    folder = Path(json.loads(line))
    objects = FolderObjects(folder.with_name(folder.name + "-objects"))
    files = [(one.name, [objects.put_file(one)]) for one in sorted(folder.iterdir())]
    Path("/proc/self/clear_refs").write_text("5")
    before, start, said = memory("VmRSS:"), time.process_time(), ""
    try:
        found = incoming.read(objects, files, {}, format="auto", coding="auto", species="sheep",
                              panel=None)
        said = f"taken: {found.shape}"
    except HubError as error:
        said = error.message
    spent = time.process_time() - start
    print(json.dumps([said, spent, memory("VmHWM:") - before]), flush=True)
"""


def files(**contents: bytes) -> Build:
    """Files by the names of the arguments; a, then an ending after each underline."""

    def build(folder: Path) -> None:
        for name, content in contents.items():
            (folder / name.replace("_", ".")).write_bytes(content)

    return build


def many(piece: bytes, count: int, start: bytes = b"") -> bytes:
    """A piece again and again behind a start, as gzip."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    content = [packer.compress(start)]
    content += [packer.compress(piece * 10_000) for _ in range(count // 10_000)]
    return b"".join([*content, packer.flush()])


def vcf(*records: str, samples: str = "s1\ts2", header: bool = True) -> bytes:
    columns = f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{samples}"
    lines = ["##fileformat=VCFv4.2", columns] if header else []
    return "\n".join([*lines, *records, ""]).encode()


def record(*cells: str, alt: str = "G", form: str = "GT") -> str:
    return "\t".join(["1", "5", "m", "A", alt, ".", ".", ".", form, *cells])


def broken_block() -> bytes:
    """BGZF whose second block has other bytes than its checksum says."""

    def block(content: bytes, crc: int) -> bytes:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(content) + packer.flush()
        head = b"\x1f\x8b\x08\x04" + bytes(4) + b"\x00\xff\x06\x00BC\x02\x00"
        size = struct.pack("<H", len(packed) + 25)
        return head + size + packed + struct.pack("<II", crc, len(content))

    first, second = vcf(), record("0/0", "0/1").encode() + b"\n"
    end = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
    return block(first, zlib.crc32(first)) + block(second, 7) + end


MAGIC = b"\x6c\x1b\x01"
FAM, BIM = b"F a 0 0 1 -9\n", b"1 m 0 5 A G\n"
LONG = b"0\t" * (15 * 2**20)

HOSTILE: dict[str, tuple[Build, str]] = {
    "bed cut off": (files(a_bed=MAGIC, a_bim=BIM, a_fam=FAM), "a.bed: it has 3 bytes; 1 samples"),
    "bed of other bytes": (files(a_bed=b"\x00\x1b\x01\x00", a_bim=BIM, a_fam=FAM), "begin as a"),
    "bed too long": (files(a_bed=MAGIC + bytes(2), a_bim=BIM, a_fam=FAM), "5 bytes"),
    "bed by sample": (files(a_bed=MAGIC[:2] + b"\x00\x00", a_bim=BIM, a_fam=FAM), "are samples"),
    "millions of samples": (
        files(a_bed=MAGIC + b"\x00", a_bim=BIM, a_fam=FAM * 4_000_000), "4,000,000 samples",
    ),
    "millions of markers": (
        files(a_bed=MAGIC + b"\x00", a_bim=BIM * 4_000_000, a_fam=FAM), "4,000,000 markers",
    ),
    "millions of samples, packed": (
        files(a_bed=MAGIC + b"\x00", a_bim=BIM, a_fam=many(FAM, 20_000_000)), "100 times its size",
    ),
    "millions of short rows": (
        files(a_bed=MAGIC + b"\x00", a_bim=b"a\n" * 10_000_000, a_fam=FAM), "10,000,000 markers",
    ),
    "ped of few alleles": (
        files(a_ped=b"F a 0 0 1 -9 A G\n", a_map=b"1 m 0 5\n" * 4_000_000),
        "line 1 of a.ped: 2 alleles follow the first six words; 4,000,000 markers",
    ),
    "ped of many alleles": (
        files(a_ped=b"F a 0 0 1 -9" + b" A" * (20 * 2**20), a_map=b"1 m 0 5\n"),
        "more than 2,100,000 columns",
    ),
    "map of words": (files(a_ped=b"F a 0 0 1 -9 A G\n", a_map=b"1 m x\n"), "line 1 of a.map"),
    "VCF without a header": (files(a_vcf=vcf(record("0/0"), header=False)), "line 1 of a.vcf"),
    "VCF of three alleles": (files(a_vcf=vcf(record("0/1/1", "0"))), "line 3 of a.vcf: sample 1"),
    "VCF of mixed ploidy": (files(a_vcf=vcf(record("0/1", "0/1/1/1"))), "one or two alleles"),
    "VCF of a million ALT": (
        files(a_vcf=vcf(record("0/1", "0", alt="G," * 999_999 + "G"))), "1,000,000 ALT alleles",
    ),
    "VCF of millions of samples": (
        files(a_vcf=vcf(samples="s\t" * 10_000_000)), "at most 1,000,000 are read",
    ),
    "VCF of millions of cells": (
        files(a_vcf=b"%b%b\n" % (vcf(), record(LONG.decode(), form="DS").encode())),
        "15,728,641 genotypes for 2 samples",
    ),
    "VCF of millions of fields": (
        files(a_vcf=vcf(record("0", "0", form=":" * 20_000_000))), "without GT or DS",
    ),
    "VCF of a wrong last cell": (
        files(a_vcf=vcf(record("0/0\t" * 10_000_000 + "9/9", "0"))), "10,000,002 genotypes for 2",
    ),
    "VCF of old Macs": (files(a_vcf=vcf(record("0/0", "0/1")).replace(b"\n", b"\r")), "a.vcf"),
    "damaged block": (files(a_vcf_gz=broken_block()), "damaged"),
    "BGZF cut off": (files(a_vcf_gz=broken_block()[:-28]), "a.vcf.gz"),
    "VCF bomb": (
        files(a_vcf_gz=many(b"\n", 10**8, vcf(record("0/0", "0/1")))), "100 times its size",
    ),
    "VCF bomb in a line": (
        files(a_vcf_gz=many(b"A", 10**8, vcf() + b"1\t5\tm\t")), "100 times its size",
    ),
    "report bomb": (
        files(a_txt_gz=many(b"m\ta\tA\tG\n", 10**7, b"SNP Name\tSample ID\tAllele1 - Top\t"
                            b"Allele2 - Top\n")), "100 times its size",
    ),
    "report of many names": (
        files(a_txt=b"SNP Name\tSample ID\tAllele1 - AB\tAllele2 - AB\n" + b"".join(
            b"m%d\ts%d\tA\tB\n" % (k, k) for k in range(100_000))), "in its first",
    ),
    "digits without end": (files(a_snp=b"a " + b"0" * (60 * 2**20)), "longer than 32 MiB"),
    "digits of several lengths": (
        files(a_snp=b"a " + b"0" * (20 * 2**20) + b"\nb 01\n"), "line 2 of a.snp: there are 2",
    ),
    "digits apart": (files(a_snp=b"a " + b"0 " * 2**20), "line 1 of a.snp: there are 100 words"),
    "long line": (files(a_ped=b"F a 0 0 1 -9" + b"A" * (80 * 2**20), a_map=b"1 m 0 5\n"), "64 MiB"),
    "IDAT": (files(a_csv=b"IDAT\x03\x00\x00\x00" + bytes(99)), "raw intensities (idat). Call"),
    "Rdata": (files(a_bed=gzip.compress(b"RDX3\nX\n"), a_bim=BIM, a_fam=FAM), "objects of R"),
    "Rdata as VCF": (files(a_vcf=gzip.compress(b"X\n\x00\x00\x00\x03\x00\x04")), "objects of R"),
}  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> Iterator[Callable[[Path], tuple[str, float, float]]]:
    """Reads files as the worker does; the words, seconds of work, and MiB more than before."""
    command = [sys.executable, "-c", _READ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        source, sink = process.stdin, process.stdout

        def read(folder: Path) -> tuple[str, float, float]:
            source.write(json.dumps(str(folder)) + "\n")
            source.flush()
            said, spent, most = json.loads(sink.readline())
            return said, spent, most

        yield read
        source.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_files_that_lie_are_refused_in_time_and_memory(
    name: str, reader: Callable[[Path], tuple[str, float, float]], tmp_path: Path
) -> None:
    build, words = HOSTILE[name]
    folder = tmp_path / "given"
    folder.mkdir()
    build(folder)
    said, seconds, mebibytes = reader(folder)
    shutil.rmtree(tmp_path)  # they are large, and pytest keeps what is left
    assert words in said
    assert len(said) < 500 and said.rstrip().endswith(".")
    assert seconds < SECONDS
    assert mebibytes < MEBIBYTES


def test_a_vcf_with_the_line_ends_of_windows_is_the_same(
    reader: Callable[[Path], tuple[str, float, float]], tmp_path: Path
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "a.vcf").write_bytes(vcf(record("0/0", "0/1")).replace(b"\n", b"\r\n"))
    assert reader(folder)[0] == "taken: (2, 1)"
