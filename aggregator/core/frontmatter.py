"""Article ↔ front-matter text, both ways, to the byte of the format in docs/article-format.md."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from types import MappingProxyType

from aggregator.core.article import Article
from aggregator.core.identity import content_hash
from aggregator.core.rules import Verdict
from aggregator.core.source import Source
from aggregator.errors import ArticleFileError

_OPEN = "\n---\n"
_CLOSE = "---\n\n<div>   \n"
_END = "  \n</div>\n            "
# What a plain YAML scalar can hold without being read as something else (YAML 1.1 §9.1.3), kept
# narrow: no indicator at the start, no ": ", no " #", nothing a reader takes for another type.
_PLAIN = re.compile(
    r"(?![-?:,\[\]{}#&*!|>'\"%@`\s=<])[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff:#]*[^\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff:#]"
)
_TYPED = re.compile(
    r"(?:~|null|true|false|yes|no|on|off|y|n|[-+]?\.(?:inf|nan)"
    r"|[-+.]?[0-9][0-9a-fxob_.,:eE+\-T ]*)",
    re.IGNORECASE,
)
MATCHED = "matched"
_NEEDS_ESCAPES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
OPTIONAL_KEYS = (
    "link",
    "guid",
    "source",
    "tags",
    "language",
    "authors",
    "summary",
    "enclosures",
    "origin",
    "season",
    "episode",
    "updated",
    "first_seen",
    "undated",
    "content_hash",
    MATCHED,
)
_LISTS = frozenset(("tags", "authors", "enclosures", "origin"))
_ALWAYS = ("title", "categories", "headimg", "author", "comments", "date", "thumbnail")
STYLES = ("hexo", "hugo", "jekyll")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFile:
    """What an article file holds. `date` is the text after `date:`; `extra` are the optional keys,
    each with its value or values, in the order of `OPTIONAL_KEYS`. `matched` are the outputs that
    keep the article, each with the terms that decided. `ignored` are the keys that are not known
    here."""

    title: str
    categories: tuple[str, ...]
    image: str
    author: str
    date: str
    body: str
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    matched: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime | None:
        """The date as aware UTC; None when it is in no form that is known."""
        return moment_of(self.date)

    def values(self, key: str) -> tuple[str, ...]:
        """Give the values of an optional key; none where it is not there."""
        return dict(self.extra).get(key, ())

    def value(self, key: str) -> str:
        """Give the one value of an optional key, "" where it is not there."""
        return next(iter(self.values(key)), "")


def moment_of(stated: str) -> datetime | None:
    """Read a date as aware UTC; None when it is in no form that is known."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(stated)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None


def article_file(
    article: Article,
    source: Source,
    keys: tuple[str, ...] = (),
    verdicts: Mapping[str, Verdict] = MappingProxyType({}),
) -> ArticleFile:
    """Lay out an article for its file; `keys` are the optional ones that feeds.toml asks for,
    `verdicts` those of the outputs that keep it."""
    return ArticleFile(
        title=article.title,
        categories=source.categories,
        image=article.image,
        author=source.name,
        date=format_datetime(article.date.astimezone(UTC), usegmt=True),
        body=article.body,
        extra=tuple(_extra(article, keys)),
        matched=tuple((name, one.terms) for name, one in sorted(verdicts.items()))
        if MATCHED in keys
        else (),
    )


def _extra(article: Article, keys: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, values in _values(article).items() if keys else ():
        if key in keys and any(values):
            yield key, values


def _values(article: Article) -> dict[str, tuple[str, ...]]:
    origin, hashed = article.origin, content_hash(*article.noticed)
    return {
        "link": (article.link,),
        "guid": (article.guid,),
        "source": (article.source,),
        "tags": article.tags,
        "language": (article.language,),
        "authors": article.authors,
        "summary": (article.summary,),
        "enclosures": tuple(
            f"{one.url} {one.length} {one.duration} {one.type}".rstrip()
            for one in article.enclosures
        ),
        "origin": (origin.title, origin.url, origin.link) if origin else (),
        "season": (str(article.season or ""),),
        "episode": (str(article.episode or ""),),
        "updated": (article.updated.isoformat() if article.updated else "",),
        "first_seen": (article.first_seen.isoformat(),),
        "undated": ("" if article.published else "true",),
        # Only where it is not that of what the file says: the text was read from its page.
        "content_hash": (article.content_hash.hex() if article.content_hash != hashed else "",),
    }


def render(page: ArticleFile, style: str = "hexo") -> str:
    """Write the text of an article file; only Hexo's has an empty line first (see `STYLES`)."""
    image = _quoted(page.image)
    lines = [
        f"title: {_quoted(page.title)}",
        "categories: ",
        *(f" - {_scalar(category)}" for category in page.categories),
        f"headimg: {image}",
        f"author: {_scalar(page.author)}",
        "comments: false",
        f"date: {page.date}",
        f"thumbnail: {image}",
        *_extra_lines(page),
    ]
    body = page.body.replace("{", "&#123;").replace("}", "&#125;")
    text = f"{_OPEN}{chr(10).join(lines)}\n{_CLOSE}{body}{_END}"
    return text if style == "hexo" else text.removeprefix("\n")


def _extra_lines(page: ArticleFile) -> list[str]:
    lines = []
    for key, values in page.extra:
        if key in _LISTS:
            lines += [f"{key}:", *(f" - {_quoted(value)}" for value in values)]
        else:
            lines.append(f"{key}: {_quoted(values[0])}")
    if page.matched:
        lines.append(f"{MATCHED}:")
    for output, terms in page.matched:
        lines.append(f" {_scalar(output)}: [{', '.join(map(_quoted, terms))}]")
    return lines


def read(text: str) -> ArticleFile:
    """Read an article file back; raises ArticleFileError for a text that is none."""
    head, opened, rest = text.removeprefix("\n").removeprefix("---\n").partition("\n---\n")
    if not opened or not text.lstrip("\n").startswith("---\n"):
        raise ArticleFileError(
            "not an article file: no front matter between two lines of ---",
            "the format is described in docs/article-format.md",
        )
    fields = _fields(head)
    extra = tuple(
        (key, _texts(fields[key])) for key in OPTIONAL_KEYS if key in fields and key != MATCHED
    )
    matched = fields.get(MATCHED)
    return ArticleFile(
        title=_text(fields, "title"),
        categories=_texts(fields.get("categories")),
        image=_text(fields, "headimg"),
        author=_text(fields, "author"),
        date=_text(fields, "date"),
        body=_body(rest),
        extra=extra,
        matched=tuple((name, _texts(terms)) for name, terms in matched.items())
        if isinstance(matched, dict)
        else (),
        ignored=tuple(str(key) for key in fields if key not in (*_ALWAYS, *OPTIONAL_KEYS)),
    )


def _fields(head: str) -> dict[str, object]:
    import yaml  # only reading needs it, and most commands only write

    try:
        # The base loader leaves every scalar a text: the title '2021' stays one.
        fields = yaml.load(head, Loader=yaml.BaseLoader)  # noqa: S506 - builds only str, list, dict
    except (yaml.YAMLError, RecursionError) as error:
        raise ArticleFileError(f"the front matter is not YAML: {error}") from error
    if not isinstance(fields, dict):
        raise ArticleFileError("the front matter holds no keys")
    return fields


def _text(fields: dict[str, object], key: str) -> str:
    value = fields.get(key, "")
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(one for one in value if isinstance(one, str))
    return (value,) if isinstance(value, str) and value else ()


def _body(rest: str) -> str:
    opening = _CLOSE.removeprefix("---\n")
    body = rest.removeprefix(opening).removesuffix(_END)
    return body.replace("&#123;", "{").replace("&#125;", "}")


def _scalar(value: str) -> str:
    """Write a scalar plain where YAML reads the same text back, else quoted."""
    if _PLAIN.fullmatch(value) and not _TYPED.fullmatch(value):
        return value
    return _quoted(value)


def _quoted(value: str) -> str:
    """Write single quotes; double ones where line ends or controls have to be escaped."""
    if _NEEDS_ESCAPES.search(value):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + _NEEDS_ESCAPES.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped) + '"'
    return "'" + value.replace("'", "''") + "'"
