"""Full-text search that knows Chinese: bigrams of folded text, asked for as phrases.

SQLite's trigram tokenizer finds nothing under three characters, which is most Chinese words.
"""

import json
import re

from aggregator.core.text import fold, plain_text

_CJK = "\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")
_PHRASE = re.compile(r'"([^"]+)"|(\S+)')


def index_words(text: str) -> str:
    """Give the words to index: each CJK run as its bigrams and its last character, others whole."""
    return " ".join(word for run in _RUN.findall(fold(text)) for word in _run_words(run))


def _run_words(run: str) -> list[str]:
    if not _IS_CJK.match(run):
        return [run]
    return [*map("".join, zip(run, run[1:], strict=False)), run[-1]]


def match_expression(query: str) -> str:
    """Turn what a person typed into an FTS5 expression; empty when it holds no word.

    Words parted by spaces must all occur; what stands in double quotes must occur as it is.
    """
    phrases = (_phrase(quoted or plain) for quoted, plain in _PHRASE.findall(query))
    return " AND ".join(phrase for phrase in phrases if phrase)


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


def words_of(title: str, tags: str, body: str, summary: str) -> str:
    """Give the words of an article's columns."""
    return index_words("\n".join((title, " ".join(json.loads(tags)), plain_text(body or summary))))
