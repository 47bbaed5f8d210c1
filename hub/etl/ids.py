"""Ids for many rows at once, as `hub.storage.base.new_id` makes them one by one."""

import os
import time

import numpy as np
import polars as pl
import pyarrow as pa


def new_ids(count: int) -> pl.Series:
    """UUIDv7 (RFC 9562, 5.7) as hexadecimal digits."""
    codes = np.frombuffer(os.urandom(16 * count), np.uint8).reshape(count, 16).copy()
    now = int(time.time() * 1000).to_bytes(6, "big")
    codes[:, :6] = np.frombuffer(now, np.uint8)
    codes[:, 6] = codes[:, 6] & 0x0F | 0x70
    codes[:, 8] = codes[:, 8] & 0x3F | 0x80
    raw = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(codes)])
    return pl.Series("id", raw.cast(pa.binary())).bin.encode("hex")
