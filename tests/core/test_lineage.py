"""Which outputs build on which."""

from aggregator.core.lineage import circle, rule_hashes, with_ancestors
from tests.core.records import an_output

OUTPUTS = (
    an_output("c", base="b", any=("x",)),
    an_output("b", outputs=("a", "d")),
    an_output("a", any=("y",)),
    an_output("d"),
    an_output("e", any=("x",)),
)


def test_outputs_are_chosen_with_all_that_they_build_on() -> None:
    assert [one.id for one in with_ancestors(["c"], OUTPUTS)] == ["c", "b", "a", "d"]
    assert [one.id for one in with_ancestors(["a", "gone"], OUTPUTS)] == ["a"]


def test_another_rule_gives_another_hash_to_it_and_to_what_builds_on_it() -> None:
    changed = (*OUTPUTS[:2], an_output("a", any=("z",)), *OUTPUTS[3:])

    before, after = rule_hashes(OUTPUTS), rule_hashes(changed)

    assert {name for name in before if before[name] != after[name]} == {"a", "b", "c"}


def test_a_way_round_in_a_circle_is_found() -> None:
    rules = {
        one.id: one.rule
        for one in (
            an_output("a", base="x", outputs=("b", "c")),
            an_output("b", base="c"),
            an_output("c", outputs=("d", "e")),
            an_output("d"),
            an_output("e", base="b"),
        )
    }

    ways = {name: circle(name, rules) for name in rules}

    assert ways == {
        "a": [],
        "b": ["b", "c", "e", "b"],
        "c": ["c", "e", "b", "c"],
        "d": [],
        "e": ["e", "b", "c", "e"],
    }
