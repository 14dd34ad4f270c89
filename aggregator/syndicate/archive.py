"""Article files: where each one goes, and writing it there and nowhere else."""

import re
import unicodedata
from pathlib import Path

from aggregator.core.article import Article
from aggregator.core.frontmatter import article_file, render
from aggregator.core.source import Source
from aggregator.errors import ArticleFileError
from aggregator.syndicate.files import replace_file, sync_folder

_SLUG_BYTES = 60
_NOT_SLUG = re.compile(r"[^\w]+")


def article_path(template: str, article: Article) -> str:
    """Fill a path template, which has to hold `{id}`; every field is safe as a part of a path.

    Titles become slugs of 60 bytes at most, so that "..", "/" and NUL cannot occur in them.
    """
    date = article.date
    fields = {
        "source": article.source,
        "year": f"{date:%Y}",
        "month": f"{date:%m}",
        "day": f"{date:%d}",
        "date": f"{date:%Y-%m-%d}",
        "slug": slug(article.title),
        "id": article.id,
    }
    return template.format_map(fields)


def slug(title: str) -> str:
    """Make a file name part of a title: letters and digits of any script, joined by hyphens."""
    words = _NOT_SLUG.sub("-", unicodedata.normalize("NFC", title)).casefold()
    cut = words.encode()[:_SLUG_BYTES].decode(errors="ignore")
    return cut.strip("-_") or "article"


class Archive:
    """The folder of article files; writes below it only, whatever links stand in the way."""

    def __init__(self, root: Path, template: str, keys: tuple[str, ...]) -> None:
        self._root = root
        self._template = template
        self._keys = keys
        self._checked: set[Path] = set()

    def write(self, article: Article, source: Source, path: str) -> str:
        """Write an article's file and return its path below the root.

        `path` is where the file is already, so that a new title does not move it, or "". The write
        is durable after the next `sync`.
        """
        relative = path or article_path(self._template, article)
        target = self._root / relative
        self._check_folder(target.parent)
        replace_file(target, render(article_file(article, source, self._keys)).encode())
        return relative

    def sync(self) -> None:
        """Make what was written since the last call durable."""
        for folder in self._checked:
            sync_folder(folder)
        self._checked.clear()

    def _check_folder(self, folder: Path) -> None:
        if folder in self._checked:
            return
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.resolve().is_relative_to(self._root.resolve()):
            raise ArticleFileError(
                f"{folder} leads out of the archive", "remove the link that stands in its place"
            )
        self._checked.add(folder)
