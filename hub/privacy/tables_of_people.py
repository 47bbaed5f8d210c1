"""Tables whose rows name a person, and what becomes of every column of them."""

from hub.privacy.held import Erase, Held

OF_PEOPLE: tuple[Held, ...] = (
    Held(
        "alert_mark",
        "Alerts a person put aside",
        people="person_id",
        erase=Erase.DELETE,
        shown="person_id farm_id key until created_at",
    ),
    Held(
        "animal_gene",
        "Results for single genes",
        people="person_id",
        shown="animal_id gene genotype person_id created_at",
        other="farm_id source updated_at",
        reason="science; the number of an erased person names nobody",
    ),
    Held(
        "animal_merge",
        "Animals that were found to be one",
        people="person_id",
        shown="id keep_id other_id person_id created_at",
        other="farm_id other filled moved undone_at",
        reason="can be taken back; the number of an erased person names nobody",
    ),
    Held(
        "association",
        "Genome-wide studies a person ran",
        people="person_id",
        erase=Erase.CLEAR,
        clears={"error": ""},
        redacts="provenance",
        shown="id person_id name trait state created_at published_at",
        other=(
            "dataset_id genotype_set_id settings farm_ids publish_when_done job_id summary "
            "objects result_hash started_at finished_at withdrawn_at updated_at"
        ),
        reason="science; the number of an erased person names nobody",
    ),
    Held(
        "audit_event",
        "What was done by whom",
        people="person_id",
        shown="id at person_id action subject_id farm_id request_id details",
        reason=(
            "the log proves who changed what; what is personal in it is sealed with a key "
            "that is destroyed"
        ),
    ),
    Held(
        "audit_subject_key",
        "The key of what is personal in the audit log",
        people="person_id",
        hidden="key",
        shown="person_id destroyed_at",
        reason="the key is destroyed in a step of its own; that it was stays",
    ),
    Held(
        "calendar_feed",
        "Calendars a person subscribed to",
        people="person_id",
        erase=Erase.DELETE,
        hidden="secret_hash",
        shown="person_id farm_id language created_at revoked_at id",
    ),
    Held(
        "challenge",
        "Questions that a factor is to answer",
        people="person_id",
        erase=Erase.DELETE,
        hidden="digest",
        shown="person_id purpose wrong expires_at used_at id",
    ),
    Held(
        "consent",
        "What a person agreed to, and took back",
        people="person_id",
        erase=Erase.DELETE,
        shown="person_id purpose given terms at id",
    ),
    Held(
        "data_grant",
        "What farms share: the consent to it",
        people="person_id agreed_by revoked_by",
        shown=(
            "id farm_id person_id project_id kinds purpose terms valid_from valid_until "
            "agreed_by agreed_at revoked_by revoked_at"
        ),
        other="created_at updated_at",
        reason=(
            "the record of consent stays as it was agreed; grants to the erased person end; "
            "the number of an erased person names nobody"
        ),
    ),
    Held(
        "dataset_tag",
        "Names of frozen versions",
        people="person_id",
        shown="id person_id name why created_at",
        other="series_id version_id fixed updated_at",
        reason="versions are cited by them; the number of an erased person names nobody",
    ),
    Held(
        "dataset_version",
        "Frozen data",
        people="person_id",
        erase=Erase.CLEAR,
        clears={"creator": "erased"},
        shown="id person_id name why number content_hash created_at",
        other=(
            "series_id parent_ids farm_ids objects counts tables genotypes description "
            "data_kinds grant_ids updated_at"
        ),
        reason=(
            "what was computed from it can be computed again; the number of an erased person "
            "names nobody"
        ),
    ),
    Held(
        "ended_session",
        "Sign-ins that are over",
        people="person_id",
        shown="id person_id reason at until",
        reason=(
            "a digest, without which an ended session would live again; gone when it would be "
            "over anyway"
        ),
    ),
    Held(
        "erasure",
        "Wishes to be erased, and what became of them",
        people="person_id asked_by",
        hidden="sealed",
        shown=(
            "id person_id asked_by state due_at steps error began_at finished_at certificate "
            "created_at updated_at hub_at"
        ),
        reason="proves that the law was followed; names nobody once it is done",
    ),
    Held(
        "evaluation",
        "Evaluations a person ran",
        people="person_id",
        erase=Erase.CLEAR,
        clears={"error": ""},
        redacts="provenance",
        shown="id person_id name model state created_at published_at",
        other=(
            "dataset_id genotype_set_id traits genetic_effects farm_ids publish_when_done "
            "job_id summary objects result_hash started_at finished_at withdrawn_at "
            "updated_at"
        ),
        reason="science; the number of an erased person names nobody",
    ),
    Held(
        "event",
        "What happened on farms, as a person wrote it down",
        people="person_id",
        shown="id farm_id animal_id kind occurred_on remark person_id device recorded_at",
        other=(
            "occurred_at details revision voided reason group_id possible_duplicate_of "
            "created_at updated_at"
        ),
        reason=(
            "the farm's own record, with duties of its own (medicine); the number of an "
            "erased person names nobody"
        ),
    ),
    Held(
        "event_revision",
        "How events read before",
        people="person_id",
        shown="event_id revision kind remark reason person_id device written_at",
        other="farm_id animal_id occurred_on occurred_at details voided recorded_at group_id",
        reason="as events",
    ),
    Held(
        "export",
        "Archives of farms' data that a person took along",
        people="person_id",
        erase=Erase.DELETE,
        shown=(
            "person_id farm_ids kinds data_kinds grant_ids format filters genotype_set_id "
            "state job_id error name object sha256 size counts provenance downloads "
            "finished_at expires_at id created_at updated_at"
        ),
    ),
    Held(
        "factor",
        "Second factors",
        people="person_id",
        erase=Erase.DELETE,
        hidden="secret credential public_key last_step",
        shown=(
            "person_id kind name uses transports synced confirmed_at last_used_at id "
            "created_at updated_at"
        ),
    ),
    Held(
        "farm_member",
        "Places on farms",
        people="person_id",
        erase=Erase.DELETE,
        shown="person_id farm_id role valid_from valid_until created_at updated_at",
    ),
    Held(
        "file",
        "Files a person brought",
        people="person_id",
        erase=Erase.CLEAR,
        clears={"name": "erased"},
        shown="id person_id media_type size sha256 created_at updated_at",
        reason=(
            "what was imported from it into a farm of others refers to it; files nothing was "
            "made from are deleted with their content"
        ),
    ),
    Held(
        "genotype_set",
        "Genotypes a person brought",
        people="person_id",
        erase=Erase.CLEAR,
        clears={"error": ""},
        redacts="provenance",
        shown="id person_id farm_id name state created_at",
        other=(
            "farm_ids species panel_id parent_id version file_ids format coding settings "
            "job_id counts summary objects content_hash finished_at updated_at"
        ),
        reason="science; the number of an erased person names nobody",
    ),
    Held(
        "idempotency_key",
        "Answers that were given to requests, for two days",
        people="person_id",
        erase=Erase.DELETE,
        hidden="body fingerprint",
        shown="person_id key status created_at",
    ),
    Held(
        "import",
        "Imports a person made",
        people="person_id",
        erase=Erase.CLEAR,
        clears={"error": ""},
        shown="id person_id farm_id file_id kind state created_at",
        other=(
            "mapping dry_run job_id rows_read rows_loaded rows_unchanged rows_rejected notes "
            "finished_at cleaning template_id policy rules parser steps stage changes_object "
            "findings rows_warned rows_discarded source_id parent_id updated_at"
        ),
        reason=(
            "the farm's data says where it is from; the number of an erased person names nobody"
        ),
    ),
    Held(
        "import_mending",
        "Mendings of rejected rows",
        people="person_id",
        shown="id person_id farm_id kind reason created_at",
        other=(
            "import_id filter action column undoes_id state job_id error rows_changed "
            "rows_loaded rows_unchanged rows_rejected rows_left done_to finished_at "
            "updated_at"
        ),
        reason=(
            "the farm's data says where it is from; the number of an erased person names nobody"
        ),
    ),
    Held(
        "import_row_change",
        "Single mended cells",
        people="person_id",
        shown="mending_id row_number column before after person_id at",
        other="import_id farm_id problems undone_id",
        reason="as mendings",
    ),
    Held(
        "import_source",
        "Places that are watched for files",
        people="person_id",
        erase=Erase.CLEAR,
        clears={"enabled": False, "error": ""},
        shown="id person_id farm_id name kind place created_at",
        other=(
            "pattern query mapping genotypes cleaning policy template_id schedule timezone "
            "job_id last_run_at next_run_at last_counts failures updated_at"
        ),
        reason="the farm's; runs no more, since nobody is behind it",
    ),
    Held(
        "import_template",
        "How columns of files are read",
        people="person_id",
        shown="id person_id farm_id name sender created_at",
        other="kind fingerprint columns mapping cleaning policy used_at updated_at",
        reason="the farm's, and about files; the number of an erased person names nobody",
    ),
    Held(
        "invitation",
        "Invitations a person made",
        people="made_by",
        erase=Erase.CLEAR,
        clears={"note": "", "place": "", "revoked_at": "now"},
        hidden="digest",
        shown="id kind uses used expires_at created_at made_by",
        other="roles farm_id project_id updated_at",
        reason="who came by it refers to it; the number of an erased person names nobody",
    ),
    Held(
        "invitation_use",
        "Invitations a person followed",
        people="person_id",
        erase=Erase.DELETE,
        shown="invitation_id person_id created_at updated_at",
    ),
    Held(
        "job",
        "Background work",
        people="person_id",
        erase=Erase.CLEAR,
        clears={"message": "", "error": ""},
        shown="id person_id kind state created_at finished_at",
        other="subject_id progress attempts cancel_requested queue_id started_at updated_at",
        reason="results refer to it; the number of an erased person names nobody",
    ),
    Held(
        "legal_hold",
        "Why somebody must not be erased now",
        people="person_id made_by",
        erase=Erase.CLEAR,
        clears={"reason": "erased"},
        shown="person_id made_by made_at ended_at id",
        reason="that there was a hold is part of the certificate",
    ),
    Held(
        "mailed_code",
        "Codes that were mailed",
        people="person_id",
        erase=Erase.DELETE,
        hidden="digest sealed address_digest",
        shown="person_id purpose expires_at id created_at updated_at",
    ),
    Held(
        "mating_plan",
        "Mating plans",
        people="person_id",
        erase=Erase.CLEAR,
        redacts="provenance",
        shown="id person_id farm_id name created_at",
        other="settings evaluation_ids result updated_at",
        reason="the farm's; the number of an erased person names nobody",
    ),
    Held(
        "outbox",
        "Letters of the hub",
        people="person_id",
        erase=Erase.DELETE,
        hidden="sealed address",
        shown="person_id kind details attempts next_at sent_at error id created_at updated_at",
    ),
    Held(
        "panel",
        "Marker maps",
        people="person_id",
        shown="id person_id name created_at",
        other="species assembly markers content_hash objects updated_at",
        reason="science; the number of an erased person names nobody",
    ),
    Held(
        "person",
        "Who somebody is",
        people="id",
        erase=Erase.CLEAR,
        clears={"name": "", "roles": [], "password_hash": None},
        shown="id username roles_kept disabled_at created_at updated_at",
        reason=(
            "the row stays as a number, so that what refers to it stays whole; the user name "
            "becomes one that names nobody"
        ),
    ),
    Held(
        "person_address",
        "The e-mail address, sealed",
        people="person_id",
        erase=Erase.DELETE,
        hidden="digest",
        shown="person_id sealed created_at updated_at",
    ),
    Held(
        "person_identity",
        "What an institution calls a person",
        people="person_id",
        erase=Erase.DELETE,
        shown="person_id issuer subject seen_at id created_at updated_at",
    ),
    Held(
        "personal_export",
        "Archives of everything about a person",
        people="person_id",
        erase=Erase.DELETE,
        shown=(
            "person_id state job_id error object sha256 size finished_at expires_at id "
            "created_at updated_at"
        ),
    ),
    Held(
        "photo",
        "Photos of animals",
        people="person_id",
        shown="id farm_id animal_id person_id taken_on caption created_at",
        other="sha256 thumbnail_sha256 media_type width height size updated_at",
        reason=(
            "of animals of a farm of others; on farms that are the person's only they are deleted"
        ),
    ),
    Held(
        "project",
        "Projects and classes",
        people="made_by",
        shown="id kind code name purpose made_by created_at",
        other="valid_from valid_until updated_at",
        reason="others belong to it; the number of an erased person names nobody",
    ),
    Held(
        "project_member",
        "Places in projects and classes",
        people="person_id",
        erase=Erase.DELETE,
        shown="person_id project_id role valid_from valid_until created_at updated_at",
    ),
    Held(
        "record",
        "What was measured, as a person wrote it down",
        people="person_id",
        shown="id farm_id animal_id trait_code recorded_on value method device person_id",
        other="occasion attributes source_import_id source_row created_at updated_at",
        reason="science; the number of an erased person names nobody",
    ),
    Held(
        "recovery_code",
        "Recovery codes",
        people="person_id",
        erase=Erase.DELETE,
        hidden="digest",
        shown="person_id used_at id",
    ),
    Held(
        "review",
        "Two versions of something, until a person decides",
        people="person_id resolved_by",
        shown="id farm_id entity field phone person_id device state resolved_by resolved_at",
        other="kind entity_id server op_id keep value created_at updated_at",
        reason="the farm's; the number of an erased person names nobody",
    ),
    Held(
        "session_fact",
        "When sessions began and ended",
        people="person_id",
        erase=Erase.DELETE,
        shown="id person_id method device started_at seen_at idle ends_at ended_at reason",
    ),
    Held(
        "sync_operation",
        "What a person's phone sent",
        people="person_id",
        erase=Erase.DELETE,
        shown=(
            "person_id op_id farm_id device seq entity entity_id schema_version received "
            "fingerprint mended result state open makes needs clock_offset_s created_at "
            "updated_at"
        ),
    ),
    Held(
        "teaching_grant",
        "Farms that let a class work with their animals: the consent to it",
        people="agreed_by revoked_by",
        shown=("farm_id project_id terms agreed_by agreed_at valid_until revoked_by revoked_at id"),
        reason="the record of consent; the number of an erased person names nobody",
    ),
    Held(
        "upload",
        "Files that are being sent",
        people="person_id",
        erase=Erase.DELETE,
        shown=(
            "person_id name media_type size sha256 part_bytes state error file_id job_id "
            "expires_at id created_at updated_at"
        ),
    ),
    Held(
        "upload_part",
        "Parts of files that are being sent",
        people="person_id",
        erase=Erase.DELETE,
        shown="upload_id number person_id sha256",
    ),
)
