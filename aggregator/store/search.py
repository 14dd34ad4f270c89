"""Full-text search that knows Chinese: bigrams of folded text, asked for as phrases.

SQLite's trigram tokenizer finds nothing under three characters, which is most Chinese words.
"""

import json
import re
from collections.abc import Iterable
from itertools import pairwise

from aggregator.core.article import Article
from aggregator.core.text import fold, plain_text
from aggregator.store import rows, search_rebuild
from aggregator.store.database import Database
from aggregator.store.rule_texts import unpack

_CJK = "\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")
_STALE_PAGES = 1000  # of an index, a good 4 KB each
_PHRASE = re.compile(r'"([^"]+)"|(\S+)')


def index_words(text: str) -> str:
    """Give the words to index: each CJK run as its bigrams and its last character, others whole."""
    return _words(fold(text))


def _words(folded: str) -> str:
    return " ".join(word for run in _RUN.findall(folded) for word in _run_words(run))


def _run_words(run: str) -> list[str]:
    if not _IS_CJK.match(run):
        return [run]
    return [*map("".join, pairwise(run)), run[-1]]


def match_expression(query: str) -> str:
    """Turn what a person typed into an FTS5 expression; empty when it holds no word.

    Words parted by spaces must all occur; what stands in double quotes must occur as it is.
    """
    phrases = (_phrase(one) for one in typed(query))
    return " AND ".join(phrase for phrase in phrases if phrase)


def typed(query: str) -> list[str]:
    """List the words and quoted phrases of what a person typed."""
    return [quoted or plain for quoted, plain in _PHRASE.findall(query)]


def _phrase(text: str) -> str:
    runs = _RUN.findall(fold(text))
    if not runs:
        return ""
    words = [word for run in runs[:-1] for word in _run_words(run)]
    last = runs[-1]
    if not _IS_CJK.match(last):
        return f'"{" ".join([*words, last])}"'
    # In the text the last run may go on: its final character alone is not a word there, but the
    # beginning of one.
    if len(last) == 1:
        return f'"{" ".join([*words, last])}" *'
    return f'"{" ".join([*words, *_run_words(last)[:-1]])}"'


def words_of(title: str, tags: str, body: str, summary: str, kept: bytes | None = None) -> str:
    """Give the words of an article's columns, faster where they are kept folded."""
    if kept is not None:
        texts, *_ = unpack(kept)
        return _words("\n".join((texts["title"], texts["tags"], texts["body"])))
    return index_words("\n".join((title, " ".join(json.loads(tags)), plain_text(body or summary))))


def backlog(database: Database) -> int:
    """Count the articles that search does not know yet."""
    return int(database.db.execute("SELECT count(*) FROM search_pending").fetchone()[0])


def index(database: Database, limit: int) -> int:
    """Make articles findable, the longest waiting first; return how many."""
    sql = "SELECT article FROM search_pending ORDER BY article LIMIT ?"
    numbers = [n for (n,) in database.db.execute(sql, [limit])]
    words = _words_of(database, numbers)
    with database.transaction():
        search_rebuild.put(database, words)
        database.connection.executemany(
            "DELETE FROM search_pending WHERE article = ?", [(n,) for n in numbers]
        )
    return len(numbers)


def _words_of(database: Database, numbers: Iterable[int]) -> list[tuple[int, str]]:
    sql = """SELECT n, title, tags, body, summary, texts FROM json_each(?) AS one
        CROSS JOIN article ON n = one.value LEFT JOIN rule_text ON rule_text.article = n"""
    found = database.db.execute(sql, [json.dumps(list(numbers))])
    return [(n, words_of(*rest)) for n, *rest in found]


def rebuild(database: Database, limit: int, may_be_dead: int = search_rebuild.MAY_BE_DEAD) -> bool:
    """Make the index anew where too much of it is dead, so many articles at a time; say whether
    there is more to do."""
    if search_rebuild.is_stale(database):
        search_rebuild.empty(database, _STALE_PAGES)
        return True
    if not search_rebuild.is_under_way(database):
        if not search_rebuild.is_due(database, may_be_dead):
            return False
        search_rebuild.begin(database)
    if numbers := search_rebuild.behind(database, limit):
        search_rebuild.copy(database, _words_of(database, numbers), numbers[-1])
    else:
        search_rebuild.swap(database)
    return True


def find(database: Database, query: str, limit: int) -> list[Article]:
    """Find articles, newest first; nothing for a query without a word."""
    expression = match_expression(query)
    if not expression:
        return []
    sql = """SELECT article.* FROM search_index
        JOIN search_document ON search_document.n = search_index.rowid
        JOIN article ON article.n = search_document.article
        WHERE search_index MATCH ?
        ORDER BY coalesce(published, first_seen) DESC, article.n DESC LIMIT ?"""
    return [rows.article(row) for row in database.db.query(sql, [expression, limit])]
