"""What others may see of a source's addresses."""

import pytest

from aggregator.core.source import public_url


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("https://me:s3cret@a.example/feed", "https://a.example/feed"),
        ("https://me:p@ss@a.example/feed", "https://a.example/feed"),
        ("at https://s3cret@a.example: no answer", "at https://a.example: no answer"),
        ("https://a.example/feed?api_key=s3cret&n=1", "https://a.example/feed?api_key=…&n=1"),
        ("https://a.example/@writer/feed", "https://a.example/@writer/feed"),
        ("https://a.example?by=me@b.example", "https://a.example?by=me@b.example"),
    ],
)
def test_users_passwords_and_values_of_secret_keys_are_left_out(stated: str, shown: str) -> None:
    assert public_url(stated) == shown
