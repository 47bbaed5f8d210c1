"""Genes of GFF3 and GTF files, and genes beside hits."""

import gzip

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.association.annotation import annotate
from agrigen.io.gff import read_genes
from tests.agrigen.association.flock import flock

ENSEMBL = """##gff-version 3
##sequence-region   6 1 117031472
6\tensembl\tgene\t1000\t5000\t.\t+\t.\tID=gene:ENSOARG1;Name=LCORL;biotype=protein_coding;\
description=ligand dependent%3B like;gene_id=ENSOARG1
6\tensembl\tmRNA\t1000\t5000\t.\t+\t.\tID=transcript:T1;Parent=gene:ENSOARG1
###
X\tensembl\tncRNA_gene\t20\t90\t.\t-\t.\tID=gene:ENSOARG2;biotype=lncRNA;gene_id=ENSOARG2
6\tensembl\tpseudogene\t100\t200\t.\t-\t.\tID=gene:ENSOARG3;gene_id=ENSOARG3
"""

NCBI = """##gff-version 3
##sequence-region NC_056059.1 1 117031472
##species https://www.ncbi.nlm.nih.gov/Taxonomy/Browser/wwwtax.cgi?id=9940
NC_056059.1\tRefSeq\tregion\t1\t117031472\t.\t+\t.\tID=NC_056059.1;Dbxref=taxon:9940;Name=6;\
chromosome=6;genome=chromosome
NC_056059.1\tGnomon\tgene\t37000000\t37005000\t.\t+\t.\tID=gene-LCORL;Dbxref=GeneID:1;\
Name=LCORL;gene=LCORL;gene_biotype=protein_coding
NC_056080.1\tRefSeq\tregion\t1\t16616\t.\t+\t.\tID=NC_056080.1;genome=mitochondrion
NC_056080.1\tRefSeq\tgene\t1\t68\t.\t+\t.\tID=gene-ND1;Name=ND1;gene_biotype=protein_coding
NW_0247.1\tGnomon\tgene\t5\t9\t.\t+\t.\tID=gene-L;Name=L;gene_biotype=lncRNA
"""

GTF = """#!genome-build test
chr6\thavana\texon\t100\t200\t.\t+\t.\tgene_id "G1"; transcript_id "T1"; gene_name "ABC; D";
chr6\thavana\texon\t300\t400\t.\t+\t.\tgene_id "G1"; transcript_id "T1"; gene_name "ABC; D";
chr2\thavana\texon\t5\t9\t.\t-\t.\tgene_id "G2"; transcript_id "T2";
"""


def written(tmp_path, text, name="genes.gff3"):
    path = tmp_path / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["genes.gff3", "genes.gff3.gz"])
def test_genes_of_ensembl(tmp_path, name):
    genes = read_genes(written(tmp_path, ENSEMBL, name), kind="sheep")
    assert len(genes) == 3
    frame = genes.frame.set_index("gene")
    assert list(frame["chromosome"]) == ["6", "6", "X"]
    assert frame.loc["ENSOARG1", "name"] == "LCORL"
    assert frame.loc["ENSOARG1", "description"] == "ligand dependent; like"
    assert frame.loc["ENSOARG2", "biotype"] == "lncRNA"
    assert "3 genes on 2 chromosomes" in repr(genes)


def test_accessions_are_named_by_the_regions_of_the_file(tmp_path):
    genes = read_genes(written(tmp_path, NCBI), kind="sheep")
    assert list(genes.frame["chromosome"]) == ["6", "MT", "NW_0247.1"]
    for name in ("6", "chr6", "OAR6", 6):
        assert list(genes.within(name, 37_000_500, 37_000_501)["name"]) == ["LCORL"]


def test_a_gtf_without_genes_gives_them_the_span_of_their_exons(tmp_path):
    frame = read_genes(written(tmp_path, GTF, "g.gtf")).frame.set_index("gene")
    assert tuple(frame.loc["G1", ["start", "stop", "name"]]) == (100, 400, "ABC; D")
    assert list(frame["chromosome"]) == ["2", "6"]


def test_near_genes_come_by_distance(tmp_path):
    genes = read_genes(written(tmp_path, ENSEMBL))
    near = genes.near(6, 900, 800)
    assert list(near["distance"]) == [100, 700]
    assert list(genes.near(6, 1000, 0)["distance"]) == [0]
    assert len(genes.near(6, 999, 0)) == 0
    assert len(genes.within(6, 5000, 5001)) == 1
    assert len(genes.within(6, 5001, 6000)) == 0


BAD = {
    "6\tx\tgene\t1\t5\n": "5 cells with tabs",
    "6\tx\tgene\tone\t5\t.\t+\t.\tID=a\n": "'one' is no position",
    "6\tx\tgene\t0\t5\t.\t+\t.\tID=a\n": "'0' is no position",
    "6\tx\tgene\t9\t5\t.\t+\t.\tID=a\n": "ends at 5, before its start 9",
}


@pytest.mark.parametrize("line", BAD)
def test_a_line_that_is_no_feature_is_named(tmp_path, line):
    path = written(tmp_path, "##gff-version 3\n" + line)
    with pytest.raises(ag.GenotypeError, match=BAD[line]) as refused:
        read_genes(path)
    assert "line 2 of genes.gff3" in str(refused.value)


def test_files_without_genes_are_refused(tmp_path):
    with pytest.raises(ag.DataError, match="no feature of the types"):
        read_genes(written(tmp_path, "##gff-version 3\n"))
    with pytest.raises(ag.GenotypeError, match="cannot be read"):
        read_genes(tmp_path / "absent.gff3")
    cut = tmp_path / "cut.gff3.gz"
    cut.write_bytes(gzip.compress(ENSEMBL.encode())[:-9])
    with pytest.raises(ag.GenotypeError, match="damaged or ends too early"):
        read_genes(cut)


def test_hits_windows_and_clumps_have_genes(tmp_path):
    genotypes, data = flock()
    result = ag.gwas("y ~ sex + animal(id)", data, genotypes)
    best = result.top(1).iloc[0]
    place = int(best["position"])
    rows = [(best["chromosome"], place - 500, place + 500, "INSIDE"),
            (best["chromosome"], place + 20_000, place + 30_000, "BESIDE"),
            ("1", 900_000_000, 900_000_100, "ELSEWHERE")]  # fmt: skip
    text = "".join(f"{c}\tx\tgene\t{a}\t{b}\t.\t+\t.\tID={n};Name={n}\n" for c, a, b, n in rows)
    genes = read_genes(written(tmp_path, text))
    hits = result.annotate(genes, hits=result.top(1))
    assert list(hits["name"]) == ["INSIDE", "BESIDE"]
    assert list(hits["distance"]) == [0, 20_000]
    assert (hits["marker"] == best["marker"]).all()
    windows = result.windows(1_000_000)
    window = windows[windows["best"] == best["marker"]]
    assert set(result.annotate(genes, hits=window, distance=0)["name"]) >= {"INSIDE"}
    clumps = result.clump(genotypes, threshold=1e-3)
    assert "INSIDE" in set(result.annotate(genes, hits=clumps)["name"])
    first = clumps.iloc[[0]]
    line = (
        f"{first.chromosome[0]}\tx\tgene\t{first.stop[0] - 1}\t{first.stop[0]}\t.\t+\t.\tID=EDGE\n"
    )
    edge = read_genes(written(tmp_path, line))
    assert list(result.annotate(edge, hits=first, distance=0)["gene"]) == ["EDGE"]
    none = result.annotate(genes, hits=result.table.head(1), distance=10)
    assert len(none) == 1
    assert none["gene"].isna().all()
    assert result.region(
        best["chromosome"], 1, place + 10**6, genotypes=genotypes, genes=genes
    ).axes


def test_genes_of_other_chromosomes_are_not_silently_none(tmp_path):
    genes = read_genes(written(tmp_path, NCBI.replace("chromosome=6;", "")))
    hits = pd.DataFrame({"chromosome": ["6"], "position": [np.int64(5)], "marker": ["m"]})
    with pytest.raises(ag.DataError, match="The hits are on 6, the genes on"):
        annotate(hits, genes, 10)
    with pytest.raises(ag.ModelError, match="distance is -1"):
        annotate(hits, genes, -1)
