"""Article files: where each one goes, and writing it there and nowhere else."""

import os
import re
import stat
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator.core.article import Article
from aggregator.core.source import Source
from aggregator.errors import ArticleFileError
from aggregator.syndicate.files import Replacement, delete

if TYPE_CHECKING:
    from aggregator.core.rules import Verdict

_SLUG_BYTES = 60
_NOT_SLUG = re.compile(r"[^\w]+")


def article_path(template: str, article: Article) -> str:
    """Fill a path template, which has to hold `{id}`; every field is safe as a part of a path.

    Titles become slugs of 60 bytes at most, so that "..", "/" and NUL cannot occur in them.
    """
    date = article.date
    fields = {
        "source": article.source,
        "year": f"{date.year}",
        "month": f"{date.month:02}",
        "day": f"{date.day:02}",
        "date": f"{date.date()}",
        "slug": slug(article.title),
        "id": article.id,
    }
    return template.format_map(fields)


def slug(title: str) -> str:
    """Make a file name part of a title: letters and digits of any script, joined by hyphens."""
    words = _NOT_SLUG.sub("-", unicodedata.normalize("NFC", title)).casefold()
    cut = words.encode()[:_SLUG_BYTES].decode(errors="ignore")
    return cut.strip("-_") or "article"


def _says(path: str, content: bytes) -> bool:
    """Say whether a file of its own, and no link, has this content."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode) and Path(path).read_bytes() == content
    except OSError:
        return False


class Archive:
    """The folder of article files; writes below it only, whatever links stand in the way."""

    def __init__(
        self, root: Path, template: str, keys: tuple[str, ...], style: str = "hexo"
    ) -> None:
        self.root = root
        self._root = str(root)  # what each file's path is put together from, faster than a Path is
        self._template = template
        self._keys = keys
        self._style = style
        self._inside: set[str] = set()  # folders that were looked at and made

    def replacement(self) -> Replacement:
        """Begin to replace files.

        The temp files are made in one folder and not beside their targets: ext4 makes many files
        faster in one folder than in many, and moving them costs little.
        """
        folder = self.root / ".new"
        folder.mkdir(parents=True, exist_ok=True)
        return Replacement(folder)

    @property
    def wants_verdicts(self) -> bool:
        """Say whether files tell which outputs keep their article, and why."""
        from aggregator.core.frontmatter import MATCHED

        return MATCHED in self._keys

    def stage(
        self,
        files: Replacement,
        article: Article,
        source: Source,
        path: str,
        verdicts: "Mapping[str, Verdict]" = MappingProxyType({}),
    ) -> str:
        """Add an article's file to those about to be replaced; return its path below the root.

        `path` is where the file is already, so that a new title does not move it, or "". A file
        that says the same is left alone, its time as well.
        """
        # Not at the top: most polls write no file.
        from aggregator.core.frontmatter import article_file, render

        relative = path or article_path(self._template, article)
        target = f"{self._root}/{relative}"
        self._make_folder(target.rpartition("/")[0])
        page = article_file(article, source, self._keys, verdicts)
        content = render(page, self._style).encode()
        if not _says(target, content):
            files.stage(target, content)
        return relative

    def holds(self, path: str) -> bool:
        """Say whether an article's file is where it was written."""
        return (self.root / path).is_file()

    def remove(self, path: str) -> None:
        """Delete an article's file."""
        target = self.root / path
        self._check_inside(target.parent)
        delete(target)

    def _make_folder(self, name: str) -> None:
        if name in self._inside:
            return
        folder = Path(name)
        self._check_inside(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._inside.add(name)

    def _check_inside(self, folder: Path) -> None:
        if not folder.resolve().is_relative_to(self.root.resolve()):
            raise ArticleFileError(
                f"{folder} leads out of the archive", "remove the link that stands in its place"
            )
