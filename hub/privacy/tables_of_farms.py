"""Tables that name nobody: of farms, animals, science and the hub itself."""

from hub.privacy.held import Held

OF_FARMS: tuple[Held, ...] = (
    Held(
        "animal",
        "Animal",
        other=(
            "farm_id tag name species breed breed_fractions sex birth_date birth_type status "
            "sire_id dam_id recipient_dam_id foster_dam_id place_id coat defects custom note "
            "id created_at updated_at"
        ),
        reason="about animals and farms, not about people",
    ),
    Held(
        "animal_group",
        "Animal group",
        other="farm_id name kind note archived id created_at updated_at",
        reason="about animals and farms, not about people",
    ),
    Held(
        "animal_identifier",
        "Animal identifier",
        other=(
            "farm_id animal_id scheme value normalized backwards valid_from valid_to state id "
            "created_at updated_at"
        ),
        reason="about animals and farms, not about people",
    ),
    Held(
        "animal_merge_move",
        "Animal merge move",
        other="merge_id number how table_name column_name key before",
        reason="about animals and farms, not about people",
    ),
    Held(
        "animal_possible_sire",
        "Animal possible sire",
        other="animal_id sire_id farm_id",
        reason="about animals and farms, not about people",
    ),
    Held(
        "audit_chain",
        "Audit chain",
        other="id sealed_key",
        reason="a key of the hub",
    ),
    Held(
        "audit_link",
        "Audit link",
        other="seq event_id sealed_at hash",
        reason="hashes",
    ),
    Held(
        "audit_pending",
        "Audit pending",
        other="event_id",
        reason="numbers of events",
    ),
    Held(
        "benchmark",
        "Benchmark",
        other="year species breed region metric farms q25 q50 q75 computed_at id",
        reason="figures of at least five farms",
    ),
    Held(
        "benchmark_value",
        "Benchmark value",
        other="year species breed metric farm_id region value animals counted",
        reason="figures of farms",
    ),
    Held(
        "breeding_value",
        "Breeding value",
        other=(
            "evaluation_id trait_code effect animal_id farm_id value se reliability accuracy "
            "inbreeding records percentile"
        ),
        reason="science",
    ),
    Held(
        "change",
        "Change",
        other="farm_id entity entity_id seq gone fields changed_at",
        reason="numbers of changes, for phones",
    ),
    Held(
        "change_farm",
        "Change farm",
        other="xact farm_id",
        reason="lives for one transaction",
    ),
    Held(
        "change_note",
        "Change note",
        other="n xact farm_id entity entity_id gone fields device",
        reason="lives for one transaction",
    ),
    Held(
        "course_key",
        "Course key",
        other="project_id sealed",
        reason="a key of the hub",
    ),
    Held(
        "custom_field",
        "Custom field",
        other=(
            "farm_id name label type unit choices lowest highest archived id created_at updated_at"
        ),
        reason="about animals and farms, not about people",
    ),
    Held(
        "dataset_comparison",
        "Dataset comparison",
        other="before_id after_id kind summary object created_at updated_at",
        reason="about animals and farms, not about people",
    ),
    Held(
        "exchange_source",
        "Exchange source",
        other="farm_id source source_id resource entity_id entity kept created_at updated_at",
        reason="about animals and farms, not about people",
    ),
    Held(
        "farm",
        "A farm, whose name may be that of its owner",
        farm="id",
        shown="id code name species region time_zone created_at",
        other="shared updated_at",
        reason=(
            "animals and pedigrees belong to it; without anybody else on it, name and code "
            "become a number"
        ),
    ),
    Held(
        "farm_counter",
        "Farm counter",
        other="farm_id seq floor epoch",
        reason="about animals and farms, not about people",
    ),
    Held(
        "group_member",
        "Group member",
        other="farm_id group_id animal_id from_on to_on id created_at updated_at",
        reason="about animals and farms, not about people",
    ),
    Held(
        "import_entry",
        "Import entry",
        other="import_id entity entity_id farm_id rows",
        reason="about animals and farms, not about people",
    ),
    Held(
        "import_row",
        "Rows that were rejected, as they stood in the file",
        farm="farm_id",
        farm_clears={"raw": {}, "problems": []},
        shown="import_id row_number raw",
        other="farm_id problems state created_at updated_at",
        reason=(
            "on a farm with others they are to be mended; on farms that are the person's only "
            "they are emptied"
        ),
    ),
    Held(
        "import_source_file",
        "Import source file",
        other=(
            "source_id key version farm_id size modified_at sha256 file_id import_id "
            "genotype_set_id state note created_at updated_at"
        ),
        reason="about animals and farms, not about people",
    ),
    Held(
        "lineage_event",
        "Lineage event",
        other="n xact noun subject_id type at sent_at next_at tries error",
        reason="what was made from what",
    ),
    Held(
        "place",
        "Places of a farm",
        farm="farm_id",
        farm_clears={"name": "", "note": "", "latitude": None, "longitude": None},
        shown="id farm_id name note latitude longitude",
        other="kind archived created_at updated_at",
        reason=(
            "animals stand there; on farms that are the person's only, what tells where it is "
            "is cleared"
        ),
    ),
    Held(
        "rate_bucket",
        "Rate bucket",
        other="key arrival granted",
        reason="counts by keyed digests or addresses, gone within hours",
    ),
    Held(
        "rate_guess",
        "Rate guess",
        other="key at",
        reason="counts by keyed digests or addresses, gone within hours",
    ),
    Held(
        "reset_request",
        "Wishes for a new password, of nobody known yet; gone within seconds",
        other="sealed id created_at updated_at",
        reason="holds no person, is sealed, and is worked off within seconds",
    ),
    Held(
        "sample",
        "Sample",
        other=(
            "set_id place farm_id name animal_id unlinked state reasons call_rate "
            "heterozygosity sex_recorded sex_found created_at updated_at"
        ),
        reason="about animals and farms, not about people",
    ),
    Held(
        "signing_key",
        "Signing key",
        other="id public sealed made_at active_at retired_at",
        reason="a key of the hub",
    ),
    Held(
        "trait",
        "Trait",
        other=(
            "code name unit species lowest highest description kind icar ranges created_at "
            "updated_at"
        ),
        reason="what can be measured",
    ),
)
