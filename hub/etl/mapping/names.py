"""What other people call our columns and traits: English, French, German, Spanish, and ICAR ADE.

A name in small letters, words apart; a comma ends it. Accents, capitals and marks do not matter.
A name that begins with `?` is weak: it may mean something else, too.
"""

from collections.abc import Mapping

FIELDS: Mapping[str, str] = {
    "animal": (
        "animal, id, cattle id, animal id, animal no, animal number, tag, tag no, tag number, "
        "ear tag, ear tag number, ear number, eid, rfid, electronic id, transponder, chip, "
        "identifier, animal identifier, official number, official id, national id, national "
        "number, life number, visual id, vid, management number, herd book number, registration "
        "number, cow, cow id, cow number, cow no, ewe, ewe id, goat, goat id, doe, calf, calf "
        "id, lamb, lamb id, kid, pig, pig id, sow, heifer, bull id, horse, subject, subject "
        "name, individual, ?mouse, animal id identifier, animal identifier id, animal unique "
        "id, numero, numero animal, no animal, numero national, numero travail, no travail, num "
        "travail, boucle, identifiant, identifiant animal, vache, brebis, chevre, truie, "
        "agneau, veau, copaip, tier, tiernummer, tier nr, tier id, ohrmarke, ohrmarkennummer, "
        "ohrmarken nr, ohrmarkennr, lebensnummer, lebensohrmarke, lom, kuh, kuhnummer, kuh nr, "
        "schaf, ziege, sau, kalb, lamm, stallnummer, stallnr, tiernr, betriebsnummer tier, "
        "halsbandnummer, crotal, numero crotal, arete, caravana, diio, chapeta, identificacion, "
        "identificacion animal, vaca, oveja, cabra, cerda, ternero, cordero, id animal, numero "
        "vaca"
    ),
    "sire": (
        "sire, sire id, sire tag, sire no, sire number, father name, parent bull id, sire "
        "identifier, father, father id, father tag, ram, ?bull, ?male, ?buck, ?boar, male "
        "parent, genetic sire, parent sire, pere, id pere, numero pere, no pere, taureau, "
        "belier, vater, vatertier, vater nr, vaternummer, vater id, vater lom, padre, id padre, "
        "numero padre, semental, toro, carnero"
    ),
    "dam": (
        "dam, dam id, dam tag, dam no, dam number, mother name, parent cow id, dam identifier, "
        "mother, mother id, mother tag, ?female, female parent, genetic dam, parent dam, mere, "
        "id mere, numero mere, no mere, mutter, muttertier, mutter nr, mutternummer, mutter id, "
        "mutter lom, madre, id madre, numero madre"
    ),
    "sex": "sex, gender, sexe, geschlecht, sexo, genero, animal gender, animal sex, sx",
    "birth_date": (
        "birth date, date of birth, birthdate, dob, born, born on, birth, birth day, birthday, "
        "date naissance, ne le, nee le, naissance, dat nais, danais, dnaiss, geburtsdatum, "
        "geburt, geburtstag, geboren, geb datum, gebdat, geb dat, geb, fecha nacimiento, "
        "nacimiento, fecha nac, fnac, f nac, fec nac"
    ),
    "breed": (
        "breed, breed code, breed id, primary breed, race, code race, rasse, rassecode, rasse "
        "code, raza, codigo raza, ?strain"
    ),
    "birth_type": (
        "birth type, type of birth, born as, birth rank, litter born, birth status, btype, type "
        "naissance, mode naissance, rang naissance, geburtstyp, geburtstyp mehrling, "
        "geburtsform, tipo parto, tipo nacimiento"
    ),
    "status": (
        "status, animal status, state, statut, etat, tierstatus, zustand, estado, situacion, "
        "?alive"
    ),
    "name": (
        "name, animal name, official name, nom, nom animal, tiername, nombre, nombre animal"
    ),
    "species": "species, specie, animal specie, espece, tierart, spezies, especie",
    "farm": (
        "farm, farm id, farm code, herd, herd id, herd code, herd number, flock, flock id, "
        "flock code, holding, holding number, premises, location, location id, elevage, "
        "cheptel, exploitation, numero exploitation, ferme, betrieb, betriebsnummer, betrieb "
        "nr, hof, herde, rebano, hato, granja, explotacion, finca, establecimiento"
    ),
    "date": (
        "date, day, rec date, event date, event date time, test date, test day, test day date, "
        "recording date, record date, recorded on, recorded, date recorded, sample date, "
        "sampling date, collection date, weigh date, weighing date, weighed on, date weighed, "
        "measurement date, measured on, date measured, observation date, control date, milking "
        "date, milking start date time, scan date, visit date, date time, timestamp, date "
        "controle, date pesee, date prelevement, date evenement, date mesure, jour controle, "
        "datum, pruefdatum, prufdatum, kontrolldatum, probedatum, wiegedatum, messdatum, "
        "probenahme, probenahmedatum, pruftag, ereignisdatum, fecha, fecha control, fecha "
        "pesaje, fecha muestra, fecha evento, fecha medicion, fecha registro, fecha ordeno"
    ),
    "trait": (
        "trait, trait code, trait name, parameter, ?variable, ?measurement, ?test, caractere, "
        "merkmal, caracter, rasgo, carcter"
    ),
    "value": (
        "value, trait value, result, measured value, reading, observation, valeur, resultat, "
        "mesure, wert, messwert, ergebnis, valor, resultado, medida"
    ),
    "occasion": (
        "occasion, lactation, lactation number, lactation no, lact, lact no, lactno, parity, "
        "parity number, milking, milking number, test id, sample, sample number, sample id, "
        "rang lactation, numero lactation, no lactation, rang, laktation, laktationsnummer, "
        "laktations nr, lakt, lakt nr, laknr, numero parto, numero lactacion, lactancia, no "
        "lactancia, ?week, ?period, ?day, ?visit, ?time"
    ),
    "event": (
        "event, event type, event kind, what, evenement, type evenement, ereignis, ereignisart, "
        "evento, tipo evento"
    ),
    "remark": (
        "remark, remarks, note, notes, comment, comments, remarque, commentaire, observations, "
        "bemerkung, bemerkungen, anmerkung, observaciones, nota, comentario"
    ),
    "method": "method, methode, verfahren, metodo",
    "sire_ids": (
        "sire ids, sire, sires, sire id, service sire, mating sire, ram, bull, taureau, belier, "
        "pere, vater, bulle, bock, toro, semental, carnero, padre"
    ),
    "result": "result, outcome, resultat, ergebnis, resultado, pregnancy result",
    "technician": (
        "technician, inseminator, technicien, inseminateur, techniker, besamer, tecnico"
    ),
    "straw": "straw, semen, semen batch, paillette, pajilla, samenportion",
    "foetus_count": "foetus count, fetus count, number of foetuses, fetuses, scanned",
    "ease": (
        "ease, calving ease, lambing ease, birth ease, condition naissance, geburtsverlauf, "
        "kalbeverlauf, facilidad parto"
    ),
    "young_tag": (
        "young tag, lamb tag, calf tag, kid tag, progeny tag, offspring tag, progeny, offspring"
    ),
    "young_sex": "young sex, lamb sex, calf sex, kid sex, progeny sex, offspring sex",
    "disposal": "disposal, exit type, exit, sortie, abgang, abgangsart, salida",
    "reason": (
        "reason, cause, exit reason, cause sortie, motif, grund, abgangsgrund, motivo, causa"
    ),
    "destination": "destination, destinataire, bestimmungsort, destino, to farm",
    "price": "price, prix, preis, precio",
    "product": (
        "product, medicine, drug, produit, medicament, arzneimittel, produkt, producto"
    ),
    "substance": "substance, active substance, substance active, wirkstoff, sustancia",
    "dose": "dose, dosage, amount given, dosis",
    "batch": "batch, batch number, lot, charge, chargennummer, lote",
    "disease": "disease, diagnosis, maladie, diagnostic, krankheit, diagnose, enfermedad",
    "temperature_c": "temperature, body temperature, temp, temperatur, temperatura",
    "weight_kg": "weight, live weight, poids, gewicht, peso",
}  # fmt: skip

TRAITS: Mapping[str, str] = {
    "weight": (
        "weight, live weight, body weight, liveweight, bodyweight, bw, lw, lwt, wt, weight "
        "value, poids, poids vif, pv, gewicht, lebendgewicht, koerpergewicht, korpergewicht, "
        "peso, peso vivo, animal weight, ?bwt"
    ),
    "birth_weight": (
        "birth weight, birthweight, bwt, birth wt, weight at birth, bw0, poids naissance, pn, "
        "poids naiss, geburtsgewicht, geb gewicht, peso nacimiento, peso nac, ?bw, offspring "
        "weight at birth"
    ),
    "weaning_weight": (
        "weaning weight, weanwt, wean wt, wwt, ww, weight at weaning, weaning wt, poids "
        "sevrage, absetzgewicht, peso destete, 100 day weight, ?8 week weight"
    ),
    "pre_weaning_gain": (
        "pre weaning gain, wwg, average daily gain, adg, daily gain, gmq, gain moyen quotidien, "
        "tageszunahme, tagliche zunahme, zunahme, ganancia diaria, gmd, ganancia media diaria"
    ),
    "milk_yield": (
        "milk yield, milk, yield, milk weight, milk 24h, daily milk, daily yield, milk amount, "
        "milking yield, test day milk, test day milk yield, milk weight 24 hours, milking "
        "weight, test day yield, lait, kg lait, production laitiere, production lait, quantite "
        "lait, lait 24h, lait jour, milch, milchmenge, milchleistung, milch kg, mkg, "
        "tagesgemelk, gemelk, leche, kg leche, produccion leche, litros leche, leche 24h, leche "
        "dia"
    ),
    "fat_percent": (
        "fat percent, fat, pctf, fat pct, fat content, milk fat, butterfat, bf, fatpc, percent "
        "fat, taux butyreux, tb, mg, matiere grasse, fett, fett percent, fettgehalt, grasa, "
        "porcentaje grasa, percent grasa"
    ),
    "protein_percent": (
        "protein percent, protein, pctp, protein pct, protein content, prot, prot pct, milk "
        "protein, percent protein, protpc, taux proteique, tp, proteine, proteines, matiere "
        "proteique, eiweiss, eiweiss percent, eiweissgehalt, eiw, proteina, porcentaje "
        "proteina, percent proteina"
    ),
    "lactose_percent": (
        "lactose percent, lactose, lactose pct, lac, lact percent, laktose, laktose percent, "
        "lactosa"
    ),
    "somatic_cell_count": (
        "somatic cell count, scc, somatic cells, cells, cell count, milk scc, cellules, "
        "cellules somatiques, comptage cellulaire, ccs, numeration cellulaire, zellzahl, "
        "zellen, zellgehalt, somatische zellen, recuento celulas, recuento celulas somaticas, "
        "celulas somaticas, rcs, celulas"
    ),
    "somatic_cell_score": (
        "somatic cell score, scs, linear score scc, linear score, score cellules, cell score, "
        "lscs"
    ),
    "milk_urea": (
        "milk urea, urea, ?mun, ?milk urea nitrogen, uree, taux uree, harnstoff, urea leche"
    ),
    "milk_305d": (
        "305 day milk yield, milk 305, 305 day milk, milk 305d, m305, 305 milk, me milk, lait "
        "305, lait 305j, milch 305, 305 tage milch, leche 305, leche 305d, lactation milk, ?milk"
    ),
    "fat_305d": (
        "305 day fat yield, fat 305, fat 305d, f305, 305 day fat, fett 305, grasa 305, ?fat"
    ),
    "protein_305d": (
        "305 day protein yield, protein 305, protein 305d, p305, prot 305, 305 day protein, "
        "eiweiss 305, proteina 305, ?protein, ?prot"
    ),
    "litter_size": (
        "litter size, litter size born, number born, nb, tnb, total born, total number born, "
        "total progeny, lambs born, taille portee, nes totaux, prolificite, wurfgrosse, "
        "wurfgroesse, tamano camada, nacidos totales, prolificidad"
    ),
    "carcass_weight": (
        "carcass weight, carcase weight, car wt, cwt, hcw, ccw, hot carcass weight, cold "
        "carcass weight, dead weight, poids carcasse, poids froid, schlachtgewicht, "
        "schlachtkorpergewicht, peso canal, peso de la canal"
    ),
    "drip_loss": "drip loss, driploss, exsudat, tropfsaftverlust, perdida por goteo",
    "hip_height": (
        "hip height, height, height at rump, rump height, hauteur sacrum, kreuzhohe, "
        "kreuzbeinhohe, altura grupa"
    ),
    "scrotal_circumference": (
        "scrotal circumference, scrotum, sc, circonference scrotale, hodenumfang, "
        "circunferencia escrotal"
    ),
    "muscle_depth": (
        "muscle depth, emd, eye muscle depth, loin depth, profondeur muscle, muskeldicke, "
        "profundidad musculo, umd"
    ),
    "fat_depth": (
        "fat depth, back fat, backfat, fat thickness, epaisseur gras, fettdicke, ruckenspeck, "
        "grasa dorsal, espesor grasa, ufd"
    ),
    "body_condition": (
        "body condition, body condition score, bcs, condition score, condition, note etat "
        "corporel, nec, korperkondition, condicion corporal, cc"
    ),
    "carcass_conformation": (
        "carcass conformation, conformation, europ, conformacion, handelsklasse, conformation "
        "carcasse"
    ),
    "carcass_fat_class": (
        "carcass fat class, fat class, fat score, fettklasse, engraissement, etat "
        "engraissement, engrasamiento"
    ),
    "type_final": (
        "final score, type final, total score, classification score, note finale, gesamtnote, "
        "calificacion final"
    ),
    "feed_intake": (
        "feed intake, dmi, dry matter intake, daily feed intake, adfi, dfi, consommation, "
        "ingestion, futteraufnahme, consumo alimento"
    ),
    "fleece_weight": (
        "fleece weight, greasy fleece weight, gfw, wool weight, poids toison, vliesgewicht, "
        "peso vellon"
    ),
    "fiber_diameter": (
        "fiber diameter, fibre diameter, mfd, fd, micron, diametre fibre, faserdurchmesser, "
        "diametro fibra"
    ),
    "staple_length": "staple length, sl, longueur meche, stapellange, largo mecha",
}  # fmt: skip

ICAR: Mapping[str, str] = {
    "FAT": "fat_percent", "PROTEIN": "protein_percent", "LAC": "lactose_percent",
    "SCC": "somatic_cell_count", "UREA": "milk_urea",
}  # fmt: skip
"""Codes of test-day results in ICAR ADE."""

CODES: Mapping[str, Mapping[str, str]] = {
    "sex": {
        "male": "M", "m": "M", "macho": "M", "mannlich": "M", "maennlich": "M", "mnl": "M",
        "ram": "M", "bull": "M", "boar": "M", "buck": "M", "wether": "M", "steer": "M",
        "barrow": "M",
        "castrate": "M", "belier": "M", "taureau": "M",
        "f": "F", "female": "F", "fem": "F", "femelle": "F", "w": "F", "weiblich": "F", "wbl": "F",
        "h": "F", "hembra": "F", "ewe": "F", "cow": "F", "heifer": "F", "sow": "F", "gilt": "F",
        "doe": "F", "vache": "F", "brebis": "F", "kuh": "F",
        "unk": "U", "unknown": "U", "inconnu": "U", "unbekannt": "U", "desconocido": "U", "u": "U",
    },
    "status": {
        "alive": "alive", "active": "alive", "live": "alive", "present": "alive", "vivant": "alive",
        "lebend": "alive", "lebt": "alive", "vivo": "alive", "viva": "alive", "activo": "alive",
        "sold": "sold", "vendu": "sold", "vendue": "sold", "verkauft": "sold", "vendido": "sold",
        "vendida": "sold", "dead": "dead", "died": "dead", "mort": "dead", "morte": "dead",
        "tot": "dead", "verendet": "dead", "gestorben": "dead", "muerto": "dead", "muerta": "dead",
        "culled": "dead", "slaughtered": "dead", "reforme": "dead", "geschlachtet": "dead",
        "unknown": "unknown",
    },
}  # fmt: skip
"""What senders write for codes of ours."""
