"""An article as rules see it, and what is found in it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from aggregator.core import text
from aggregator.core.article import Article
from aggregator.core.output import FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An article as rules see it: metadata, and the folded text of each of its fields."""

    source: str
    language: str
    date: datetime
    has_image: bool
    authors: frozenset[str]
    categories: frozenset[str]
    texts: Mapping[str, str]

    @property
    def body(self) -> str:
        """Give the folded words of the article, which its identity keys are made of as well."""
        return self.texts["body"]

    @classmethod
    def of(cls, article: Article) -> "Subject":
        """Fold an article once, for all outputs and for its identity keys."""
        return cls(
            source=article.source,
            language=article.language,
            date=article.date,
            has_image=bool(article.image),
            authors=frozenset(map(_name, article.authors)),
            categories=frozenset(map(_name, article.tags)),
            texts={name: text.fold(words) for name, words in field_texts(article).items()},
        )


def field_texts(article: Article) -> dict[str, str]:
    """Give the words of each field as people see them.

    A text that is the only one its source gives is the body, whatever the source calls it.
    """
    return {
        "title": article.title,
        "summary": _words(article.summary) if article.body else "",
        "body": _words(article.body or article.summary),
        "tags": "\n".join(article.tags),
    }


def _words(markup: str) -> str:
    return text.one_line(text.plain_text(markup))


def _name(name: str) -> str:
    return text.one_line(text.fold(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A term that was found, and the fields it was found in."""

    term: str
    fields: tuple[str, ...]


class Sight:
    """A subject and the terms found in it, within the fields that one rule looks at."""

    def __init__(
        self,
        subject: Subject,
        found: Mapping[str, frozenset[str]],
        fields: Iterable[str],
        kept_by: Collection[str] = (),
    ) -> None:
        """`kept_by` are the outputs that keep the subject, as far as the rule depends on them."""
        self.subject = subject
        self.kept_by = kept_by
        self.found = found
        self._fields = frozenset(fields or FIELDS)
        self._is_narrow = len(self._fields) < len(FIELDS)

    def fields_of(self, term: str) -> frozenset[str]:
        """Tell in which fields a term was found."""
        found = self.found.get(term, frozenset())
        return found & self._fields if self._is_narrow and found else found

    def has(self, term: str) -> bool:
        """Say whether a term was found."""
        return bool(self.fields_of(term))

    def hits(self, terms: Iterable[str]) -> tuple[Hit, ...]:
        """List those of the terms that were found."""
        return tuple(
            Hit(term=term, fields=tuple(name for name in FIELDS if name in found))
            for term in terms
            if (found := self.fields_of(term))
        )

    @cached_property
    def unit_starts(self) -> Mapping[str, list[int]]:
        """Where the units of each field begin."""
        return {name: text.unit_starts(self.subject.texts[name]) for name in self._fields}
