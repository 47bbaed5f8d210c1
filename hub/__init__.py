"""What the hub knows and allows: people, farms, animals, records, evaluations. No HTTP in here."""
