"""Telling languages apart, on sentences that no profile was made from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.extract.language import WORD, bcp47, detect, spoken, words_of

DESK = ("en", "fr", "rw", "sw")


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("rw", "Perezida wa Repubulika yakiriye intumwa z'ibihugu bitandukanye mu biro bye i Kigali."),
        ("rw", "Abaturage bo mu karere ka Musanze barasaba ko umuhanda wabo ukorwa."),
        ("rw", "Amavubi yatsinze Nigeria mu mukino wo gushaka itike y'igikombe cy'Isi"),
        ("rw", "Ibiciro by'ibikomoka kuri peteroli byagabanutse"),
        ("rw", "Urukiko rwategetse ko ukekwaho icyaha afungwa iminsi mirongo itatu by'agateganyo."),
        (
            "rw",
            "Abahinzi b'ikawa bavuga ko umusaruro w'uyu mwaka wiyongereye ugereranyije n'uw'umwaka ushize.",
        ),
        ("sw", "Rais amesema kuwa serikali itajenga barabara mpya katika mji mkuu mwaka huu."),
        ("sw", "Wananchi wa kijiji hicho wanalalamikia ukosefu wa maji safi"),
        ("sw", "Timu ya taifa yashinda mechi ya kwanza dhidi ya Uganda"),
        ("sw", "Watu kumi wamefariki dunia katika ajali ya basi iliyotokea usiku wa kuamkia leo."),
        ("en", "The government will build forty new schools by the end of next year."),
        ("en", "Police have arrested three men over the theft of cables from a power station."),
        ("en", "Coffee farmers in the west say that this season was their best in ten years."),
        ("fr", "Le gouvernement construira quarante écoles avant la fin de l'année prochaine."),
        ("fr", "Le Rwanda bat le Nigeria en qualifications du Mondial"),
        ("fr", "La police a interpellé trois hommes soupçonnés d'avoir volé des câbles dans une centrale."),
    ],
)
def test_the_four_languages_of_the_desk_are_told_apart(lang: str, text: str) -> None:
    assert detect(text, DESK) == lang


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "OK",
        "Kigali",
        "Umukuru w'igihugu c'Uburundi yavuze ko ivyo bintu vyose bizotorerwa umuti mu misi iri imbere.",
        "Abanyagihugu bo muri komine Gitega barasaba ko ibarabara ryabo rikorwa canke risanurwa.",
        "El presidente del gobierno ha dicho que los precios de la gasolina no van a subir este año.",
        "Die Regierung hat am Montag beschlossen, dass die Straße nicht gebaut werden soll.",
        "Gavumenti ya Uganda egamba nti abantu bonna balina okuwandiisibwa omwaka guno.",
        "የኢትዮጵያ መንግሥት አዲስ መንገድ ሊሠራ ነው።",
    ],
)
def test_what_is_none_of_them_or_too_little_leaves_it_unsure(text: str) -> None:
    assert detect(text, DESK) == ""


def test_kinyarwanda_is_never_taken_for_another_language_where_it_is_not_asked_for() -> None:
    assert (
        detect("Abaturage bo mu karere ka Musanze barasaba ko umuhanda wabo ukorwa.", ("en", "fr", "sw"))
        == ""
    )


def test_a_language_is_given_back_as_it_was_configured() -> None:
    text = "The government will build forty new schools by the end of next year."
    assert detect(text, ("fr", "en-GB")) == "en-GB"


RAIN = "Abaturage bo mu karere ka Musanze barasaba ko umuhanda wabo ukorwa, ariko nta gisubizo barahabwa."


@pytest.mark.parametrize(
    ("declared", "text", "among", "lang"),
    [
        ("en-US", RAIN, ("en", "rw"), "rw"),
        ("en-US", RAIN, ("en", "fr"), ""),
        ("en-US", RAIN, (), ""),
        ("en-US", "Kigali, 12 May", ("en", "rw"), "en-US"),
        ("en-US", "The government will build forty new schools by the end of next year.", ("fr",), "en-US"),
        ("fr", RAIN, ("en", "fr"), "fr"),
        ("fr-FR", RAIN, ("en", "fr", "rw"), "rw"),
        ("fr-FR", "Kigali, 12 May", ("en", "fr", "rw"), "fr-FR"),
        ("rw", RAIN, ("en", "fr", "rw-RW"), "rw"),
        ("", RAIN, ("en",), ""),
    ],
)
def test_what_a_theme_declares_gives_way_to_what_the_text_surely_is_in(
    declared: str, text: str, among: tuple[str, ...], lang: str
) -> None:
    assert spoken(declared, text, among) == lang


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("EN_gb", "en-GB"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("und", ""),
        ("", ""),
        ("rw", "rw"),
        ("kin", "rw"),
        ("fra-CA", "fr-CA"),
        ("haw", "haw"),
    ],
)
def test_a_language_tag_is_written_as_usual(said: str, tag: str) -> None:
    assert bcp47(said) == tag


@given(st.text(st.sampled_from("aZ é'’_-.,0²٣ß\xa0\u0301\u200b\ud800日"), max_size=20) | st.text())
def test_words_are_found_as_a_pattern_finds_them(text: str) -> None:
    assert sorted(words_of(text)) == sorted(WORD.findall(text))


@pytest.mark.parametrize(
    ("title", "lang"),
    [
        ("Amavubi yatsinzwe", ""),
        ("Perezida Kagame yakiriye", ""),
        ("Le prix du café grimpe", ""),
        ("Kagame reçoit Macron", ""),
        ("Kagame meets Macron", "en"),
        ("Umuganda returns to Kigali", "en"),
        ("Rwanda: Three dead", "en"),
        ("Ndi Umunyarwanda programme explained", "en"),
    ],
)
def test_a_title_alone_that_speaks_for_another_language_leaves_declared_english_unsure(
    title: str, lang: str
) -> None:
    assert spoken("en-US", title, ("en", "fr", "rw")).partition("-")[0] == lang
    assert spoken("en-US", title, ("en",)) == "en-US"


SCHOOLS = "We are going to build forty new schools by the end of next year and the people will see it"
AMASHURI = "Abanyarwanda bose bagomba kumva ko amashuri ari ayabo kandi ko bagomba kuyarinda"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        (f"Minisitiri yagize ati “{SCHOOLS}”. Umushinga wo kubaka amashuri.", "rw"),
        (f"“{AMASHURI}”, the minister said. He spoke in Kigali on Tuesday.", "en"),
        (f"« {SCHOOLS} », a déclaré le ministre. Il parlait mardi à Kigali devant les députés.", "fr"),
        (f"« {SCHOOLS} », dit-il.", "en"),
    ],
)
def test_what_is_quoted_tells_only_where_the_rest_does_not(text: str, lang: str) -> None:
    assert detect(text, ("en", "fr", "rw")) == lang
