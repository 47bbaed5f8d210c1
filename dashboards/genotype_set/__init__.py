"""One genotype set: quality, samples, parents, and the genotypes of a region."""
