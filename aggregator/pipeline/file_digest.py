"""What a parsing process does with article files: bytes in, candidates out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aggregator.config.reader import ID
from aggregator.core.article import Article
from aggregator.core.dedup import Candidate
from aggregator.core.entry import Enclosure, Entry, Origin, ParsedFeed
from aggregator.core.frontmatter import ArticleFile, moment_of, read
from aggregator.core.identity import content_hash
from aggregator.core.normalize import normalize
from aggregator.core.output import Output
from aggregator.core.source import Source
from aggregator.core.text import one_line, storable
from aggregator.core.urls import UrlBook, UrlRules
from aggregator.errors import ArticleFileError
from aggregator.ingest import plain, sanitize
from aggregator.ingest.dates import read_date
from aggregator.ingest.links import safe_link
from aggregator.pipeline.digest import candidate_of, rule_book, url_book


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """What an article file holds, or in `fault` why it cannot be read; `ignored` are keys that are
    not known."""

    candidate: Candidate | None = None
    fault: str = ""
    ignored: tuple[str, ...] = ()


def read_files(
    contents: Sequence[bytes],
    sources: tuple[Source, ...],
    default: Source | None,
    outputs: tuple[Output, ...],
    rules: UrlRules,
    seen_at: datetime,
) -> list[ReadFile]:
    """Read article files and judge each by every output's rule; `default` is the source of those
    that name none."""
    owners = Owners(sources, default)
    book, urls = rule_book(outputs), url_book(rules)
    found = []
    for content in contents:
        try:
            page = read(_text(content))
            article = article_of(page, owners.find(page), seen_at, urls)
        except ArticleFileError as error:
            found.append(ReadFile(fault=error.what))
        else:
            candidate = candidate_of(article, book, urls)
            found.append(ReadFile(candidate=candidate, ignored=page.ignored))
    return found


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArticleFileError(f"not UTF-8 text (byte {error.start})") from error
    return text.replace("\r\n", "\n") if text.lstrip().startswith("---\r\n") else text


class Owners:
    """Finds whose article a file is: by its key `source`, else by its author."""

    def __init__(self, sources: Iterable[Source], default: Source | None) -> None:
        self._by_id: dict[str, Source] = {}
        self._by_name: dict[str, list[Source]] = {}
        self._default = default
        for one in sources:
            self._by_id[one.id] = one
            self._by_name.setdefault(one.name, []).append(one)

    def find(self, page: ArticleFile) -> Source:
        """Find the source of a file; one of several of a name is told by the categories.

        A source that the file names and feeds.toml does not have is taken by its word: the ids of
        its articles are made of that.
        """
        if stated := page.value("source"):
            if not ID.fullmatch(stated):
                raise ArticleFileError(f"its source {stated[:80]!r} can be no key of feeds.toml")
            return self._by_id.get(stated) or Source(id=stated, url="", name=page.author or stated)
        named = self._by_name.get(page.author, []) if page.author else []
        exact = [one for one in named if one.categories == page.categories]
        found = exact if len(exact) == 1 else named
        if len(found) == 1:
            return found[0]
        if self._default:
            return self._default
        raise ArticleFileError(self._unclear(page.author, named))

    def _unclear(self, author: str, named: Sequence[Source]) -> str:
        if named:
            ids = ", ".join(one.id for one in named)
            return f"{author!r} is the name of several sources ({ids}); say which with --source"
        who = f"no source is named {author!r}" if author else "it names no source or author"
        return f"{who}; say whose it is with --source"


def article_of(page: ArticleFile, source: Source, seen_at: datetime, urls: UrlBook) -> Article:
    """Make the article that a file holds; raises ArticleFileError where it holds none.

    A file with `first_seen` says all there is of an article, and is taken at its word. Any other is
    completed as an entry of its source would be.
    """
    if not (page.title.strip() or page.body.strip()):
        raise ArticleFileError("it has neither title nor text")
    date = _date(page.date, source)
    entry = _entry(page, date)
    parsed = ParsedFeed(kind="file", entries=(entry,))
    (made,) = normalize(parsed, replace(source, strip_tracking=False), seen_at, urls)
    first_seen = moment_of(page.value("first_seen"))
    if first_seen is None:
        article = replace(made, image=entry.image or made.image)
    else:
        article = replace(
            made,
            image=entry.image,
            language=entry.language,
            published=None if page.value("undated") else date,
            updated=entry.updated,
            first_seen=first_seen,
        )
    hashed = _hash(page.value("content_hash")) or content_hash(*article.noticed)
    return replace(article, content_hash=hashed)


def _date(stated: str, source: Source) -> datetime | None:
    if not stated:
        return None
    date = read_date(stated, None, source.timezone) or moment_of(stated)
    if date is None:
        raise ArticleFileError(
            f"its date {stated[:80]!r} cannot be read; write it like 2026-03-02T12:00:00Z"
        )
    return date.astimezone(UTC).replace(microsecond=0)


def _entry(page: ArticleFile, date: datetime | None) -> Entry:
    link = safe_link(storable(page.value("link")), "")
    return Entry(
        guid=storable(page.value("guid")).strip(),
        link=link,
        title=plain.title(storable(page.title)),
        summary=sanitize.clean(storable(page.value("summary")), link),
        content=sanitize.clean(storable(page.body), link),
        image=_image(one_line(storable(page.image))),
        language=storable(page.value("language")),
        authors=_words(page.values("authors")),
        tags=_words(page.values("tags")),
        enclosures=tuple(_enclosures(page.values("enclosures"))),
        origin=_origin(_words(page.values("origin"))),
        season=_whole(page.value("season")),
        episode=_whole(page.value("episode")),
        published=date,
        updated=moment_of(page.value("updated")),
    )


def _image(stated: str) -> str:
    """Take the URL of a picture as it is: a body's may hold what no link should."""
    return stated if stated.startswith(("http://", "https://")) else ""


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(plain.title(storable(one)) for one in values)


def _enclosures(stated: Iterable[str]) -> Iterable[Enclosure]:
    for one in stated:
        url, length, duration, kind = (*storable(one).split(" ", 3), "", "", "")[:4]
        if link := safe_link(url, ""):
            yield Enclosure(
                url=link, type=kind.strip(), length=_whole(length), duration=_whole(duration)
            )


def _origin(stated: tuple[str, ...]) -> Origin | None:
    if len(stated) != 3 or not any(stated):
        return None
    title, url, link = stated
    return Origin(title=title, url=safe_link(url, ""), link=safe_link(link, ""))


def _whole(stated: str) -> int:
    return int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 16 else 0


def _hash(stated: str) -> bytes:
    try:
        return bytes.fromhex(stated)
    except ValueError:
        return b""
