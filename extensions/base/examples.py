"""Ids in examples. They have the right form; the documentation page puts real ones in their place.

`x-example-from` in the OpenAPI document names the list from which a real id can be taken.
"""

SAMPLE_ID = "0198c2a4-7c1e-7f2a-9d3b-0123456789ab"
