import pytest

from bot.extract.body import first_paragraph
from bot.extract.notices import is_notice

SAID = "Forty new schools will be built in the Northern Province by the end of next year, the minister said."
NOTICES = [
    "We value your privacy. We and our partners store and access information on a device, such as cookies.",
    "Nous utilisons des cookies pour vous garantir la meilleure expérience sur notre site web.",
    "En poursuivant votre navigation sur ce site, vous acceptez l'utilisation de cookies.",
    "Get the best stories of the week straight to your inbox every Friday morning, for free.",
    "By signing up you agree to our terms of use and privacy policy.",
    "Recevez chaque matin l'essentiel de l'actualité dans votre boîte mail. Inscrivez-vous !",
    "Follow our WhatsApp channel for the latest updates and breaking news from across the country.",
    "Rejoignez notre chaîne WhatsApp pour ne rien manquer de l'actualité du pays.",
    "Kanda hano ukurikire amakuru yacu kuri WhatsApp buri munsi kandi ku gihe.",
    "Already a subscriber? Log in to read the full story on all your devices.",
    "Please enable JavaScript in your browser to complete this form and see the page.",
    "This article is more than 2 years old.",
    "Inkuru bifitanye isano: U Rwanda rugiye kubaka sitade nshya i Huye mbere y'irushanwa",
    "President Kagame speaks to residents of Musanze on Tuesday, November 24. Photo by Village Urugwiro.",
    "Children in a school in Musanze, where forty more are to be built. Courtesy.",
    "Students of GS Kagugu in class on Tuesday. | Emmanuel Dushimimana",
    "Abanyeshuri bo muri GS Kagugu mu ishuri ku wa Kabiri (Ifoto: Emmanuel Dushimimana)",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_what_a_site_says_to_its_readers_is_not_the_article(notice: str) -> None:
    assert is_notice(notice)
    assert first_paragraph(f"<article><p>{notice}</p><p>{SAID}</p></article>") == SAID


@pytest.mark.parametrize(
    "paragraph",
    [
        SAID,
        "Google will stop using cookies in its browser next year, the company said on Monday.",
        "Get vaccinated before Friday, the ministry told parents in e-mails sent on Monday.",
        "By using drones, the police found forty stolen cows in two days, a spokesman said.",
        "The cyclist won by a wheel. Photo finish judges needed ten minutes to say so.",
        "Follow the money, the auditor told members of parliament on Monday, and you find the ministry.",
        "We use the river every day, said a farmer whose field lies below the new dam.",
    ],
)
def test_an_article_may_speak_of_the_same(paragraph: str) -> None:
    assert not is_notice(paragraph)
