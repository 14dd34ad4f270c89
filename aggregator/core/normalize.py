"""ParsedFeed → Articles: fallbacks for what a source leaves out, and no guid used twice."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, count

from aggregator.core import language, text, tracking
from aggregator.core.article import Article, noticed
from aggregator.core.entry import Entry, ParsedFeed
from aggregator.core.identity import article_id, content_hash
from aggregator.core.images import lead_image
from aggregator.core.source import DatePolicy, Source
from aggregator.core.urls import UrlBook

_SAMPLE = 2000  # characters of a body that tell its language
_TITLE_LENGTH = 80
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before the first feed; older dates are mistakes
_CLOCK_SKEW = timedelta(days=1)


def normalize(
    parsed: ParsedFeed, source: Source, seen_at: datetime, urls: UrlBook
) -> tuple[Article, ...]:
    """Make an article of each entry, in document order; `seen_at` is the time of this poll.

    An entry that stands in the document twice, alike in everything, is one article.
    """
    entries, uses = parsed.entries, Counter(map(_guid, parsed.entries))
    if len(uses) < len(entries):  # else they cannot be alike, and to compare them is to hash all
        entries = tuple(dict.fromkeys(entries))
        uses = Counter(map(_guid, entries))
    taken = {guid for guid in uses if uses[guid] == 1}
    articles = []
    for entry in entries:
        guid = _guid(entry)
        if uses[guid] > 1:
            guid = _apart(guid, entry, taken)
        taken.add(guid)
        if source.strip_tracking:
            entry = _untracked(entry, urls)  # its guid is made of the link as it was stated
        articles.append(_article(entry, guid, parsed, source, seen_at))
    return tuple(articles)


def _guid(entry: Entry) -> str:
    return entry.guid or entry.link or f"sha:{_fingerprint(entry)}"


def _apart(guid: str, entry: Entry, taken: set[str]) -> str:
    """Tell the users of one guid apart by their links, else by their words, else by their turn.

    All of them, because none has a better right to it: the next poll may bring them in another
    order.
    """
    marks = chain((entry.link, _fingerprint(entry)), map(str, count(2)))
    return next(name for mark in marks if (name := f"{guid}#{mark}") not in taken)


def _fingerprint(entry: Entry) -> str:
    return content_hash(entry.title, entry.content or entry.summary).hex()


def _article(
    entry: Entry, guid: str, parsed: ParsedFeed, source: Source, seen_at: datetime
) -> Article:
    body = body_of(entry.content or entry.summary)
    summary = ""
    if entry.content and entry.summary != entry.content:
        summary = body_of(entry.summary)
    link = _link(entry)
    title = text.one_line(entry.title) or _title_from(body, link)
    image = lead_image(body, entry.image, entry.enclosures) or source.image
    seen = noticed((title, link, body, summary, image), entry.authors, entry.tags, entry.enclosures)
    return Article(
        id=article_id(source.id, guid),
        source=source.id,
        guid=guid,
        link=link,
        title=title,
        body=body,
        summary=summary,
        image=image,
        language=_language(entry, parsed, source, title, body),
        authors=entry.authors,
        tags=entry.tags,
        enclosures=entry.enclosures,
        origin=entry.origin,
        season=entry.season,
        episode=entry.episode,
        published=_sane(entry.published or entry.updated, source, seen_at),
        updated=_sane(entry.updated, source, seen_at),
        first_seen=seen_at.replace(microsecond=0),
        content_hash=content_hash(*seen),
    )


def _untracked(entry: Entry, urls: UrlBook) -> Entry:
    return replace(
        entry,
        link=tracking.clean_url(_link(entry), urls),
        content=tracking.clean_body(entry.content, urls),
        summary=tracking.clean_body(entry.summary, urls),
    )


def body_of(markup: str) -> str:
    """Give safe HTML as articles keep it: braces as themselves, so that the article format's
    escapes can be read back."""
    if "&#12" in markup:
        markup = markup.replace("&#123;", "{").replace("&#125;", "}")
    return markup


def _link(entry: Entry) -> str:
    return entry.link or (entry.guid if entry.guid.startswith(("http://", "https://")) else "")


def _title_from(body: str, link: str) -> str:
    words = text.one_line(text.plain_text(body))
    if len(words) > _TITLE_LENGTH:
        return words[:_TITLE_LENGTH].rstrip() + "…"
    return words or link or "(untitled)"


def _language(entry: Entry, parsed: ParsedFeed, source: Source, title: str, body: str) -> str:
    """Name the language that the entry states, else the source's in feeds.toml, else the feed's;
    what is stated by software alone, and cannot be true, gives way to what the text looks like."""
    sample = f"{title}\n{text.plain_text(_whole_tags(body[:_SAMPLE]))}"
    if entry.language and language.fits(entry.language, sample):
        return entry.language
    if source.language:
        return source.language
    return language.likely(parsed.language, sample)


def _whole_tags(markup: str) -> str:
    """Leave out a tag that is cut off at the end."""
    place = markup.find("<", markup.rfind(">") + 1)
    return markup if place < 0 else markup[:place]


def _sane(date: datetime | None, source: Source, seen_at: datetime) -> datetime | None:
    """Drop a date from before feeds existed or from the future, if the source's policy does not
    keep it: first sight stands in for it."""
    if date is None:
        return None
    if date < _EARLIEST and source.old_dates == DatePolicy.FIRST_SEEN:
        return None
    if date > seen_at + _CLOCK_SKEW and source.future_dates == DatePolicy.FIRST_SEEN:
        return None
    return date.astimezone(UTC).replace(microsecond=0)
