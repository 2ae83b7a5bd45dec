"""What an article says, and what its page says around it."""

import pytest

from bot.extract.byline import without_byline
from bot.extract.text import is_cut, is_noise, tidy, without_cut_marks, without_dateline


@pytest.mark.parametrize(
    "line",
    [
        "By Jane Doe",
        "By Jane Doe By Jane Doe",
        "by Jane Doe | 12 May 2026",
        "Par Marie Uwase",
        "Yanditswe na Uwimana Alice",
        "Imeandikwa na Juma Ali",
        "Mukamana Alice",
        "2 Min Read",
        "3 min",
        "Reading time: 4 minutes",
        "3 minutes de lecture",
        "Share this Article",
        "Share on Facebook",
        "Facebook Twitter WhatsApp",
        "Leave a comment",
        "Laisser un commentaire",
        "12 comments",
        "Photo: AFP",
        "File photo by John Doe / AFP",
        "© 2026 Example News",
        "Caption: the new road",
        "May 12, 2026",
        "Published on 12 May 2026 at 10:30",
        "Monday, 12 May 2026",
        "KIGALI (AFP)",
        "Advertisement",
        "Read also: The other story",
        "Lire aussi : L’autre histoire",
        "Subscribe to our newsletter",
        "",
    ],
)
def test_what_the_page_says_around_the_article_is_noise(line: str) -> None:
    assert is_noise(line)


@pytest.mark.parametrize(
    "line",
    [
        "By 2030, Rwanda wants to have doubled its output of tea, the ministry says.",
        "A photo of the minister was shown to thousands of people on Monday.",
        "Print exports grew by a third last year, and the government is delighted.",
        "The rain came.",
        "In May 2026 forty schools opened their doors to the children of the valley.",
    ],
)
def test_prose_is_not_taken_for_noise(line: str) -> None:
    assert not is_noise(line)


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("The minister said that […]", "The minister said that…"),
        ("The minister said that [&hellip;]", "The minister said that…"),
        ("The minister said that [...]", "The minister said that…"),
        ("He came. [&#8230;]", "He came."),
        ("Rain fell on Kigali… Read more", "Rain fell on Kigali…"),
        ("Ten people, [...] Continue reading Foo →", "Ten people…"),
        ("Text here. The post Foo appeared first on Bar.", "Text here."),
        ("Text [&#8230;] The post Foo & Co. appeared first on Bar.", "Text…"),
        ("Le ministre a dit. L’article Foo est apparu en premier sur Bar.", "Le ministre a dit."),
        ("Nothing was appended to this.", "Nothing was appended to this."),
    ],
)
def test_what_a_cms_appended_is_cleaned_off(summary: str, expected: str) -> None:
    assert without_cut_marks(summary) == expected


def test_a_cut_summary_is_known_as_such() -> None:
    assert is_cut("The minister said that […]")
    assert not is_cut("He read [sic] the letter aloud to them.")


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("KIGALI, Rwanda (AP) — The road is open.", "The road is open."),
        ("NAIROBI -- The road is open.", "The road is open."),
        ("A road — the only one — is open.", "A road — the only one — is open."),
    ],
)
def test_a_dateline_before_a_paragraph_goes(paragraph: str, expected: str) -> None:
    assert without_dateline(paragraph) == expected


def test_white_space_collapses_and_control_characters_go() -> None:
    assert tidy("  a\x00b\n\tc\u200bd\u00a0e ") == "a bcd e".replace("bcd", "b cd")


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("By Jean Bosco 2 Min Read Residents welcomed the…", "Residents welcomed the…"),
        ("By Jean Bosco By Jean Bosco 2 Min Read Residents welcomed it.", "Residents welcomed it."),
        ("2 Min Read Residents welcomed it.", "Residents welcomed it."),
        ("By Alice Uwase and Jean Bosco · 3 min read · “It works.”", "“It works.”"),
        ("By Jean Bosco Residents welcomed it.", "Residents welcomed it."),
        ("Par Jean Bosco – Élu hier", "Élu hier"),
        ("Par Claire N. 3 minutes de lecture Les habitants", "Les habitants"),
        ("Yanditswe na Jean Bosco Abaturage bishimiye", "Abaturage bishimiye"),
        ("By Jean Bosco 2 Min Read…", ""),
        ("Jean Bosco Jean Bosco 2 Min Read Residents welcomed it.", "Residents welcomed it."),
        ("By Jean Bosco | November 24, 2026 | Residents welcomed it.", "Residents welcomed it."),
        ("Par Claire N. Temps de lecture : 2 min Les habitants", "Les habitants"),
        ("Yanditswe na Claire N. Kuwa 24 Ugushyingo 2026 Abaturage bishimiye", "Abaturage bishimiye"),
        ("By Monday November 24, 2026 the road will be open.",) * 2,
        ("November 24, 2026 was a day of rain.",) * 2,
        ("By Jean Bosco’s account, it rained.", "By Jean Bosco’s account, it rained."),
        ("By the time the bus came, a 2 minute read of it was over.",) * 2,
        ("A 5 minute read on why it rains.",) * 2,
        ("By 2030 The Road will be open.",) * 2,
        ("Jean Bosco said so.",) * 2,
    ],
)
def test_a_byline_and_a_reading_time_before_an_excerpt_go(summary: str, expected: str) -> None:
    assert without_byline(summary, ("Jean Bosco",)) == expected


def test_names_with_signs_of_patterns_are_taken_as_they_stand() -> None:
    assert without_byline("By C. (N.) [AFP] Rain fell.", ("C. (N.) [AFP]",)) == "Rain fell."


@pytest.mark.parametrize(
    "buttons",
    [
        "Share this Article Leave a comment",
        "Share on Facebook Share on Twitter",
        "Partager cet article Laisser un commentaire",
        "Sangiza abandi",
    ],
)
def test_what_buttons_say_behind_the_last_sentence_goes(buttons: str) -> None:
    assert without_cut_marks(f"Residents welcomed it. {buttons}") == "Residents welcomed it."
    assert without_cut_marks(f"They asked him to {buttons}") == f"They asked him to {buttons}"
