"""What is different between two sets of things that have names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aggregator.core.words import counted, some


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Names of what came, went, and is another now, each in the order of where it stands."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.added or self.removed or self.changed)

    def words(self, kind: str) -> Iterator[str]:
        """Say it in words, such as "2 sources added: a, b"."""
        for what, names in (
            ("added", self.added),
            ("removed", self.removed),
            ("changed", self.changed),
        ):
            if names:
                yield f"{counted(len(names), kind)} {what}: {some(names)}"


def difference(before: Mapping[str, object], after: Mapping[str, object]) -> Difference:
    """Tell the difference of two sets, by the names of what is in them."""
    return Difference(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(name for name in after if name in before and after[name] != before[name]),
    )
