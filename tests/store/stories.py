"""Made-up stories and what outlets make of them, for tests of what is the same article."""

import random
from datetime import timedelta

from aggregator.core.entry import Entry
from tests.store.records import NOW

_CHINESE = (
    "城市 港口 工程师 检修 电缆 夜班 数据 观察 报告 显示 居民 广场 市集 书店 老板 学生 "
    "课程 机器 仓库 司机 路线 天气 台风 河岸 桥梁 预算 委员会 讨论 方案 投票 结果 公布 "
    "记者 现场 采访 居委会 志愿者 清晨 电台 播音 唱片 乐队 排练 剧院 灯光 观众 票价 "
    "折扣 渡轮 码头 渔船 养殖 水温 监测 芯片 封装 良率"
).split()
_ENGLISH = (
    "harbour engineer cable night shift survey report square market bookshop owner student course "
    "robot warehouse driver route weather storm river bridge budget council proposal vote result "
    "reporter scene volunteer morning radio record band rehearsal theatre light audience ticket "
    "ferry dock boat farm water sensor chip yield library archive garden museum signal tower"
).split()


class Story:
    """A story of so many words; the same seed tells the same story."""

    def __init__(self, seed: int, *, chinese: bool = True, words: int = 160) -> None:
        rng = random.Random(f"{seed}:{chinese}")
        self.chinese = chinese
        self.gap = "" if chinese else " "
        self.seed = seed
        vocabulary = _CHINESE if chinese else _ENGLISH
        self.title = self.gap.join(rng.choice(vocabulary) for _ in range(7))
        self.words = [rng.choice(vocabulary) for _ in range(words)]
        self.hour = rng.randrange(72)

    def text(self, *, first: int = 0, last: int | None = None) -> str:
        """Give its words, or some of them."""
        return self.gap.join(self.words[first:last])

    def entry(self, guid: str = "", **fields: object) -> Entry:
        """Make an entry of it; `fields` are fields of Entry, `content` plain text."""
        stated: dict[str, object] = {
            "guid": guid or f"story-{self.seed}",
            "title": self.title,
            "content": self.text(),
            "published": NOW - timedelta(hours=self.hour),
        }
        return Entry(**(stated | fields))  # type: ignore[arg-type]
