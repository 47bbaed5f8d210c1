"""One genome-wide association study: the genome, the strongest markers, and how it was made."""
