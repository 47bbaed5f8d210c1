"""How much the pages of a Parquet file unpack to, read from the headers that stand before them.

The summary at the end of the file may lie; what is unpacked is what the header of each page says.
Headers are structs in Thrift's compact protocol, of which only the first fields matter here.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_PAGES = 1_000_000
_UNPACKED, _PACKED = 2, 3
_FIXED = {1: 0, 2: 0, 3: 1, 7: 8}
"""Bytes of what has a fixed size: true, false, a byte, a double."""
_INTEGERS, _TEXT, _LISTS, _STRUCT = (4, 5, 6), 8, (9, 10), 12


class BrokenPage(ValueError):
    """What stands there is no header of a page."""


def page_sizes(path: Path, meta: Any, group: int) -> Iterator[int]:
    """For every column of a row group the bytes of its two largest pages, which are held at once.

    A dictionary stands beside each page of its column.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        part, pages = meta.row_group(group), 0
        for place in range(part.num_columns):
            largest = [0, 0]
            for size in _pages(content, part.column(place)):
                largest = sorted([*largest, size])[1:]
                pages += 1
                if pages > MOST_PAGES:
                    raise BrokenPage("too many pages")
            yield sum(largest)


def _pages(content: mmap.mmap, column: Any) -> Iterator[int]:
    """Unpacked bytes of each page of a column in one row group."""
    starts = [column.data_page_offset]
    if column.dictionary_page_offset:
        starts.append(column.dictionary_page_offset)
    place = min(starts)
    end = min(place + column.total_compressed_size, len(content))
    while 0 <= place < end:
        header = _Header(content, place)
        unpacked, packed = (header.fields.get(one, -1) for one in (_UNPACKED, _PACKED))
        if unpacked < 0 or packed < 0:
            raise BrokenPage("a page without a size")
        yield unpacked
        place = header.end + packed


class _Header:
    """The integers of a struct by number, and where it ends."""

    def __init__(self, content: mmap.mmap, place: int) -> None:
        self._content, self.end = content, place
        try:
            self.fields = self._struct(0)
        except IndexError as error:
            raise BrokenPage("a header without an end") from error

    def _byte(self) -> int:
        self.end += 1
        return self._content[self.end - 1]

    def _number(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 70:
                raise BrokenPage("a number without an end")

    def _integer(self) -> int:
        value = self._number()
        return (value >> 1) ^ -(value & 1)

    def _struct(self, depth: int) -> dict[int, int]:
        found: dict[int, int] = {}
        number = 0
        while byte := self._byte():
            kind, step = byte & 0x0F, byte >> 4
            number = number + step if step else self._integer()
            if kind in _INTEGERS:
                found[number] = self._integer()
            else:
                self._skip(kind, depth)
        return found

    def _skip(self, kind: int, depth: int) -> None:
        if depth > 8:
            raise BrokenPage("a header that is nested too deeply")
        if kind in _FIXED:
            self.end += _FIXED[kind]
        elif kind == _TEXT:
            length = self._number()
            self.end += length
        elif kind == _STRUCT:
            self._struct(depth + 1)
        elif kind in _LISTS:
            self._skip_list(depth)
        else:
            raise BrokenPage("a field of no known kind")

    def _skip_list(self, depth: int) -> None:
        byte = self._byte()
        count, kind = byte >> 4, byte & 0x0F
        count = self._number() if count == 15 else count
        if count > len(self._content):
            raise BrokenPage("a list without an end")
        for _ in range(count):
            if kind in _INTEGERS:
                self._number()
            elif kind in (1, 2):
                self.end += 1
            else:
                self._skip(kind, depth + 1)
