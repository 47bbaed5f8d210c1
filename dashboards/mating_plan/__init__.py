"""Which male for which female: plans within limits, and what one pair would give."""
