"""Articles that are hard to tell, on which every template is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle

from bot.domain.article import Article
from bot.domain.post import Image

__all__ = ["PLAIN", "Trial", "editions", "trials"]

AT = datetime(2026, 3, 8, 9, 30, tzinfo=UTC)
FAMILY = "👩‍👩‍👧‍👦👨🏿‍🚀🏳️‍🌈🇷🇼1️⃣"
PLAIN = Article(
    id=0,
    source="trial",
    url="https://news.example.org/2026/03/08/electric-buses/",
    title="Kigali orders 120 electric buses, and a depot to charge them under the sun",
    first_seen_at=AT,
    changed_at=AT,
    summary="The first forty begin their rounds on Tuesday; the others follow by the end of the year.",
    content="The first forty begin their rounds on Tuesday. The others follow by the end of the year. " * 20,
    tags=("Transport", "Climate"),
    categories=("City", "Energy"),
    authors=("Aline Uwase", "Eric Mugisha"),
    image=Image("https://news.example.org/media/buses.jpg", "A bus at its charger", 1600, 900),
    lang="en",
    site_name="The News",
    published_at=AT,
    updated_at=AT,
    reading_minutes=4,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One hard article by what is hard about it. `labelled`: it carries a label."""

    name: str
    article: Article
    labelled: bool = False


def trials(languages: tuple[str, ...]) -> Iterator[Trial]:
    """Every hard article; what is of no one language comes in each that the newsroom publishes in."""
    for trial in (*MARKED, *SPARE):
        for lang in languages or ("en",):
            yield replace(trial, article=replace(trial.article, lang=lang))
    yield from SPOKEN


MARKED = (
    Trial("an ordinary article", PLAIN),
    Trial("a label", PLAIN, labelled=True),
    Trial("a label and a long title", replace(PLAIN, title="Electric buses " * 27), labelled=True),
)
SPARE = (
    Trial("no image", replace(PLAIN, image=None)),
    Trial("no summary", replace(PLAIN, summary="", content="")),
    Trial("no author", replace(PLAIN, authors=())),
    Trial(
        "nothing but a title",
        Article(0, "trial", PLAIN.url, PLAIN.title, AT, AT),
    ),
    Trial(
        "a title of 400 characters",
        replace(PLAIN, title=("Kigali orders 120 electric buses, and a depot to charge them, " * 7)[:400]),
    ),
    Trial("a title of 400 characters without a space", replace(PLAIN, title="Elektrobusverkehr" * 24)),
    Trial("emoji families", replace(PLAIN, title=f"{FAMILY} " * 40, summary=FAMILY * 60)),
    Trial(
        "HTML entities",
        replace(
            PLAIN,
            title="Q&A: “5 < 6” – R&D at Café d’Ivoire & Co. <b>and</b> more",
            summary='Tom & Jerry said "less < more" ' * 12,
        ),
    ),
    Trial(
        "ten categories",
        replace(
            PLAIN,
            categories=(
                "Public health",
                "Côte d'Ivoire",
                "C++",
                "#Already",
                "2024",
                "Africa/Kigali",
                "Education",
                "Sports",
                "Politics & Law",
                "Volcanoes National Park",
            ),
        ),
    ),
    Trial("a link of 300 characters", replace(PLAIN, url=PLAIN.url + "bus-" * 62 + "stop/")),
    Trial("example.com in the title", replace(PLAIN, title="How example.com met ASP.NET and main.rs " * 9)),
    Trial(
        "@name in the title",
        replace(PLAIN, title="@name, @everyone and ＠here ask who drives " * 9),
    ),
)
SPOKEN = (
    Trial(
        "Arabic",
        replace(
            PLAIN,
            lang="ar",
            title="كيغالي تطلب ١٢٠ حافلة كهربائية ومحطة لشحنها تحت الشمس " * 7,
            summary="تبدأ الحافلات الأربعون الأولى جولاتها يوم الثلاثاء، وتتبعها البقية قبل نهاية العام. "
            * 4,
            categories=("رواندا", "النقل العام"),
        ),
    ),
    Trial(
        "Amharic",
        replace(
            PLAIN,
            lang="am",
            title="ኪጋሊ 120 የኤሌክትሪክ አውቶቡሶችን እና የፀሐይ ኃይል መሙያ ጣቢያ አዘዘች። " * 7,
            summary="የመጀመሪያዎቹ አርባዎቹ ማክሰኞ ጉዟቸውን ይጀምራሉ፤ ሌሎቹ እስከ ዓመቱ መጨረሻ ይከተላሉ። " * 5,
            categories=("ኢትዮጵያ", "የህዝብ ትራንስፖርት"),
        ),
    ),
    Trial(
        "Kinyarwanda",
        replace(
            PLAIN,
            lang="rw",
            title="Kigali yatumije bisi 120 zikoresha amashanyarazi n'aho zizajya zongererwa umuriro " * 5,
            summary="Mirongo ine za mbere zizatangira gukora ku wa Kabiri; izindi bitarenze uyu mwaka. " * 4,
            categories=("U Rwanda", "Ubwikorezi"),
        ),
    ),
    Trial(
        "Chinese",
        replace(
            PLAIN,
            lang="zh",
            title="基加利订购一百二十辆电动公交车，并建造一座太阳能充电站，" * 15,
            summary="首批四十辆将于周二开始运营，其余车辆将在年底前陆续投入使用。" * 12,
            categories=("卢旺达", "公共交通"),
        ),
    ),
)


def editions(edition: Article, most: int, least: int) -> Iterator[Trial]:
    """Hard editions of a digest: as many articles as it may have, or as few."""
    hard = {trial.name: trial.article for trial in (*SPARE, *SPOKEN)}

    def of(name: str, *articles: Article) -> Trial:
        items = tuple(
            replace(each, id=number, url=f"{each.url[:-6]}{number}/")
            for number, each in zip(range(1, most + 1), cycle(articles), strict=False)
        )
        return Trial(f"an edition of {name}", replace(edition, items=items))

    full = of("ordinary articles", PLAIN)
    yield full
    few = full.article.items[:least]
    yield Trial("an edition of as few as may be", replace(edition, items=few))
    yield of("titles of 400 characters", hard["a title of 400 characters"])
    yield of("titles without a space", hard["a title of 400 characters without a space"])
    yield of("links of 300 characters", hard["a link of 300 characters"])
    yield of("emoji families", hard["emoji families"])
    yield of("articles with nothing but a title", hard["nothing but a title"])
    yield of("many scripts", *(trial.article for trial in SPOKEN))
    yield of("names and addresses in titles", hard["example.com in the title"], hard["@name in the title"])
