"""Columns of other people's files are recognized: how often rightly, how often wrongly."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.etl import cleaning, mapping, sources
from hub.etl.mapping import Suggestion, Trait
from hub.etl.read import ROW, Table
from hub.etl.schemas import Mapping
from hub.records.performance_traits import PERFORMANCE_TRAITS
from hub.records.standard import CARCASS_TRAITS, STANDARD_TRAITS

TRAITS = [
    Trait(one["code"], one["unit"], one["lowest"], one["highest"])
    for one in [*STANDARD_TRAITS, *CARCASS_TRAITS, *PERFORMANCE_TRAITS]
]

# Kind, header, and what each column is: (ours, place of the column).
HEADERS: list[tuple[str, str, str]] = [
    # English
    ("milk_recording", "Cow ID,Test Date,Milk (kg),Fat %,Protein %,Lactose %,SCC (x1000),MUN",
     "animal date milk_yield fat_percent protein_percent lactose_percent somatic_cell_count -"),
    ("milk_recording", "EarTag,SampleDate,MilkKg,FatPct,ProtPct,SCC,Lactation No",
     "animal date milk_yield fat_percent protein_percent somatic_cell_count occasion"),
    ("milk_recording", "Sample ID,Ear tag number,Collection date,Butterfat,Protein,Somatic cells",
     "occasion animal date fat_percent protein_percent somatic_cell_count"),
    ("records", "Tag,Date weighed,Live weight (kg),BCS,Mob",
     "animal date weight body_condition -"),
    ("records", "EID,VID,Weigh Date,Wt,Notes", "animal - date weight -"),
    ("records", "Animal,Birth wt,Wean wt,ADG,Scrotal circumference",
     "animal birth_weight weaning_weight pre_weaning_gain scrotal_circumference"),
    ("records", "animal_id,trait_code,measured on,result", "animal trait date value"),
    ("animals", "Ear Tag,DOB,Gender,Breed code,Sire ID,Dam ID,Born as,Animal name",
     "id birth_date sex breed sire dam birth_type name"),
    ("animals", "RFID,Date of birth,Sex,Father,Mother,Flock", "id birth_date sex sire dam farm"),
    ("events", "Event type,Animal ID,Event date,Comments,Technician",
     "event animal date remark technician"),
    # French
    ("milk_recording", "N° Travail,Date contrôle,Lait (kg),TB,TP,Cellules,Urée,Rang lactation",
     "animal date milk_yield fat_percent protein_percent somatic_cell_count milk_urea occasion"),
    ("milk_recording", "Numéro national,Date de contrôle,Kg lait,Taux butyreux,Taux protéique,CCS",
     "animal date milk_yield fat_percent protein_percent somatic_cell_count"),
    ("records", "Boucle,Date de pesée,Poids vif,Commentaire", "animal date weight -"),
    ("records", "Numéro,Poids naissance,Poids sevrage,GMQ",
     "animal birth_weight weaning_weight pre_weaning_gain"),
    ("animals", "Numéro animal,Date de naissance,Sexe,Race,Père,Mère,Nom,Cheptel",
     "id birth_date sex breed sire dam name farm"),
    ("events", "Événement,Vache,Date événement,Remarque", "event animal date remark"),
    # German
    ("milk_recording", "Ohrmarke,Prüfdatum,Milch kg,Fett %,Eiweiß %,Laktose %,Zellzahl,Harnstoff",
     "animal date milk_yield fat_percent protein_percent lactose_percent "
     "somatic_cell_count milk_urea"),
    ("milk_recording", "Lebensnummer,Kontrolldatum,Milchmenge,Fettgehalt,Eiweißgehalt,"
     "Laktationsnummer",
     "animal date milk_yield fat_percent protein_percent occasion"),
    ("records", "Tiernummer,Wiegedatum,Lebendgewicht,Bemerkung", "animal date weight -"),
    ("records", "Tier-Nr.,Geburtsgewicht,Absetzgewicht,Tageszunahme",
     "animal birth_weight weaning_weight pre_weaning_gain"),
    ("animals", "Ohrmarkennummer,Geburtsdatum,Geschlecht,Rasse,Vater,Mutter,Name,Betrieb",
     "id birth_date sex breed sire dam name farm"),
    ("events", "Ereignis,Kuh,Datum,Bemerkungen", "event animal date remark"),
    # Spanish
    ("milk_recording", "Crotal,Fecha de control,Leche (kg),Grasa %,Proteína %,Células "
     "somáticas,Número de parto",
     "animal date milk_yield fat_percent protein_percent somatic_cell_count occasion"),
    ("milk_recording", "Arete,Fecha muestra,Producción de leche,Grasa,Proteína,RCS,Urea",
     "animal date milk_yield fat_percent protein_percent somatic_cell_count milk_urea"),
    ("records", "Caravana,Fecha pesaje,Peso vivo,Observaciones", "animal date weight -"),
    ("records", "Identificación,Peso al nacimiento,Peso al destete,Ganancia diaria",
     "animal birth_weight weaning_weight pre_weaning_gain"),
    ("animals", "Número de crotal,Fecha de nacimiento,Sexo,Raza,Padre,Madre,Nombre,Finca",
     "id birth_date sex breed sire dam name farm"),
    ("events", "Evento,Vaca,Fecha,Observaciones", "event animal date remark"),
    # ICAR ADE: names of its resources, as a table of its JSON has them
    ("animals", "identifier.id,identifier.scheme,specie,gender,birthDate,primaryBreed,"
     "officialName,status",
     "id - species sex birth_date breed name status"),
    ("milk_recording", "animal.id,testDate,milkWeight24Hours,FAT,PROTEIN,SCC,UREA",
     "animal date milk_yield fat_percent protein_percent somatic_cell_count milk_urea"),
    ("records", "animal.id,eventDateTime,weight.measurement", "animal date weight"),
]  # fmt: skip

# Headers of other people's published data and programs, looked up after the names were gathered:
# at first sight nothing was taken wrongly and 73% of the columns were found.
UNSEEN: list[tuple[str, str, str]] = [
    ("milk_recording", "FILE_TYPE,ANIMAL_ID,TEST_DATE,TRANSACTION_TYPE,COUNTRY_OF_ORIGIN,HERD_CODE,"
     "MILK_YIELD,FAT_YIELD,PROTEIN_YIELD,LACTOSE_YIELD,SOMATIC_CELL_COUNT,MILK_UREA_NITROGEN",
     "- animal date - - - milk_yield - - - somatic_cell_count -"),
    ("milk_recording", "animal_id,date,dim,ecm,lact_n,ls,milk,milk_305,mun,pctf,pctp,pos,relv,scc",
     "animal date - - occasion somatic_cell_score milk_yield - - fat_percent protein_percent - - "
     "somatic_cell_count"),
    ("milk_recording", "rec_date,cow_id,calv_date,parity,milk,scc",
     "date animal - occasion milk_yield somatic_cell_count"),
    ("records", "animal_id,collection_moment,date,dim,lact_n,session_n,source,source_id,time,"
     "weight",
     "animal - date - occasion - - - - weight"),
    ("records", "animal_id,fecha,hora,peso_kg,metodo,confidence,latitud,longitud,raza,categoria",
     "animal date - weight - - - - - -"),
    ("milk_recording", "animal_id,date,shift,quantity,temperature,fat_percentage,"
     "protein_percentage,somatic_cell_count,notes",
     "animal date - milk_yield - fat_percent protein_percent somatic_cell_count -"),
    ("milk_recording", "cowId,recordDate,milkYield,milkingStartTime,milkingSession,conductivity,"
     "somaticCellCount,temperature,fatPercentage,proteinPercentage,lactationNumber",
     "animal date milk_yield - - - somatic_cell_count - fat_percent protein_percent occasion"),
    ("animals", "tagNumber,name,breed,birthDate,gender,status,parentBullId,parentCowId,photoUrl",
     "id name breed birth_date sex status sire dam -"),
    ("animals", "cattleId,userId,name,dateOfBirth,gender,ageGroup,breed,fatherName,motherName",
     "id - name birth_date sex - breed sire dam"),
]  # fmt: skip

# Real files: of the reference sets, with what their columns are as their documentation says.
FILES: list[tuple[str, str, dict[str, str]]] = [
    ("msuprp_pig/pedigree.csv", "animals",
     {"id": "id", "sire": "sire", "dam": "dam", "sex": "sex"}),
    ("msuprp_pig/pheno.csv", "records",
     {"id": "animal", "driploss": "drip_loss", "car_wt": "carcass_weight"}),
    ("synbreed_cattle/pedigree.csv", "animals", {"id": "id", "sire": "sire", "dam": "dam"}),
    ("synbreed_cattle/pheno.csv", "records", {"id": "animal"}),
    ("mcmcglmm_bluetits/BTped.csv", "animals", {"animal": "id", "dam": "dam", "sire": "sire"}),
    ("mcmcglmm_bluetits/BTdata.csv", "animals", {"animal": "id", "dam": "dam", "sex": "sex"}),
    ("sommer_gryphon/P_gryphon.csv", "animals", {"id": "id", "dam": "dam", "sire": "sire"}),
    ("sommer_gryphon/DT_gryphon.csv", "records", {"ANIMAL": "animal", "BWT": "birth_weight"}),
    ("sommer_gryphon/DT_gryphon.csv", "animals", {"ANIMAL": "id", "MOTHER": "dam", "SEX": "sex"}),
    ("pedigreemm_mastitis/pedSires.csv", "animals", {"id": "id", "sire": "sire", "dam": "dam"}),
    ("jwas_demo_7animals/pedigree.txt", "animals", {"ID": "id", "Sire": "sire", "Dam": "dam"}),
    ("nadiv_pedigrees/warcolak.csv", "animals",
     {"ID": "id", "Dam": "dam", "Sire": "sire", "sex": "sex"}),
    ("nadiv_pedigrees/Mrode3.csv", "animals",
     {"calf": "id", "dam": "dam", "sire": "sire", "sex": "sex"}),
    ("nadiv_pedigrees/Mrode3.csv", "records", {"calf": "animal", "WWG": "pre_weaning_gain"}),
    ("nadiv_pedigrees/Mrode9.csv", "animals", {"pig": "id", "dam": "dam", "sire": "sire"}),
    ("nadiv_pedigrees/FG90.csv", "animals",
     {"id": "id", "dam": "dam", "sire": "sire", "sex": "sex"}),
    ("bglr_mice/synbreed_pheno.csv", "records", {"id": "animal", "weight": "weight"}),
    ("bglr_mice/synbreed_covar.csv", "animals", {"id": "id", "sex": "sex"}),
    ("bglr_mice/pheno.csv", "animals", {"SUBJECT.NAME": "id", "GENDER": "sex"}),
    ("bglr_mice/pheno.csv", "records", {"SUBJECT.NAME": "animal"}),
    ("test_days/mr_test_file.csv", "milk_recording",
     {"TestDate": "date", "MilkingYield": "milk_yield", "Parity": "occasion"}),
    ("test_days/l2_anim2_herd654.csv", "milk_recording", {"TestDayMilkYield": "milk_yield"}),
    ("agridat/kenward.cattle.txt", "records",
     {"animal": "animal", "weight": "weight", "day": "occasion"}),
    ("agridat/diggle.cow.txt", "records", {"animal": "animal", "weight": "weight"}),
    ("agridat/woodman.pig.txt", "records", {"pig": "animal", "weight1": "weight"}),
    ("agridat/harvey.lsmeans.txt", "records",
     {"calf": "animal", "weight": "weight", "adg": "pre_weaning_gain"}),
]  # fmt: skip


def suggested(columns: Sequence[str], sample: pl.DataFrame, kind: Any) -> dict[str, str]:
    """Their name to ours, for what is taken into the mapping."""
    found = mapping.suggest(columns, sample, kind, TRAITS)
    return {one.theirs: one.ours for one in found if one.score >= mapping.GOOD}


def empty(columns: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


def of_headers(headers: list[tuple[str, str, str]]) -> list[tuple[dict[str, str], dict[str, str]]]:
    """What each header is, and what is suggested, by names alone."""
    pairs = []
    for kind, header, meanings in headers:
        columns = header.split(",")
        meant = zip(columns, meanings.split(), strict=True)
        truth = {theirs: ours for theirs, ours in meant if ours != "-"}
        pairs.append((truth, suggested(columns, empty(columns), kind)))
    return pairs


def judged(pairs: list[tuple[dict[str, str], dict[str, str]]]) -> tuple[float, float]:
    """The share of what is suggested that is right, and of what is there that is suggested."""
    right = sum(len(truth.items() & found.items()) for truth, found in pairs)
    wrong = [set(found.items()) - set(truth.items()) for truth, found in pairs]
    missed = [set(truth.items()) - set(found.items()) for truth, found in pairs]
    print("wrong", [*filter(None, wrong)], "missed", [*filter(None, missed)])
    precision = right / sum(len(found) for _, found in pairs)
    return precision, right / sum(len(truth) for truth, _ in pairs)


def test_headers_in_four_languages_and_icars_names_are_recognized() -> None:
    precision, recall = judged(of_headers(HEADERS))
    assert precision >= 0.98
    assert recall >= 0.97


def test_of_headers_nobody_looked_at_before_few_columns_are_taken_wrongly() -> None:
    precision, recall = judged(of_headers(UNSEEN))
    assert precision >= 0.95
    assert recall >= 0.9


def test_columns_of_real_files_are_recognized(reference: Path) -> None:
    pairs = []
    for name, kind, truth in FILES:
        reading = sources.open(reference / "data" / name, name, kind, Mapping())
        table = next(reading.chunks())
        pairs.append((truth, suggested(table.columns, table.frame.head(2000), kind)))
    precision, recall = judged(pairs)
    assert precision >= 0.95
    assert recall >= 0.97


def suggestions(kind: Any, **cells: list[str | None]) -> dict[str, Suggestion]:
    found = mapping.suggest(list(cells), pl.DataFrame(cells), kind, TRAITS)
    return {one.ours: one for one in found}


def test_pounds_in_the_header_are_converted() -> None:
    found = suggestions("records", **{"Tag": ["1", "2"], "Weaning weight (lb)": ["500", "480"]})
    assert found["weaning_weight"].cleaning == [
        {"step": "unit", "column": "Weaning weight (lb)", "from": "lb", "to": "kg"}
    ]


def test_grams_are_told_by_what_is_plausible() -> None:
    found = suggestions("records", Tag=["1", "2"], birth_weight=["3850", "4200"])
    assert found["birth_weight"].cleaning[0]["from"] == "g"
    assert "as in g" in found["birth_weight"].why


def test_cells_per_milliliter_become_thousands() -> None:
    found = suggestions("milk_recording", Cow=["1", "2"], SCC=["215000", "1203000"])
    assert found["somatic_cell_count"].cleaning[0] == {
        "step": "unit", "column": "SCC", "from": "cells/ml", "to": "1000/ml",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "order"),
    [(["17/03/2024", "02/03/2024"], "dmy"), (["03/17/2024", "03/02/2024"], "mdy"),
     (["20240317", "20240302"], "ymd"), (["17.03.24", "02.03.24"], "dmy")],
)  # fmt: skip
def test_the_order_of_dates_is_found_out(cells: list[str | None], order: str) -> None:
    found = suggestions("records", Tag=["1", "2"], Date=cells)["date"]
    assert found.cleaning[0]["order"] == order
    steps = cleaning.load(found.cleaning)
    numbers = pl.Series(ROW, [2, 3], pl.Int32)
    table = Table("f", pl.DataFrame({"Date": cells}).insert_column(0, numbers), {}, {})
    assert cleaning.apply(table, steps).table.frame["Date"].to_list() == [
        "2024-03-17",
        "2024-03-02",
    ]


def test_an_order_that_could_be_both_is_said() -> None:
    found = suggestions("records", Tag=["1", "2"], Date=["01/03/2024", "02/03/2024"])["date"]
    assert "the other way round" in found.why


def test_codes_of_sex_are_translated() -> None:
    found = suggestions("animals", Crotal=["1", "2", "3"], Sexo=["Macho", "H", "M"])["sex"]
    assert found.cleaning == [
        {"step": "codes", "column": "Sexo", "table": {"H": "F", "Macho": "M"}}
    ]


def test_numbers_for_sexes_mean_what_the_parents_are() -> None:
    """0 and 1 as in the pigs of MSU (dams 0), 1 and 2 as in the gryphons (mothers 1)."""
    pigs = {"id": ["1", "2", "3"], "sire": [None, None, "1"], "dam": [None, None, "2"]}
    found = suggestions("animals", **pigs, sex=["1", "0", "0"])["sex"]
    assert found.cleaning == [{"step": "codes", "column": "sex", "table": {"0": "F", "1": "M"}}]
    assert found.why == "sires and dams of the file tell that 0 is F, 1 is M"
    gryphons = {"ANIMAL": ["1", "2", "3"], "MOTHER": [None, None, "1"], "SEX": ["1", "2", "2"]}
    found = suggestions("animals", **gryphons)["sex"]
    assert found.cleaning == [{"step": "codes", "column": "SEX", "table": {"1": "F", "2": "M"}}]


def test_numbers_for_sexes_that_parents_contradict_are_left_alone() -> None:
    cells = {"id": ["1", "2", "3"], "sire": [None, "1", "2"], "sex": ["1", "0", "0"]}
    assert not suggestions("animals", **cells)["sex"].cleaning


def test_a_day_that_is_no_date_tells_the_weights_of_an_animal_apart() -> None:
    cells = {"animal": ["A", "A", "B"], "day": ["0", "14", "0"], "weight": ["233", "224", "230"]}
    found = suggestions("records", **cells)
    assert found["occasion"].theirs == "day"
    assert found["occasion"].score >= mapping.GOOD
    cells["day"] = ["0", "0", "0"]
    assert suggestions("records", **cells)["occasion"].score < mapping.GOOD


def test_the_milk_of_a_lactation_is_no_days_milk_in_grams() -> None:
    found = suggestions("records", id=["1", "2"], milk=["18420", "21592"])
    assert "milk_yield" not in found or found["milk_yield"].score < mapping.GOOD
    assert not found["milk_305d"].cleaning


def test_words_for_unknown_become_empty() -> None:
    found = suggestions("records", animal=["1", "2", "3"], weight=["110", "NA", "135"])["weight"]
    assert found.cleaning == [{"step": "missing", "columns": ["weight"], "codes": ["NA"]}]


def test_a_column_of_the_farms_animals_is_known_by_its_cells() -> None:
    sample = pl.DataFrame({"code": ["E1", "E2", "E3"], "kg": ["30", "31", "32"]})
    [found] = mapping.suggest(["code", "kg"], sample, "records", TRAITS, animals=["E1", "E2", "E9"])
    assert (found.ours, found.theirs) == ("animal", "code")


def test_small_numbers_may_be_tags_but_are_not_taken_for_them() -> None:
    sample = pl.DataFrame({"DaysInMilk": ["1", "2", "3"], "TestId": ["2", "3", "1"]})
    found = mapping.suggest(sample.columns, sample, "records", TRAITS, animals=["1", "2", "3"])
    assert {one.score < mapping.GOOD for one in found if one.ours == "animal"} == {True}


def test_a_column_called_date_that_holds_none_is_not_taken() -> None:
    found = suggestions("records", Tag=["1", "2"], Date=["red", "blue"])
    assert "date" not in found or found["date"].score < mapping.GOOD


def test_what_is_left_over_of_a_file_of_animals_is_ignored_in_the_mapping() -> None:
    columns = ["Tag", "Sex", "Barn"]
    found = mapping.suggest(columns, empty(columns), "animals", TRAITS)
    made = mapping.mapping_of(found, columns, "animals")
    assert (made.columns, made.ignore) == ({"id": "Tag", "sex": "Sex"}, ["Barn"])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6, unique=True),
    st.sampled_from(["animals", "records", "events", "milk_recording"]),
    st.lists(st.text(max_size=8) | st.none(), min_size=3, max_size=3),
)
def test_any_header_and_any_cells_are_looked_at(
    columns: list[str], kind: Any, cells: list[str | None]
) -> None:
    """Whatever stands there, each column and each of ours is suggested once at most."""
    sample = pl.DataFrame(dict.fromkeys(columns, cells), schema=dict.fromkeys(columns, pl.String))
    found = mapping.suggest(columns, sample, kind, TRAITS)
    assert len({one.ours for one in found}) == len({one.theirs for one in found}) == len(found)
    cleaning.load(mapping.cleaning_of(found))
