"""Taking along what one may see, as files; and what was taken along before."""
