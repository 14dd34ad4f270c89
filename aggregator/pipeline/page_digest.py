"""What a parsing process does with one page, and with texts of pages that were read before."""

from collections.abc import Mapping, Sequence

from aggregator.core.article import Article
from aggregator.core.dedup import NO_KEYS, Candidate
from aggregator.core.fulltext import is_fuller, with_full_text
from aggregator.core.output import Output
from aggregator.core.source import Source
from aggregator.core.subject import Subject
from aggregator.core.tracking import clean_body
from aggregator.core.urls import UrlRules
from aggregator.ingest.answer import Fetched
from aggregator.ingest.inflate import inflate
from aggregator.pipeline.digest import judged, rule_book, url_book


def read_page(
    page: Fetched,
    article: Article,
    source: Source,
    outputs: tuple[Output, ...],
    rules: UrlRules,
    *,
    has_one: bool,
) -> Candidate | None:
    """Put a page's text into its article and judge that by every output's rule; None where the
    feed says as much. `has_one` says that the body is from the page already."""
    # Not at the top: the parent process only names this function and never needs trafilatura.
    from aggregator.ingest.extract import article_markup

    document = inflate(page.body, page.content_encoding)
    markup = article_markup(document, page.content_type, page.url)
    if source.strip_tracking:
        markup = clean_body(markup, url_book(rules))
    full = with_full_text(article, markup, source, has_one=has_one)
    if not is_fuller(full.body, article, has_one=has_one):
        return None
    # Without keys: identity follows the feed.
    return judged(full, Subject.of(full), NO_KEYS, rule_book(outputs))


def keep_texts(
    candidates: Sequence[Candidate],
    texts: Mapping[str, str],
    source: Source,
    outputs: tuple[Output, ...],
) -> tuple[Candidate, ...]:
    """Put texts that were read before into articles that changed; `texts` are by article id."""
    book = rule_book(outputs)

    def with_text(one: Candidate) -> Candidate:
        full = with_full_text(one.article, texts[one.article.id], source, has_one=False)
        return judged(full, Subject.of(full), one.keys, book)

    return tuple(with_text(one) if one.article.id in texts else one for one in candidates)
