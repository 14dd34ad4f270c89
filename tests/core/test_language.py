"""Languages: tags as sources state them, and what a text looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.language import detect, fits, likely, normal_tag

SAMPLES = {
    "en": "The two platforms announced today that their users can share links with each other.",
    "zh": "两个平台今天宣布互联互通，用户可以直接分享链接。",
    "ja": "二つのプラットフォームは今日、利用者が互いにリンクを共有できると発表しました。",
    "ko": "두 플랫폼은 오늘 이용자들이 서로 링크를 공유할 수 있다고 발표했다.",
    "ru": "Сегодня две площадки объявили, что пользователи могут делиться ссылками друг с другом.",
    "uk": "Сьогодні дві платформи оголосили, що їхні користувачі можуть ділитися посиланнями.",
    "bg": "Днес двете платформи обявиха, че потребителите могат да споделят връзки помежду си.",
    "sr": "Две платформе су данас објавиле да корисници могу међусобно да деле везе.",
    "el": "Οι δύο πλατφόρμες ανακοίνωσαν σήμερα ότι οι χρήστες μπορούν να μοιράζονται συνδέσμους.",
    "he": "שתי הפלטפורמות הודיעו היום שהמשתמשים יכולים לשתף קישורים זה עם זה.",
    "ar": "أعلنت المنصتان اليوم أن المستخدمين يمكنهم مشاركة الروابط مع بعضهم البعض.",
    "fa": "دو پلتفرم امروز اعلام کردند که کاربران می‌توانند پیوندها را با یکدیگر به اشتراک بگذارند.",
    "ur": "دونوں پلیٹ فارمز نے آج اعلان کیا کہ صارفین ایک دوسرے کے ساتھ لنکس بانٹ سکتے ہیں۔",
    "th": "วันนี้ทั้งสองแพลตฟอร์มประกาศว่าผู้ใช้สามารถแบ่งปันลิงก์กันได้",
    "hi": "दोनों मंचों ने आज घोषणा की कि उपयोगकर्ता एक दूसरे के साथ लिंक साझा कर सकते हैं।",
    "de": "Die beiden Plattformen haben heute mitgeteilt, dass ihre Nutzer Links auch teilen.",
    "fr": "Les deux plateformes ont annoncé que leurs utilisateurs peuvent partager des liens.",
    "es": "Las dos plataformas anunciaron hoy que sus usuarios pueden compartir los enlaces.",
    "it": "Le due piattaforme hanno annunciato che gli utenti possono condividere i link.",
    "pt": "As duas plataformas anunciaram hoje que os seus usuários podem compartilhar links.",
    "nl": "De twee platforms maakten vandaag bekend dat hun gebruikers de links kunnen delen.",
    "pl": "Obie platformy ogłosiły dziś, że ich użytkownicy mogą się dzielić linkami.",
    "sv": "De två plattformarna meddelade i dag att deras användare kan dela länkar med varandra.",
    "tr": "İki platform bugün kullanıcıların birbirleriyle bağlantı paylaşabileceğini ve bunun "
    "için bir uygulama olduğunu duyurdu.",
    "vi": "Hai nền tảng hôm nay đã thông báo rằng người dùng có thể chia sẻ liên kết với nhau.",
}  # fmt: skip


@pytest.mark.parametrize("tag", SAMPLES)
def test_a_sentence_is_enough_to_tell_its_language(tag: str) -> None:
    assert detect(SAMPLES[tag]) == tag


@pytest.mark.parametrize(
    ("sample", "tag"),
    [
        ("OpenAI 发布新的语言模型 GPT", "zh"),
        ("iPhone 17 Pro Max 评测", ""),
        ("互聯互通", "zh"),
        ("東京で新サービス開始", "ja"),
        ("A review of 茶 and other things from the shop", "en"),
        ("Don't ask what it's for: it is there", "en"),
        ("", ""),
        ("Dall-E 2", ""),
        ("GhostSCAD: Marrying OpenSCAD and Golang", ""),
        ("5418", ""),
        ("https://x.example/", ""),
    ],
)
def test_mixed_and_short_texts_are_told_or_left_open(sample: str, tag: str) -> None:
    assert detect(sample) == tag


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        ("en", "en"), ("EN", "en"), ("en-us", "en-US"), ("en_GB", "en-GB"), ("zh-hans-cn",
        "zh-Hans-CN"),
        ("ZH_TW", "zh-TW"), ("sr-latn", "sr-Latn"), ("de-1996", "de-1996"), (" pt-br ", "pt-BR"),
        ("English", "en"), ("eng", "en"), ("cn", "zh"), ("en, de", "en"), ("IT-it", "it-IT"),
        ("", ""), ("the usual one", ""), ("x", ""), ("http://x.example/", ""), ("-", ""),
    ],
)  # fmt: skip
def test_a_tag_is_written_as_bcp_47_does(stated: str, tag: str) -> None:
    assert normal_tag(stated) == tag


@pytest.mark.parametrize(
    ("stated", "text", "tag"),
    [
        ("en", "zh", "zh"),  # software's default
        ("en-US", "ru", "ru"),
        ("kn", "en", "en"),
        ("zh-TW", "zh", "zh-TW"),
        ("zh", "en", "en"),
        ("sr", "sr", "sr"),
        ("sr-Latn", "sr", "sr-Latn"),
        ("en", "fr", "en"),  # both in Latin letters: the source knows better
        ("ja", "zh", "ja"),  # a headline without kana
        ("", "fr", "fr"),
    ],
)
def test_a_stated_language_stands_unless_the_letters_are_none_of_its_own(
    stated: str, text: str, tag: str
) -> None:
    assert likely(stated, SAMPLES[text]) == tag


@pytest.mark.parametrize("stated", ["en", "zh", "ru"])
def test_a_few_words_prove_nothing(stated: str) -> None:
    assert fits(stated, "微信 WeChat")


@given(st.text(max_size=300))
def test_any_text_is_in_one_language_or_in_none(text: str) -> None:
    assert detect(text) == normal_tag(detect(text))


def test_a_beginning_in_the_stated_language_does_not_hide_what_the_text_is_in() -> None:
    quoting = f"两个平台今天宣布实现互联互通，用户可以直接打开对方的链接。{SAMPLES['en'] * 6}"

    assert likely("zh", quoting) == "en"
