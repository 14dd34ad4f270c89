"""Write the articles of the load: the same seed, source and number give the same article."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from bench.vocabulary import EN, ZH, Vocabulary, Words

FIRST_DAY = datetime(2026, 5, 1, tzinfo=UTC)
HIT_SHARE = 1 / 200
DECOY_SHARE = 1 / 1000
TOPIC_SHARE = 1 / 12
BODY_BYTES = (7_000, 12_600)  # blocks overshoot a little, so the mean comes to about 10 KB


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Hold what a feed says of one entry; `body` is HTML, the rest is plain text."""

    guid: str
    link: str
    title: str
    published: datetime
    author: str
    categories: Words
    summary: str
    body: str


def is_chinese(source: int) -> bool:
    """Tell the language of a source: half are Chinese, among each tenth of them too."""
    return (source + source // 10) % 2 == 0


def published(source: int, number: int) -> datetime:
    """Date entry `number` of a source: a few hours apart, and no two sources in step."""
    return FIRST_DAY + timedelta(hours=7 * number, minutes=source % 411, seconds=source % 59)


def write_entry(seed: int, source: int, number: int) -> Entry:
    """Write entry `number` of a source; numbers grow with time, from 1."""
    rng = random.Random(f"{seed}:{source}:{number}")
    writer = Writer(rng, ZH if is_chinese(source) else EN, f"https://site{source}.example.com")
    mentions = writer.mentions()
    return Entry(
        guid=f"site{source}-{number}" if source % 2 else f"{writer.site}/?p={number}",
        link=f"{writer.site}/p/{number}.html?utm_source=feed&utm_medium=rss&from={number}",
        title=writer.title(mentions),
        published=published(source, number),
        author=rng.choice(writer.words.authors),
        categories=tuple(rng.sample(writer.words.categories, rng.randint(1, 3))),
        summary=writer.sentence() + writer.gap + writer.sentence(),
        body=writer.body(mentions),
    )


class Writer:
    """Assemble sentences and HTML at random from one vocabulary."""

    def __init__(self, rng: random.Random, words: Vocabulary, site: str) -> None:
        """Write for the site whose URL, without a slash at the end, is `site`."""
        self.rng = rng
        self.words = words
        self.site = site
        self.chinese = words is ZH
        self.gap = "" if self.chinese else " "

    def mentions(self) -> Words:
        """Draw the words that rules look for: in most articles there are none."""
        rng, words = self.rng, self.words
        found = [rng.choice(pair) for pair in words.topics.values() if rng.random() < TOPIC_SHARE]
        if rng.random() < HIT_SHARE:
            found.append(rng.choice(words.hit))
        if rng.random() < DECOY_SHARE:
            found.append(rng.choice(words.decoy))
        return tuple(found)

    def clause(self) -> str:
        """Say one thing; almost no two clauses of a whole load are the same."""
        pick, words = self.rng.choice, self.words
        subject, verb = pick(words.subjects), pick(words.verbs)
        adverb, noun = pick(words.adverbs), pick(words.nouns)
        if self.chinese:
            return f"{subject}{adverb}{verb}{pick(words.adjectives)}的{noun}"
        return f"{subject} {adverb} {verb} the {pick(words.adjectives)} {noun}"

    def sentence(self) -> str:
        """Join clauses the way the language does, now and then with a figure or a quotation."""
        return self._chinese_sentence() if self.chinese else self._english_sentence()

    def _chinese_sentence(self) -> str:
        rng, kind = self.rng, self.rng.random()
        clauses = "，".join(self.clause() for _ in range(rng.randint(1, 3)))
        if kind < 0.12:
            return f"“{clauses}，”{rng.choice(self.words.authors)}说，“{self._tail()}。”"
        if kind < 0.24:
            return f"{clauses}，约占 {rng.randint(1, 99)}.{rng.randint(0, 9)}%（{self._tail()}）。"
        if kind < 0.3:
            return f"《{rng.choice(self.words.nouns)}》第 {rng.randint(2, 400)} 期写道：{clauses}！"
        return f"{clauses}，{self._tail()}。" if kind < 0.6 else f"{clauses}。"

    def _english_sentence(self) -> str:
        rng, kind = self.rng, self.rng.random()
        first = self.clause()
        first = first[0].upper() + first[1:]
        if kind < 0.12:
            return f"“{first},” said {rng.choice(self.words.authors)}, {self._tail()}."
        if kind < 0.24:
            return f"{first} for ${rng.randint(2, 9_000):,}, {self._tail()}."
        if kind < 0.5:
            return f"{first}, and {self.clause()}, {self._tail()}."
        return f"{first}; {self.clause()}." if kind < 0.75 else f"{first}."

    def _tail(self) -> str:
        return self.rng.choice(self.words.tails)

    def title(self, mentions: Words) -> str:
        """Write a headline as plain text, with the last mention in some of them."""
        text = self.clause()
        text = text if self.chinese else text[0].upper() + text[1:]
        if mentions and self.rng.random() < 0.6:
            return f"{mentions[-1]}：{text}" if self.chinese else f"{text}: {mentions[-1]} & more"
        return f"{text}？" if self.rng.random() < 0.1 else text

    def body(self, mentions: Words) -> str:
        """Write HTML of some 10 KB of UTF-8, the mentions spread over its first paragraphs."""
        parts = [self._image(), *(self._mention(word) for word in mentions)]
        left = self.rng.randint(*BODY_BYTES) - sum(len(part.encode()) for part in parts)
        while left > 0:
            parts.append(self._block())
            left -= len(parts[-1].encode()) + 1
        return "\n".join(parts)

    def _block(self) -> str:
        return self.rng.choices(BLOCKS, BLOCK_WEIGHTS)[0](self)

    def _text(self, sentences: int) -> str:
        return escape(self.gap.join(self.sentence() for _ in range(sentences)), quote=False)

    def _mention(self, word: str) -> str:
        said = f"{self.clause()}，{word}，{self.clause()}。" if self.chinese else ""
        said = said or f"{self.clause().capitalize()}: {word}, and {self.clause()}."
        return f"<p>{self._text(1)}{self.gap}<strong>{said}</strong></p>"

    def _paragraph(self) -> str:
        return f"<p>{self._text(self.rng.randint(2, 6))}</p>"

    def _styled(self) -> str:
        rng, tag = self.rng, self.rng.choice(("strong", "em", "b", "span"))
        text = f"{self._text(1)}{self.gap}<{tag}>{self._text(1)}</{tag}>&nbsp;{self._text(1)}"
        return (
            f'<p class="text-{rng.randint(1, 6)}" data-block="{rng.randint(1000, 9999)}">{text}</p>'
        )

    def _link(self) -> str:
        rng = self.rng
        href = f"{self.site}/tag/{rng.randint(1, 900)}?page={rng.randint(1, 9)}&amp;sort=hot"
        anchor = rng.choice(self.words.nouns)
        link = f'<a href="{href}" target="_blank" rel="noopener">{anchor}</a>'
        return f"<p>{self._text(1)}{self.gap}{link}&mdash;{self._text(2)}</p>"

    def _tracking(self) -> str:
        rng = self.rng
        query = (
            f"utm_source=rss&amp;utm_campaign=c{rng.randint(1, 999)}&amp;spm=a{rng.random():.6f}"
        )
        href = f"https://go.example.net/r/{rng.getrandbits(40):x}?{query}"
        return f'<p><a href="{href}" data-track="body">{self._text(1)}</a>&hellip;</p>'

    def _image(self) -> str:
        rng = self.rng
        path = f"{rng.randint(2019, 2026)}/{rng.getrandbits(64):016x}.jpg"
        query = f"x-oss-process=resize,w_{rng.randint(300, 999)}&amp;q=80"
        size = f'width="{rng.randint(300, 1600)}" height="{rng.randint(200, 900)}"'
        src = f"https://img.example.net/{path}?{query}"
        image = f'<img src="{src}" {size} alt="{escape(self.clause())}">'
        return f'<p class="image-wrapper" data-ratio="0.{rng.randint(1, 99)}">{image}</p>'

    def _items(self) -> str:
        items = "".join(f"<li>{self._text(1)}</li>" for _ in range(self.rng.randint(2, 6)))
        tag = self.rng.choice(("ul", "ol"))
        return f"<{tag}>{items}</{tag}>"

    def _quote(self) -> str:
        return f"<blockquote><p>{self._text(self.rng.randint(1, 3))}</p></blockquote>"

    def _heading(self) -> str:
        return f'<h2 id="h-{self.rng.getrandbits(32):x}">{escape(self.clause())}</h2>'


BLOCKS: tuple[Callable[[Writer], str], ...] = (
    Writer._paragraph,
    Writer._styled,
    Writer._link,
    Writer._tracking,
    Writer._image,
    Writer._items,
    Writer._quote,
    Writer._heading,
)
BLOCK_WEIGHTS = (50, 12, 12, 4, 8, 5, 5, 4)
