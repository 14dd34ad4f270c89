"""Which language an article is in: tags as sources state them, and what the text looks like.

Scripts tell most languages that are not written in Latin letters; their commonest words tell the
others. In doubt there is no answer: an output that asks for a language then leaves the article out,
and the source's `language` in feeds.toml puts it right.
"""

import re
import string
from collections import Counter
from functools import cache

_TAG = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_SAMPLE = 1000  # characters
_BEGINNING = 100
_LEAST_LETTERS = 8
_LEAST_TO_DOUBT = 20  # letters
_LEAST_SHARE = 0.5  # of the letters, for a script to decide

# Names that feeds state in place of a tag, and codes of three letters that have one of two.
_NAMES = {
    "english": "en", "chinese": "zh", "german": "de", "deutsch": "de", "french": "fr",
    "spanish": "es", "italian": "it", "japanese": "ja", "russian": "ru", "portuguese": "pt",
    "eng": "en", "zho": "zh", "chi": "zh", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr",
    "spa": "es", "ita": "it", "jpn": "ja", "rus": "ru", "por": "pt", "cn": "zh", "jp": "ja",
    "kr": "ko",
}  # fmt: skip

_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN = string.ascii_letters.encode()
_FOREIGN = re.compile("[^\x00-\x7f]+")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_KANA = re.compile("[\u3041-\u30fa]+")
_SCRIPTS = {
    "Hangul": "\uac00-\ud7a3",
    "Cyrillic": "\u0400-\u052f",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Hebrew": "\u05d0-\u05ea",
    "Greek": "\u0370-\u03ff",
    "Thai": "\u0e01-\u0e5b",
    "Devanagari": "\u0900-\u097f",
    "Latin": "\u00c0-\u024f\u1e00-\u1eff",
}
# The languages of a script, each with letters that those after it have not.
_OF_SCRIPT = {
    "Hangul": (("ko", ""),),
    "Cyrillic": (
        ("be", "[ўЎ]"), ("uk", "[іїєґІЇЄҐ]"), ("mk", "[ѓќѕЃЌЅ]"), ("sr", "[ђћјЂЋЈ]"),
        ("ru", "[ыэёЫЭЁ]"), ("bg", "[ъЪ]"), ("ru", ""),
    ),
    "Arabic": (("ur", "[ٹڈڑےں]"), ("fa", "[پچژگی]"), ("ar", "")),
    "Hebrew": (("he", ""),),
    "Greek": (("el", ""),),
    "Thai": (("th", ""),),
    "Devanagari": (("hi", ""),),
}  # fmt: skip
# Words that are common in a language. Several have some of them: what counts is who has most.
_WORDS = {
    "en": """the of and to is that for with on this are was it as from have you not by be at an in
        a how what why your new we our its their can will has but they who after or all more
        about into my when which there get do does just than out up over i""",
    "de": """der die und das ist nicht den von zu mit sich auf ein eine dem für im auch wie bei in
        des zum zur einen wird werden nach aus über noch sind es er sie wir ich was nur am an""",
    "fr": """le la les des est une dans pour qui sur pas avec au par plus sont cette du et ce aux l
        d qu un en à il elle nous vous se que mais ou leur ses son ont été être s""",
    "es": """el la los las una por con para se su al lo más como pero está sobre este ya del y un
        en que de es no sus son ha desde cuando muy sin entre también hasta a""",
    "it": """il la di che è per un una sono con del della non gli dei alla nel si anche più da i le
        l in ha al dal dell all nella delle degli ma come questo su tra e a""",
    "pt": """o a os as um uma para com não por mais do da dos das em no na ao que pela pelo e de se
        é são foi ser seu sua como mas nos nas à diz após""",
    "nl": """de het een van en is dat op te zijn met voor niet aan er ook bij door naar wordt in
        die was als maar om dan nog wel uit of heeft hij ze je wat over worden deze""",
    "pl": """na się do że nie jest to jak po od przez dla są oraz który tym za w z i o co ale tak
        czy już tego jego być było tylko może nad przed""",
    "sv": """och att det som en på är av för med den till inte om ett har från men sig var i de vi
        kan nu när efter eller hur ska blir under två deras får nya""",
    "da": """og at det som en på er af for med den til ikke der et har fra men sig de i vi kan nu
        når efter eller hvor skal blev om bliver""",
    "nb": """og at det som en på er av for med den til ikke der et har fra men seg de i vi kan nå
        når etter eller hvor skal ble om blir""",
    "fi": """ja on ei että oli se mutta ovat myös joka kun hän sen kuin niin ole tai jos mukaan
        sekä vain jo nyt ovat voi""",
    "cs": """a se na je že do pro jako jsou by ale podle který která které také už tak co po od za
        při bude byl jeho nebo ve k s v z o i""",
    "tr": """ve bir bu için ile da de olarak daha çok olan gibi kadar sonra ise en göre ne o değil
        her ama var""",
    "hu": """a az és hogy nem is egy volt meg csak mint ezt már még vagy ha de szerint van el ki be
        lesz""",
    "ro": """și de la în cu nu pe este care un o din pentru sunt mai fi că al ale sau a au prin
        după dar""",
    "vi": """và của là các có được trong cho không một những với người này đã để khi từ về vào ra ở
        năm""",
    "id": """yang dan di dari untuk pada dengan ini itu tidak dalam akan ada juga ke oleh sebagai
        bisa saat kami""",
}
_NOT_LATIN = frozenset(
    """am ar be bg bn el fa gu he hi hy ja ka km kn ko lo mk ml mr my ne pa ps ru si ta te th uk ur
    yi zh""".split()
)
_WORD = re.compile(r"(?<![\w'’])[^\W\d_]+")
_LEAST_WORDS = 2  # of a language, and a tenth of all
_LEAST_WORD_SHARE = 0.1
_LEAD = 1.2  # over the second


def normal_tag(stated: str) -> str:
    """Write a language tag as BCP 47 does ("zh-CN", "zh-Hans"); empty for what is none."""
    value = stated.strip().split(",")[0].strip()
    value = _NAMES.get(value.lower(), value)
    if not _TAG.fullmatch(value):
        return ""
    first, *others = re.split("[-_]", value)
    first = _NAMES.get(first.lower(), first.lower())
    return "-".join((first, *map(_subtag, others)))


def _subtag(stated: str) -> str:
    if len(stated) == 2:
        return stated.upper()
    return stated.title() if len(stated) == 4 and stated.isalpha() else stated.lower()


def detect(sample: str) -> str:
    """Name the language of a text by its script and commonest words; empty in doubt."""
    sample = sample[:_SAMPLE]
    script = _script(sample)
    if script == "Han":
        return "zh"
    if script == "Kana":
        return "ja"
    if script == "Latin":
        return _by_words(sample)
    return next((tag for tag, mark in _OF_SCRIPT.get(script, ()) if re.search(mark, sample)), "")


def likely(tag: str, sample: str) -> str:
    """Give the language that is stated where it can be true, else what the text looks like."""
    return tag if tag and fits(tag, sample) else detect(sample)


def fits(tag: str, sample: str) -> bool:
    """Say whether a text can be in the language that is stated for it, by its script.

    Software fills in a language where nobody stated one, mostly "en". A few words prove nothing: a
    title may be a name.
    """
    language = tag.partition("-")[0]
    if not _has_letters(sample):
        return True
    if language in _WORDS:  # in Latin letters: which language it is does not matter
        script = _script(sample[:_SAMPLE])
        return script in ("", "Latin") or detect(sample) not in _NOT_LATIN
    return (
        language not in _NOT_LATIN
        or _has_foreign_ends(sample)  # mostly, and sooner told than all of it
        or detect(sample) not in _WORDS
    )


def _has_foreign_ends(sample: str) -> bool:
    """Say whether a text both begins and ends in another script than Latin."""
    ends = (sample[:_BEGINNING], sample[:_SAMPLE][-_BEGINNING:])
    return all(_script(one) not in ("", "Latin") for one in ends)


def _has_letters(sample: str) -> bool:
    """Say whether there are letters enough to doubt by; mostly the beginning has them."""
    return any(_count(_LETTERS, sample[:most]) >= _LEAST_TO_DOUBT for most in (_BEGINNING, _SAMPLE))


def _count(runs: re.Pattern[str], sample: str) -> int:
    """Count characters by the runs they are in, of which there are fewer."""
    return len("".join(runs.findall(sample)))


def _script(sample: str) -> str:
    """Name the script of a text; empty where there are few letters or no script has most."""
    # Among bytes: 1 µs for 1,000 characters, where to collect runs of letters takes 8 to 18.
    plain = sample.encode("ascii", "ignore")
    letters = len(plain) - len(plain.translate(None, _LATIN))
    others = len(sample) - len(plain)
    if not others or (letters >= _LEAST_LETTERS and letters > others * 3):  # too few to decide
        return "Latin" if letters >= _LEAST_LETTERS else ""
    foreign = "".join(_FOREIGN.findall(sample))
    han, kana = _count(_HAN, foreign), _count(_KANA, foreign)
    # A character of theirs is a word or half of one, so names in Latin letters outnumber them
    # easily. Japanese is mostly Han where it is dense; Chinese has hardly any kana.
    if han + kana >= 2 and (han + kana) * 4 >= han + kana + letters:
        return "Kana" if kana * 10 > han else "Han"
    counts = Counter({name: _count(one, foreign) for name, one in _letters().items()})
    counts["Latin"] += letters
    name, count = counts.most_common(1)[0]
    total = counts.total() + han + kana
    return name if count >= max(total * _LEAST_SHARE, _LEAST_LETTERS) else ""


@cache
def _letters() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(f"[{ranges}]+") for name, ranges in _SCRIPTS.items()}


def _by_words(sample: str) -> str:
    words = _WORD.findall(sample.lower())
    tallies = Counter(tag for word in words for tag in _languages().get(word, ()))
    ranked = tallies.most_common(2)
    if not ranked:
        return ""
    (tag, count), second = ranked[0], ranked[1][1] if len(ranked) > 1 else 0
    is_sure = count >= max(_LEAST_WORDS, len(words) * _LEAST_WORD_SHARE)
    return tag if is_sure and count >= second * _LEAD else ""


@cache
def _languages() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for tag, words in _WORDS.items():
        for word in words.split():
            found[word] = (*found.get(word, ()), tag)
    return found
