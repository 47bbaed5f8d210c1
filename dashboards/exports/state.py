"""What the viewer of exports has chosen; everything stands in the address."""

import param

from dashboards.components.address import Text

SHOWN = 50
MOST_SETS = 100
TABLES, GENOTYPES = "tables", "genotypes"
WHAT = {"Tables of farms": TABLES, "Genotypes of a set": GENOTYPES}
USUAL = "animals,records,events"
FORMATS = {
    "Excel (a file for each table)": "xlsx",
    "CSV (any spreadsheet or program)": "csv",
    "Parquet (R, Python, large data)": "parquet",
    "JSON": "json",
    "JSON lines": "jsonl",
}
GENOTYPE_FORMATS = {"PLINK (.bed, .bim, .fam)": "plink", "VCF": "vcf", "BLUPF90": "blupf90"}
STATUSES = {"All": "", "Alive": "alive", "Sold": "sold", "Dead": "dead", "Not known": "unknown"}


class ExportsState(param.Parameterized):
    """`kinds` and `farms` are lists with commas between; `id` is the export that is looked at."""

    id = param.String("")
    what = param.String(TABLES)
    kinds = param.String(USUAL)
    farms = param.String("")
    format = param.String("xlsx")
    genotypes = param.String("")
    genotype_format = param.String("plink")
    start = Text("")
    end = Text("")
    trait = param.String("")
    event = param.String("")
    status = param.String("")
    dictionary = param.String("animals")
