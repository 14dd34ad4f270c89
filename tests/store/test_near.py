"""Which articles are found to be nearly the same, and that it does not matter who comes first."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from aggregator.core.entry import Entry
from aggregator.store import anchors, near
from aggregator.store.database import Database
from aggregator.store.outcomes import Recorded
from tests.store.records import NOW, poll
from tests.store.stories import Story

Poll = tuple[str, tuple[Entry, ...]]
INTRO = "编者按：本文由合作媒体供稿，小编略有删改，文中观点不代表本台立场，转载请先联系我们。"
OUTRO = "如果你喜欢这篇文章，欢迎关注我们的公众号，第一时间看到更多好内容，也欢迎把它转给朋友们。"


def partition(database: Database) -> set[frozenset[str]]:
    """Give the clusters as sets of source and guid."""
    found: dict[str, set[str]] = {}
    for cluster, source, guid in database.db.execute("SELECT cluster, source, guid FROM article"):
        found.setdefault(cluster, set()).add(f"{source}/{guid}")
    return {frozenset(members) for members in found.values()}


def together(database: Database) -> set[frozenset[str]]:
    """Give the clusters of more than one."""
    return {members for members in partition(database) if len(members) > 1}


def reasons(database: Database) -> dict[str, str]:
    """Say by what each duplicate joined its cluster."""
    sql = "SELECT source, reason FROM article WHERE reason <> ''"
    return {source: reason.split()[0] for source, reason in database.db.execute(sql)}


EDITS = {
    "spaces between scripts and half-width signs": lambda one: one.entry(
        content="，".join(one.words).replace("，", ", ")
    ),
    "an intro and an outro of the outlet": lambda one: one.entry(
        content=f"{INTRO}{one.text()}{OUTRO}", title=f"{one.title}｜最前线"
    ),
    "cut short": lambda one: one.entry(content=f"{one.text(last=40)}…"),
    "cut short under a new title": lambda one: one.entry(
        content=f"{one.text(last=40)}…", title="刚刚，一件谁也没有想到的事情发生了"
    ),
    "a new title": lambda one: one.entry(title="刚刚，一件谁也没有想到的事情发生了"),
    "some sentences left out": lambda one: one.entry(
        content=one.text(last=50) + one.text(first=70, last=110) + one.text(first=120)
    ),
}


@pytest.mark.parametrize("chinese", [True, False], ids=["Chinese", "English"])
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edited_copy_in_another_source_joins_the_cluster(
    database: Database, edit: object, chinese: bool
) -> None:
    story = Story(1, chinese=chinese)
    poll(database, story.entry(), Story(2, chinese=chinese).entry())

    recorded = poll(database, edit(story), source="other")  # type: ignore[operator]

    assert recorded == Recorded(duplicates=1, outputs=frozenset(("all",)))
    assert together(database) == {frozenset(("paper/story-1", "other/story-1"))}


def test_two_of_one_poll_are_compared_with_each_other(database: Database) -> None:
    story = Story(1)
    edited = EDITS["some sentences left out"](story)

    poll(database, story.entry(), replace(edited, guid="copy", link="https://paper.example/copy"))

    assert together(database) == {frozenset(("paper/story-1", "paper/copy"))}


def test_a_traditional_copy_joins_the_cluster(database: Database) -> None:
    simple = (
        "这个软件的视频功能支持离线缓存，用户可以在地铁里观看节目，下载的内容会保存三十天。" * 2
    )
    traditional = (
        "這個軟體的影片功能支援離線快取，使用者可以在捷運裡觀看節目，下載的內容會儲存三十天。" * 2
    )
    poll(database, Story(1).entry(title="软件更新了视频功能，可以离线观看", content=simple))

    poll(
        database,
        Story(1).entry(title="軟體更新了影片功能，可以離線觀看", content=traditional),
        source="other",
    )

    assert len(together(database)) == 1


def test_the_reason_names_the_measure_and_its_value(database: Database) -> None:
    poll(database, Story(1).entry())
    poll(database, Story(1).entry(content=Story(1).text(last=150)), source="text")
    poll(
        database,
        Story(1).entry(content=f"{Story(1).text(last=40)}…", title="刚刚，谁也没有想到"),
        source="part",
    )

    assert reasons(database) == {"text": "text", "part": "part"}


def test_different_stories_stay_apart(database: Database) -> None:
    for source in range(4):
        poll(
            database,
            *(Story(100 * source + n, chinese=n % 2 == 0).entry() for n in range(20)),
            source=f"s{source}",
        )

    assert together(database) == set()


def test_the_same_template_with_other_numbers_is_related_only(database: Database) -> None:
    text = Story(1).text()
    poll(database, Story(1).entry(title="城市数据周报（第 403 期）：一周观察", content=text))

    poll(
        database,
        Story(1).entry(title="城市数据周报（第 404 期）：一周观察", content=text[:-30]),
        source="other",
    )

    assert together(database) == set()
    assert [one[0] for one in database.db.execute("SELECT bond FROM tie")] == ["related"]


def digest_of(*stories: Story) -> Entry:
    content = "".join(one.text(last=60) for one in stories)
    return Story(99).entry(title="早报：昨夜今晨的八件大事", content=content)


@pytest.mark.parametrize("comes", ["first", "last", "between"])
def test_a_digest_is_related_to_what_it_holds_and_hides_nothing(
    database: Database, comes: str
) -> None:
    items = [Story(n) for n in (1, 2, 3)]
    polls: list[Poll] = [(f"s{one.seed}", (one.entry(content=one.text(last=60)),)) for one in items]
    polls.insert({"first": 0, "between": 1, "last": 3}[comes], ("morning", (digest_of(*items),)))

    replay(database, polls)

    assert together(database) == set()


@pytest.mark.parametrize("comes", [0, 1, 2])
def test_a_digest_of_items_that_go_on_elsewhere_hides_none_of_them(
    database: Database, comes: int
) -> None:
    items = [Story(n).entry(content=f"{Story(n).text(last=25)}…") for n in (1, 2)]
    digest = Story(99).entry(
        title="早报：昨夜今晨的八件大事", content="".join(one.content for one in items)
    )
    polls: list[Poll] = [(f"s{n}", (one,)) for n, one in enumerate(items)]
    polls.insert(comes, ("morning", (digest,)))

    replay(database, polls)

    assert together(database) == set()


def test_what_a_source_writes_under_all_its_articles_makes_none_the_same(
    database: Database,
) -> None:
    under = Story(50).text(last=45)
    for n in range(4):
        short = Story(n, words=8)
        poll(database, short.entry(content=under + short.text()), source="one")
        other = Story(20 + n, words=8)
        poll(database, other.entry(content=under + other.text()), source="two")

    assert together(database) == set()


def test_a_story_in_thirty_sources_is_one(database: Database) -> None:
    for n in range(30):
        poll(
            database, Story(1).entry(title=f"{Story(1).title}{Story(n).title[:2]}"), source=f"s{n}"
        )

    assert [len(members) for members in partition(database)] == [30]


def test_episodes_with_one_standing_description_stay_apart(database: Database) -> None:
    for week in range(5):
        titled = Story(week, words=10)
        poll(
            database,
            titled.entry(
                content=Story(80).text(last=90) + titled.text(),
                published=NOW - timedelta(weeks=week),
            ),
            source="podcast",
        )

    assert together(database) == set()


def a_day(rng: random.Random) -> list[Poll]:
    """Make up the polls of a day: originals, copies of every kind, digests, series, boilerplate,
    pages that many entries share, an entry that comes back under a new guid."""
    stories = [Story(n, chinese=n % 3 > 0, words=rng.randint(15, 160)) for n in range(24)]
    polls: list[Poll] = []
    for source in range(8):
        taken = rng.sample(stories, 6)
        edits = list(EDITS.values())
        entries = [replace(rng.choice(edits)(one), guid=f"{one.seed}") for one in taken]
        entries.append(
            Story(0).entry(
                guid="page", link="https://shared.example/page", title=f"更新 {source % 2} 之日志"
            )
        )
        if source < 3:
            under = Story(700).text(last=40)
            entries += [
                Story(300 + 10 * source + n, words=6).entry(
                    guid=f"b{n}", content=under + Story(300 + 10 * source + n, words=6).text()
                )
                for n in range(3)
            ]
        if source == 4:
            entries.append(replace(digest_of(*rng.sample(stories, 3)), guid="digest"))
        polls += [
            (f"s{source}", tuple(entries[start : start + 3])) for start in range(0, len(entries), 3)
        ]
    return polls


def replay(database: Database, polls: Iterable[Poll]) -> None:
    for source, entries in polls:
        poll(database, *entries, source=source)


@pytest.mark.parametrize("seed", range(6))
def test_a_day_in_another_order_gives_the_same_clusters(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    polls = a_day(rng)
    found = []
    for turn in range(3):
        database = Database(tmp_path / f"{turn}.db")
        replay(database, polls)
        found.append(partition(database))
        database.close()
        rng.shuffle(polls)

    assert found[1:] == [found[0]] * 2
    assert any(len(members) > 1 for members in found[0])


PAGE = "https://shared.example/page"


def test_a_page_that_serves_several_entries_of_a_source_ties_nobody_in_any_order(
    tmp_path: Path,
) -> None:
    polls: list[Poll] = [
        ("log", (Story(1).entry("1", link=PAGE),)),
        ("log", (Story(2).entry("2", link=PAGE),)),
        ("other", (Story(3).entry("x", link=PAGE),)),
    ]
    found = []
    for turn, order in enumerate(permutations(polls)):
        database = Database(tmp_path / f"{turn}.db")
        replay(database, order)
        found.append(together(database))
        database.close()

    assert found == [set()] * 6


def test_what_more_than_twenty_articles_begin_with_says_nothing(database: Database) -> None:
    learned = []
    for n in range(1, 23):
        poll(database, Story(n).entry(content=f"{INTRO}{Story(n).text()}"), source=f"paper-{n}")
        learned.append(database.db.execute("SELECT count(*) FROM boilerplate").fetchone()[0])

    assert learned[:20] == [0] * 20
    assert learned[20] > 1
    assert together(database) == set()


_NEW = (
    "anchor", "recent_anchor", "boilerplate", "tie", "anchor_pending", "tombstone", "renumbering",
)  # fmt: skip


def test_what_an_older_version_stored_is_indexed_and_tied(path: Path) -> None:
    database = Database(path)
    poll(database, Story(1).entry())
    poll(database, Story(1).entry(link="https://a.example/"), source="exact")
    poll(database, Story(2).entry())
    for table in _NEW:
        database.db.execute(f"DROP TABLE {table}")
    of_them = "('m003_near', 'm014_recent_anchors')"
    database.db.execute(f"DELETE FROM _sqlite_migrations WHERE name IN {of_them}")
    database.close()

    database = Database(path)
    waiting = anchors.pending(database, 9)
    before = partition(database)
    while near.catch_up(database, 2):
        pass
    cut = Story(2).entry(content=f"{Story(2).text(last=40)}…")  # the index alone finds it
    poll(database, cut, source="other")

    assert (waiting, anchors.pending(database, 9)) == ([1, 2, 3], [])
    assert before == {frozenset(("paper/story-1", "exact/story-1")), frozenset(("paper/story-2",))}
    assert together(database) == {
        frozenset(("paper/story-1", "exact/story-1")),
        frozenset(("paper/story-2", "other/story-2")),
    }
    database.close()
