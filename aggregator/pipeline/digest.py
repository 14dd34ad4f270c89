"""What a parsing process does with one document: bytes in, candidates out."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from aggregator.core.article import Article
from aggregator.core.dedup import Candidate
from aggregator.core.entry import split_slices
from aggregator.core.identity import Keys, identity_keys
from aggregator.core.likeness import anchors_of
from aggregator.core.normalize import normalize
from aggregator.core.output import Output
from aggregator.core.polling import Reading
from aggregator.core.rules import RuleBook
from aggregator.core.source import Source
from aggregator.core.subject import Subject
from aggregator.core.urls import UrlBook, UrlRules
from aggregator.ingest.answer import Fetched
from aggregator.ingest.hints import feed_hints
from aggregator.ingest.inflate import inflate


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A document made ready to be recorded."""

    reading: Reading
    candidates: tuple[Candidate, ...]


def digest(
    fetched: Fetched,
    source: Source,
    known: bytes,
    outputs: tuple[Output, ...],
    rules: UrlRules,
    seen_at: datetime,
) -> Digest:
    """Parse a document, make articles of its entries, and judge each by every output's rule."""
    # Not at the top: the parent process only names this function and never needs feedparser.
    from aggregator.ingest.parse import parse

    document = inflate(fetched.body, fetched.content_encoding)
    parsed = parse(
        document,
        url=fetched.url,
        content_type=fetched.content_type,
        zone=source.timezone,
        known=split_slices(known),
    )
    book, urls = rule_book(outputs), url_book(rules)
    return Digest(
        reading=Reading(
            known=parsed.known,
            hints=feed_hints(document),
            title=parsed.title,
            entries=max(len(parsed.entries), len(parsed.known)),
            moved_to=fetched.moved_to,
        ),
        candidates=tuple(
            candidate_of(one, book, urls) for one in normalize(parsed, source, seen_at, urls)
        ),
    )


def candidate_of(article: Article, book: RuleBook, urls: UrlBook) -> Candidate:
    """Give an article all that its recording needs: keys, anchors, and who keeps it."""
    subject = Subject.of(article)
    return judged(article, subject, identity_keys(article.link, subject.body, urls), book)


def judged(article: Article, subject: Subject, keys: Keys, book: RuleBook) -> Candidate:
    """Give an article what does not depend on the URL that it is known by."""
    return Candidate(
        article=article,
        keys=keys,
        anchors=anchors_of(subject),
        kept_by=book.verdicts(subject),
    )


@lru_cache(maxsize=2)
def rule_book(outputs: tuple[Output, ...]) -> RuleBook:
    """Compile rules once in a process; another configuration pushes the old one out."""
    return RuleBook(outputs)


@lru_cache(maxsize=2)
def url_book(rules: UrlRules) -> UrlBook:
    """Compile the rules about URLs once in a process."""
    return UrlBook(rules)
