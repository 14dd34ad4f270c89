"""Tokens and keys: made once, kept, hard to guess, for nobody else to read."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aggregator.errors import FileError
from aggregator.syndicate.secrets import Tokens, kept


def test_a_token_stays_and_another_output_has_another(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path / "private" / "tokens")

    one, other = tokens.of("one"), tokens.of("other")

    assert (Tokens(tmp_path / "private" / "tokens").of("one"), len({one, other})) == (one, 2)
    assert (len(one), len(other)) == (32, 32)


def test_nobody_else_may_read_a_token_or_look_for_it(tmp_path: Path) -> None:
    Tokens(tmp_path / "private" / "tokens").of("one")

    modes = [oct(one.stat().st_mode & 0o777) for one in sorted((tmp_path / "private").rglob("*"))]
    assert oct((tmp_path / "private").stat().st_mode & 0o777) == "0o700"
    assert modes == ["0o700", "0o600"]


def test_whoever_makes_it_all_have_the_same(tmp_path: Path) -> None:
    path = tmp_path / "private" / "key"

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: kept(path), range(50)))

    assert len(found) == 1
    assert [one.name for one in path.parent.iterdir()] == ["key"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "private").write_text("")

    with pytest.raises(FileError, match="cannot be written"):
        kept(tmp_path / "private" / "tokens" / "one")
