"""Genome-wide association studies one may see, and the form that starts one."""
