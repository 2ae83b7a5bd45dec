"""Filling what an entry lacks by its page."""

from dataclasses import replace

import pytest

from bot.domain.article import Entry
from bot.domain.post import Image
from bot.extract.enrich import enrich, lacks, weigh
from bot.extract.head import descriptions
from bot.ports.source import Response

SAID = "A summary that says something of its own about the road."
FULL = Entry(
    "g",
    "https://example.org/a",
    "The road",
    summary=SAID,
    image=Image("https://example.org/i.jpg", "alt"),
    lang="en",
)
REAL = "The minister said on Monday that the road would open by the end of the year."


def page(head: str, body: str = "", kind: str = "text/html") -> Response:
    html = f"<html lang='fr'><head>{head}</head><body><article>{body}</article></body></html>"
    return Response("https://example.org/a", 200, {"content-type": kind}, html.encode())


@pytest.mark.parametrize(
    "missing",
    [
        {"summary": ""},
        {"summary": "The road"},
        {"summary": "By Jane Doe"},
        {"summary": "The minister said on Monday that the road would open by the…"},
        {"image": None},
        {"lang": ""},
        {"title": ""},
    ],
)
def test_an_entry_without_title_usable_summary_image_or_language_lacks_something(
    missing: dict[str, object],
) -> None:
    assert not lacks(FULL)
    assert lacks(replace(FULL, **missing))  # type: ignore[arg-type]


def test_what_is_there_stands() -> None:
    head = "<meta property='og:description' content='Another description of the very same road here.'>"
    assert replace(enrich(FULL, page(head)), canonical_url="") == FULL


def test_what_is_missing_is_filled() -> None:
    bare = Entry("g", "https://example.org/a", "")
    head = (
        f"<meta property='og:title' content='The road'><meta property='og:description' content='{SAID}'>"
        "<meta property='og:image' content='/i.jpg'><link rel=canonical href='/canonical'>"
    )
    full = enrich(bare, page(head))
    assert (full.title, full.summary, full.lang) == ("The road", SAID, "fr")
    assert full.image == Image("https://example.org/i.jpg")
    assert full.canonical_url == "https://example.org/canonical"


@pytest.mark.parametrize(
    "description", ["", "The road", "The minister said on Monday that the road [&hellip;]", "By Jane Doe"]
)
def test_without_a_usable_description_the_first_real_paragraph_is_taken(description: str) -> None:
    head = f'<meta property="og:description" content="{description}">'
    body = f"<p>By Jane Doe</p><p>By Jane Doe</p><p>2 Min Read</p><p>{REAL}</p>"
    assert enrich(replace(FULL, summary=""), page(head, body)).summary == REAL


def test_an_image_without_description_gets_that_of_the_same_image() -> None:
    head = (
        "<meta property='og:image' content='https://example.org/i.jpg'>"
        "<meta property='og:image:alt' content='A road'>"
    )
    bare = replace(FULL, image=Image("https://example.org/i.jpg"))
    assert enrich(bare, page(head)).image == Image("https://example.org/i.jpg", "A road")


def test_what_is_no_web_page_adds_nothing() -> None:
    bare = replace(FULL, summary="")
    assert enrich(bare, page("", f"<p>{REAL}</p>", kind="application/pdf")) == bare


def test_a_page_that_asks_for_a_password_is_nothing_to_share() -> None:
    form = '<form action="/wp-login.php?action=postpass" class="post-password-form" method="post"></form>'
    assert enrich(replace(FULL, bare=True), page("", form)).skip == "its page asks for a password"
    assert enrich(FULL, page("", f"<p>{REAL}</p>")).skip == ""


@pytest.mark.parametrize(
    "other",
    [
        '<a rel="author" href="/jane/"><img src="/jane.jpg" alt="Jane Doe"></a>',
        '<div class="author-box"><p><img src="/jane.jpg" alt="Jane Doe"></p></div>',
        '<img class="author-image" src="/jane.jpg" alt="Jane Doe">',
        '<div class="share"><img src="/img/whatsapp.png" alt="Share on WhatsApp"></div>',
        '<div class="ad-banner"><img src="/bank-728x90.jpg" alt="A bank"></div>',
        '<aside><img src="/other.jpg" alt="Another story"></aside>',
        '<img src="/p.gif" style="width:1px;height:1px">',
    ],
)
def test_what_stands_with_an_article_is_not_its_picture(other: str) -> None:
    full = enrich(replace(FULL, image=None), page("", f'{other}<p><img src="/i.jpg" alt="The road"></p>'))
    assert full.image == Image("https://example.org/i.jpg", "The road")


@pytest.mark.parametrize(
    ("tag", "url"),
    [
        ('<img src="/wait.png" data-lazy-src="/i.jpg" alt="The road">', "i.jpg"),
        ('<img srcset="/s.jpg 400w, /i.jpg 1200w, /m.jpg 800w" alt="The road">', "i.jpg"),
        ('<img src="data:image/gif;base64,R0" data-srcset="/i.jpg 2x, /s.jpg" alt="The road">', "i.jpg"),
    ],
)
def test_a_picture_that_a_script_loads_is_found(tag: str, url: str) -> None:
    full = enrich(replace(FULL, image=None), page("", tag))
    assert full.image == Image(f"https://example.org/{url}", "The road")


@pytest.mark.parametrize("alt", ["IMG_2034", "road-1.jpg", "DSC04231.JPG"])
def test_a_file_name_describes_nothing(alt: str) -> None:
    full = enrich(replace(FULL, image=None), page("", f'<img src="/i.jpg" alt="{alt}">'))
    assert full.image == Image("https://example.org/i.jpg", "")


def test_a_short_first_paragraph_is_one() -> None:
    full = enrich(replace(FULL, summary=""), page("", f"<p>The road is open again.</p><p>{REAL}</p>"))
    assert full.summary == "The road is open again."


def test_what_a_site_says_of_itself_on_every_page_is_no_summary() -> None:
    slogan = "<meta name=description content='The leading source of news from Rwanda and the region.'>"
    bare = replace(FULL, summary="")
    assert enrich(bare, page(slogan, f"<p>{REAL}</p>")).summary == REAL
    assert enrich(bare, page(slogan)).summary == "The leading source of news from Rwanda and the region."
    told = "<meta name=description content='When the minister means to open the road at last.'>"
    assert (
        enrich(bare, page(told, f"<p>{REAL}</p>")).summary
        == "When the minister means to open the road at last."
    )


SLOGAN = "The leading source of news from the road and the region."


@pytest.mark.parametrize(
    "said",
    [
        '{"@type": "WebSite", "description": "%s"}',
        '{"@graph": [{"@type": "Article"}, {"@type": ["NewsMediaOrganization"], "description": "%s"}]}',
    ],
)
def test_what_a_page_itself_calls_the_sites_description_is_no_summary(said: str) -> None:
    head = f"<meta property='og:description' content='{SLOGAN}'>"
    head += f"<script type='application/ld+json'>{said % SLOGAN}</script>"
    news = replace(FULL, title="News from the region", summary="")
    assert enrich(news, page(head)).summary == ""
    assert enrich(news, page(head, f"<p>{REAL}</p>")).summary == REAL


@pytest.mark.parametrize(
    ("description", "summary"),
    [
        (SLOGAN, ""),
        (SLOGAN.upper().rstrip("."), ""),
        ("The leading source of news from the road and…", ""),
        (f"{SLOGAN} It was founded in 1994.", f"{SLOGAN} It was founded in 1994."),
        (REAL, REAL),
    ],
)
def test_what_the_home_page_says_of_itself_is_no_summary(description: str, summary: str) -> None:
    said = page(f"<meta property='og:description' content='{description}'>")
    assert enrich(replace(FULL, summary=""), said, frozenset({SLOGAN})).summary == summary


def test_all_that_a_page_says_of_itself_is_known() -> None:
    head = """<meta name="description" content="A"><meta property="og:description" content="B &amp; C">
    <meta name="twitter:description" content="D"><script type="application/ld+json">
    {"@type": "Organization", "description": "E"}</script>"""
    assert descriptions(page(head).body, "text/html") == {"A", "B & C", "D", "E"}


@pytest.mark.parametrize(
    ("title", "head", "body", "doubtful"),
    [
        ("Rain", SLOGAN, "", True),
        ("Rain", SLOGAN, f"<p>{REAL}</p>", False),
        ("The road to the region", SLOGAN, "", False),
        ("Rain", "Too short", "", False),
    ],
)
def test_a_description_that_nothing_speaks_for_is_in_doubt(
    title: str, head: str, body: str, *, doubtful: bool
) -> None:
    bare = replace(FULL, title=title, summary="")
    said = page(f"<meta property='og:description' content='{head}'>", body)
    assert weigh(bare, said) == (enrich(bare, said), doubtful)
