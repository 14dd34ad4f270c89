"""What a parsing process does with one page, and with texts of pages that were read before."""

from collections.abc import Mapping, Sequence

from aggregator.core.article import Article
from aggregator.core.dedup import NO_KEYS, Candidate
from aggregator.core.fulltext import is_fuller, with_full_text
from aggregator.core.identity import Keys
from aggregator.core.likeness import anchors_of
from aggregator.core.output import Output
from aggregator.core.source import Source
from aggregator.core.subject import Subject
from aggregator.core.tracking import clean_body
from aggregator.core.urls import UrlRules
from aggregator.ingest.answer import Fetched
from aggregator.ingest.inflate import inflate
from aggregator.pipeline.digest import rule_book, url_book


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
    return _judged(full, NO_KEYS, outputs)  # identity follows the feed


def keep_texts(
    candidates: Sequence[Candidate],
    texts: Mapping[str, str],
    source: Source,
    outputs: tuple[Output, ...],
) -> tuple[Candidate, ...]:
    """Put texts that were read before into articles that changed; `texts` are by article id."""
    return tuple(
        _judged(
            with_full_text(one.article, texts[one.article.id], source, has_one=False),
            one.keys,
            outputs,
        )
        if one.article.id in texts
        else one
        for one in candidates
    )


def _judged(article: Article, keys: Keys, outputs: tuple[Output, ...]) -> Candidate:
    subject = Subject.of(article)
    return Candidate(
        article=article,
        keys=keys,
        anchors=anchors_of(subject),
        kept_by=rule_book(outputs).verdicts(subject),
    )
