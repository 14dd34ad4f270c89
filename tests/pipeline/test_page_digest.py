"""What a parsing process makes of a page."""

from aggregator.core.entry import Entry
from aggregator.core.source import Validators
from aggregator.core.urls import UrlRules
from aggregator.ingest.answer import Fetched
from aggregator.pipeline.page_digest import read_page
from tests.core.records import a_source, article

TEXT = " ".join(f"This is sentence number {n} of a story that goes on." for n in range(20))
PAGE = f"""<html><body><article><p>{TEXT}</p>
<p>More in <a href="https://x.example/a?utm_source=b&amp;id=1">the other story</a>, and so on.</p>
</article></body></html>"""


def test_a_source_that_asks_for_it_has_tracking_taken_out_of_full_texts() -> None:
    source = a_source(strip_tracking=True)
    short = article(Entry(title="A story", summary="Short.", link="https://x.example/s"), source)
    page = Fetched(
        url=short.link,
        body=PAGE.encode(),
        content_type="text/html",
        content_encoding="",
        validators=Validators(),
    )

    full = read_page(page, short, source, (), UrlRules(drop=("utm_*",)), has_one=False)

    assert full is not None
    assert 'href="https://x.example/a?id=1"' in full.article.body
