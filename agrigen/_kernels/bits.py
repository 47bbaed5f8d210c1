"""Instructions on words of 64 bits that Numba does not offer by name."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def _ones(typing: Any, word: Any) -> Any:
    """Number of bits that are set in a word."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), build


def _load(typing: Any, row: Any, word: Any) -> Any:
    """The word-th 8 bytes of a row of bytes, wherever it begins in memory."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        start = builder.bitcast(array.data, ir.IntType(64).as_pointer())
        return builder.load(builder.gep(start, [arguments[1]]), align=1)

    return types.uint64(row, types.uint64), build


ones: Any = intrinsic(_ones)
load: Any = intrinsic(_load)
