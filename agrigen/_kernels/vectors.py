"""Products of packed genotypes on vectors of 64 bytes, as instructions of LLVM.

A vector holds 16 numbers of 32 bits or 8 of 64 bits. A word has as many genotypes as two bits go
into it, and the values of a strip are spread so that lane f of neighboring words stand side by side
(`agrigen._kernels.products`). A dosage becomes a number without a conversion: its two bits are
masked into the mantissa of a constant, 2^e, whose last places they are, and 2^e is subtracted
exactly. Numba's own loops need four to eight times as long. Where a processor has shorter vectors,
LLVM splits these.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

STRIP_BYTES = 512
"""Bytes of a row that are taken at once: 2,048 genotypes."""

DOT_ROWS = 4
ADD_ROWS = 8

BYTE = ir.IntType(8)
PLACE = ir.IntType(64)
FREE = ("contract", "reassoc", "nsz")
"""Sums in any order, a product and a sum in one instruction."""


class Vectors:
    """What is built for numbers of one size."""

    def __init__(self, builder: Any, kind: Any) -> None:
        self.builder = builder
        single = kind == types.float32
        self.bits = 32 if single else 64
        self.mantissa = 23 if single else 52
        self.bias = 127 if single else 1023
        self.lanes = self.bits // 2
        self.width = 512 // self.bits
        self.words = 8 * STRIP_BYTES // self.bits
        self.number = ir.FloatType() if single else ir.DoubleType()
        self.integer = ir.IntType(self.bits)
        self.numbers = ir.VectorType(self.number, self.width)
        self.integers = ir.VectorType(self.integer, self.width)

    def constant(self, value: float) -> Any:
        return ir.Constant(self.numbers, [ir.Constant(self.number, value)] * self.width)

    def mask(self, value: int) -> Any:
        return ir.Constant(self.integers, [ir.Constant(self.integer, value)] * self.width)

    def load(self, pointer: Any, kind: Any, align: int) -> Any:
        return self.builder.load(self.builder.bitcast(pointer, kind.as_pointer()), align=align)

    def load_numbers(self, start: Any, place: Any) -> Any:
        return self.load(self.builder.gep(start, [place]), self.numbers, self.bits // 8)

    def load_dosages(self, row: Any, word: Any) -> tuple[Any, Any]:
        """Words of two-bit dosages; missing is 0. The second ones hold the last lanes lower."""
        b = self.builder
        codes = self.load(b.gep(row, [b.mul(word, _place(self.bits // 8))]), self.integers, 1)
        low = self.mask(int("01" * self.lanes, 2))
        shifted = b.lshr(codes, self.mask(1))
        both = b.and_(b.not_(b.or_(codes, shifted)), low)
        one = b.and_(b.and_(shifted, b.not_(codes)), low)
        dosages = b.or_(b.shl(both, self.mask(1)), one)
        return dosages, b.lshr(dosages, self.mask(2 * self._direct))

    @property
    def _direct(self) -> int:
        """Lanes whose bits lie inside the mantissa."""
        return self.mantissa // 2

    def dosage(self, words: tuple[Any, Any], lane: int) -> Any:
        """The dosages of one lane as numbers, exactly."""
        b = self.builder
        direct = lane < self._direct
        shift = 2 * (lane if direct else lane - self._direct)
        power = self.mantissa - shift
        exponent = self.mask((self.bias + power) << self.mantissa)
        inside = b.or_(b.and_(words[0 if direct else 1], self.mask(3 << shift)), exponent)
        return b.fsub(b.bitcast(inside, self.numbers), self.constant(2.0**power))

    def plus_product(self, total: Any, x: Any, y: Any) -> Any:
        return self.builder.fadd(total, self.builder.fmul(x, y, flags=FREE), flags=FREE)

    def spread(self, value: Any) -> Any:
        """One number in every place."""
        first = self.builder.insert_element(self.constant(0.0), value, _index(0))
        return self.builder.shuffle_vector(first, first, self._order([0] * self.width))

    def total(self, vector: Any) -> Any:
        """The sum of all places, always in the same order."""
        step = self.width // 2
        while step:
            order = [(place + step) % self.width for place in range(self.width)]
            other = self.builder.shuffle_vector(vector, vector, self._order(order))
            vector = self.builder.fadd(vector, other)
            step //= 2
        return self.builder.extract_element(vector, _index(0))

    def _order(self, places: list[int]) -> Any:
        return ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)


def _place(value: int) -> Any:
    return ir.Constant(PLACE, value)


def _index(value: int) -> Any:
    return ir.Constant(ir.IntType(32), value)


def _rows(builder: Any, array: Any, count: int) -> list[Any]:
    """Where the first `count` rows of a matrix of bytes begin."""
    start = builder.bitcast(array.data, BYTE.as_pointer())
    stride = builder.extract_value(array.strides, 0)
    return [builder.gep(start, [builder.mul(stride, _place(k))]) for k in range(count)]


def _words(builder: Any, vectors: Vectors) -> Any:
    """A loop over the words of a strip, a vector of them at a time."""
    return cgutils.for_range_slice(
        builder, _place(0), _place(vectors.words), _place(vectors.width), intp=PLACE
    )


def _opened(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    return [
        context.make_array(kind)(context, builder, argument)
        for kind, argument in zip(signature.args, arguments, strict=True)
    ]


def _add_dots(typing: Any, rows: Any, values: Any, sums: Any) -> tuple[Any, Callable[..., Any]]:
    """Add to sums[k] the dosages of row k, k < DOT_ROWS, times the values of their strip."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table, spread, out = _opened(context, builder, signature, arguments)
        vectors = Vectors(builder, signature.args[1].dtype)
        starts = _rows(builder, table, DOT_ROWS)
        zero = vectors.constant(0.0)
        totals = [cgutils.alloca_once_value(builder, zero) for _ in starts]  # type: ignore[no-untyped-call]
        with _words(builder, vectors) as (word, _):
            dosages = [vectors.load_dosages(row, word) for row in starts]
            now = [builder.load(total) for total in totals]
            for lane in range(vectors.lanes):
                place = builder.add(word, _place(lane * vectors.words))
                y = vectors.load_numbers(spread.data, place)
                for k, row in enumerate(dosages):
                    now[k] = vectors.plus_product(now[k], vectors.dosage(row, lane), y)
            for total, value in zip(totals, now, strict=True):
                builder.store(value, total)
        for k, total in enumerate(totals):
            found = vectors.total(builder.load(total))
            if vectors.bits == 32:
                found = builder.fpext(found, ir.DoubleType())
            target = builder.gep(out.data, [_place(k)])
            builder.store(builder.fadd(builder.load(target), found), target)
        return context.get_dummy_value()

    return types.none(rows, values, sums), build


def _add_rows(typing: Any, rows: Any, effects: Any, sums: Any) -> tuple[Any, Callable[..., Any]]:
    """Add to the sums of a strip effects[k] times the dosages of row k, k < ADD_ROWS."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table, given, out = _opened(context, builder, signature, arguments)
        vectors = Vectors(builder, signature.args[1].dtype)
        starts = _rows(builder, table, ADD_ROWS)
        effects = [
            vectors.spread(builder.load(builder.gep(given.data, [_place(k)])))
            for k in range(ADD_ROWS)
        ]
        with _words(builder, vectors) as (word, _):
            dosages = [vectors.load_dosages(row, word) for row in starts]
            for lane in range(vectors.lanes):
                place = builder.add(word, _place(lane * vectors.words))
                even, odd = vectors.load_numbers(out.data, place), vectors.constant(0.0)
                for k in range(0, ADD_ROWS, 2):
                    even = vectors.plus_product(even, vectors.dosage(dosages[k], lane), effects[k])
                    one = vectors.dosage(dosages[k + 1], lane)
                    odd = vectors.plus_product(odd, one, effects[k + 1])
                target = builder.gep(out.data, [place])
                target = builder.bitcast(target, vectors.numbers.as_pointer())
                total = builder.fadd(even, odd, flags=FREE)
                builder.store(total, target, align=vectors.bits // 8)
        return context.get_dummy_value()

    return types.none(rows, effects, sums), build


add_dots: Any = intrinsic(_add_dots)
add_rows: Any = intrinsic(_add_rows)
