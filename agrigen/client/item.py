"""One thing the hub answered: a dictionary whose entries can also be read as attributes."""

from typing import Any


class Item(dict[str, Any]):
    """`animal.tag` and `animal["tag"]` are the same; unknown names say what there is."""

    def __getattr__(self, name: str) -> Any:
        try:
            value = self[name]
        except KeyError:
            known = ", ".join(self) or "nothing"
            raise AttributeError(f"There is no {name!r} here; there is: {known}.") from None
        return Item(value) if type(value) is dict else value

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(key for key in self if key.isidentifier())})
