"""Templates as editors write them, on articles as sites publish them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.errors import TemplateError, UserError
from bot.domain.post import Image
from bot.domain.routing import fold
from bot.ports.platform import ImagePolicy
from bot.rendering.loading import People, load_hashtags, load_people
from tests.rendering.conftest import AT, SPONSORED, Render, Write, article


def test_the_default_post_has_title_link_and_hashtags(render: Render) -> None:
    on = article(categories=("Bénin", "Public health", "Misc", "2024"))
    done = render(template="default", on=on)
    assert done.post.parts == ("Buses run on the sun\nhttps://news.example/a/\n\n#Bénin #Health",)
    assert done.template == "default/x.j2"
    assert (done.counts[0].count, done.counts[0].limit) == (60, 280)


def test_blueskys_link_is_in_its_card(render: Render) -> None:
    picture = Image("https://news.example/a.jpg", "A bus")
    done = render(platform="bluesky", template="default", on=article(summary="It works.", image=picture))
    assert done.post.parts == ("Buses run on the sun\n\nIt works.",)
    assert done.post.card is not None
    assert (done.post.card.url, done.post.card.title) == ("https://news.example/a/", "Buses run on the sun")
    assert done.post.card.image == picture


@pytest.mark.parametrize("platform", ["x", "mastodon", "bluesky"])
def test_what_an_article_lacks_leaves_no_trace(render: Render, platform: str) -> None:
    done = render(platform=platform, template="default", on=article())
    assert "None" not in done.post.parts[0]
    assert "\n\n\n" not in done.post.parts[0]
    assert done.post.parts[0].strip() == done.post.parts[0]


def test_every_variable_exists_and_prints_nothing_when_absent(render: Render) -> None:
    source = (
        "x{{ summary }}{{ content }}{{ tags }}{{ author }}{{ published_at }}{{ image }}{{ lang }}{{ label }}y"
    )
    assert render(source).post.parts == ("xy",)


def test_an_articles_own_words_are_never_a_template(render: Render) -> None:
    on = article(title="{{ 7 * 7 }} {% raw %}", summary="one\n===\ntwo @everyone")
    done = render("{{ title }}\n{{ summary }}", on=on)
    assert done.post.parts == ("{{ 7 * 7 }} {% raw %}\none === two @\u200beveryone",)


def test_control_characters_and_direction_overrides_do_not_come_through(render: Render) -> None:
    on = article(title="Bad\x00 \u202egnp.exe\u202c \x1b[31mred\ue000 but مرحبا and 👨‍👩‍👧 stay")
    assert render("{{ title }}", on=on).post.parts == ("Bad gnp.exe [31mred but مرحبا and 👨‍👩‍👧 stay",)


def test_people_in_the_map_are_mentioned_and_nobody_else(render: Render) -> None:
    on = article(authors=("Aline Uwase", "Eric @eric"))
    assert render("{{ authors | handles }} {{ authors }}", on=on).post.parts == (
        "@aline Aline Uwase, Eric @\u200beric",
    )
    assert render("{{ author | handles }}", "mastodon", on=on).post.parts == ("@aline@social.example",)


def test_a_maybe_prints_nothing_if_a_value_in_it_is_empty(render: Render) -> None:
    source = "{{ title }}{% maybe %}\nBy {{ author }}{% endmaybe %}"
    assert render(source).post.parts == ("Buses run on the sun",)
    assert render(source, on=article(authors=("Aline",))).post.parts == ("Buses run on the sun\nBy Aline",)


def test_a_tag_alone_on_its_line_leaves_no_blank_line(render: Render) -> None:
    source = "{% if title %}\n{{ title }}\n{% endif %}\n{# a remark #}\n{{ url }}{# here #}\nend"
    assert render(source).post.parts == ("Buses run on the sun\nhttps://news.example/a/\nend",)


def test_a_line_of_equals_signs_starts_the_next_post_of_a_thread(render: Render) -> None:
    assert render("{{ title }}\n===\n{{ url }}\n").post.parts == (
        "Buses run on the sun",
        "https://news.example/a/",
    )


def test_side_blocks_do_not_print_in_the_text(render: Render) -> None:
    source = (
        "{% block warning %}Violence{% endblock %}{% block card_title %}Card: {{ title }}{% endblock %}"
        "{% block card_text %}{{ summary }}{% endblock %}{% block alt %}{{ title }} seen{% endblock %}Text"
    )
    done = render(source, "mastodon", on=article(summary="S"))
    assert done.post.parts == ("Text",)
    assert done.post.warning == "Violence"
    card = render(source, "bluesky", on=article(summary="S")).post.card
    assert card is not None
    assert (card.title, card.description) == ("Card: Buses run on the sun", "S")


def test_a_content_warning_takes_its_room_from_the_text(render: Render) -> None:
    source = "{% block warning %}" + "w" * 100 + "{% endblock %}{{ content | flex }}"
    done = render(source, "mastodon", on=article(content="word " * 200))
    assert len(done.post.parts[0]) + len(done.post.warning) <= 500


def test_a_child_template_gives_the_text_block(render: Render, write: Write) -> None:
    write("own/frame.j2", "{% block text %}{% endblock %}\n{{ url }}")
    done = render('{% extends "own/frame.j2" %}{% block text %}{{ title | flex }}{% endblock %}')
    assert done.post.parts == ("Buses run on the sun\nhttps://news.example/a/",)


def test_dates_come_in_the_articles_language(render: Render) -> None:
    on = article(published_at=datetime(2026, 3, 8, 23, 0, tzinfo=UTC), lang="fr")
    assert render("{{ published_at | date('d MMMM y') }}", on=on).post.parts == ("9 mars 2026",)


def test_utm_is_added_to_the_link_and_what_is_there_is_kept(render: Render) -> None:
    on = article(url="https://news.example/a/?p=4&utm_medium=feed#top")
    done = render("{{ url }}", on=on, route="all", utm={"source": "x", "campaign": "{route}", "medium": "m"})
    assert done.post.link == "https://news.example/a/?p=4&utm_medium=feed&utm_source=x&utm_campaign=all#top"
    assert done.post.parts == (done.post.link,)


def test_the_language_decides_the_template(render: Render, write: Write) -> None:
    write("own/fr/any.j2", "FR {{ title }}")
    write("own/x.j2", "X {{ title }}")
    assert render("any", on=article(lang="fr-CA")).post.parts == ("FR Buses run on the sun",)
    assert render("any", on=article(lang="en")).post.parts == ("X Buses run on the sun",)
    assert render("any", "mastodon").post.parts == ("any",)


def test_a_set_is_taken_whole_from_the_first_folder(
    render: Render, write: Callable[[str, str], None]
) -> None:
    write("default/x.j2", "mine")
    assert render(template="default").post.parts == ("mine",)
    with pytest.raises(TemplateError, match=r"neither bluesky\.j2 nor any\.j2"):
        render(platform="bluesky", template="default")


def test_a_picture_goes_along_where_the_account_wants_one(render: Render) -> None:
    on = article(image=Image("https://news.example/a.jpg", "A bus in the morning sun"))
    policy = ImagePolicy(need="optional", alt="required")
    done = render("{{ title }}", on=on, image=policy)
    assert done.post.images == (Image("https://news.example/a.jpg", "A bus in the mornin…"),)
    bare = render("{{ title }}", on=article(image=Image("https://news.example/a.jpg")), image=policy)
    assert bare.post.images == ()
    assert "nobody described it" in bare.warnings[0]


def test_a_bare_domain_in_the_title_is_remarked_for_x(render: Render) -> None:
    assert render("{{ title }}", on=article(title="ASP.NET turns 25")).warnings == (
        "X counts 'ASP.NET' in the title as a link",
    )


def test_a_link_that_cannot_fit_is_an_error_that_says_by_how_much(render: Render) -> None:
    on = article(url="https://news.example/" + "a" * 400)
    with pytest.raises(
        TemplateError, match=r"own/any.j2:1: on main: what may not be cut is 121 graphemes over"
    ):
        render("{{ title | flex }} {{ url }}", "bluesky", on=on)


def test_an_unknown_set_names_the_nearest(render: Render) -> None:
    with pytest.raises(TemplateError, match="there is no template set 'defualt': did you mean 'default'"):
        render(template="defualt")


def test_a_bluesky_post_with_a_picture_keeps_its_link(render: Render) -> None:
    on = article(image=Image("https://news.example/a.jpg", "A bus"))
    policy = ImagePolicy(need="optional")
    in_card = render(platform="bluesky", template="default", on=on, image=policy).post
    assert (in_card.images, in_card.card and in_card.card.image) == ((), on.image)
    in_text = render("{{ title }} {{ url }}", "bluesky", on=on, image=policy).post
    assert (in_text.card, in_text.images) == (None, (on.image,))


def test_a_label_that_would_be_missing_is_refused(render: Render) -> None:
    with pytest.raises(
        TemplateError, match=r"any.j2:1: the post on main lacks 'Sponsored', which label ad asks for: add"
    ):
        render("{{ title }}", disclosure=SPONSORED)
    assert render(template="default", disclosure=SPONSORED).post.parts[0].startswith("Sponsored: Buses")


def test_the_desks_own_words_replace_the_title(render: Render) -> None:
    done = render(template="default", override_text="Read this")
    assert done.post.parts == ("Read this\nhttps://news.example/a/",)


def test_a_base_templates_blocks_are_inherited(render: Render, write: Write) -> None:
    write("own/frame.j2", "{% block warning %}Base{% endblock %}{% block text %}{% endblock %}")
    child = '{% extends "own/frame.j2" %}{% block text %}x{% endblock %}'
    assert render(child, "mastodon").post.warning == "Base"
    more = child + "{% block warning %}Own, {{ super() }}{% endblock %}"
    assert render(more, "mastodon").post.warning == "Own, Base"


def test_a_bare_date_prints_in_the_articles_language(render: Render) -> None:
    on = article(published_at=AT, lang="fr")
    assert render("{{ published_at }}", on=on).post.parts == ("24 nov. 2026",)


def test_side_files_name_what_is_wrong_with_them(tmp_path: Path) -> None:
    path = tmp_path / "hashtags.toml"
    path.write_text("cap = -1")
    with pytest.raises(UserError, match="`cap` must be a whole number"):
        load_hashtags(path)
    path.write_text("kap = 1")
    with pytest.raises(UserError, match="unknown key `kap`"):
        load_hashtags(path)
    people = tmp_path / "people.toml"
    people.write_text('"Aline" = 3')
    with pytest.raises(UserError, match='\\["Aline"\\] must name handles'):
        load_people(people)
    assert load_people(tmp_path / "none.toml") == People()


def test_the_category_of_what_has_none_makes_no_hashtag_unless_the_desk_says_which(tmp_path: Path) -> None:
    path = tmp_path / "hashtags.toml"
    assert load_hashtags(path).words["uncategorized"] == ""
    path.write_text('[words]\n"Uncategorized" = "News"\n"Misc" = ""')
    words = load_hashtags(path).words
    assert (words["uncategorized"], words["misc"], words[fold("Non classé")]) == ("News", "", "")
