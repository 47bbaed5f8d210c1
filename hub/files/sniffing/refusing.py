"""Why a file is not taken."""

TAKEN = (
    "The hub takes tables (CSV, Excel, ODS, Parquet, JSON, SQLite) and genotypes (PLINK, VCF, "
    "FinalReport, BLUPF90)."
)


class Refused(Exception):
    """What the file is, and a sentence for the person who hands it in."""

    def __init__(self, format: str, sentence: str) -> None:
        super().__init__(sentence)
        self.format, self.sentence = format, sentence
