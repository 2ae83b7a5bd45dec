"""A labelled article through the command line: shown with its label, and held where a template lacks it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Desk

LABEL = """
[[labels]]
name = "sponsored"
match.categories_any = ["Sponsored"]
text = { en = "Sponsored", default = "Publicité" }
"""
AD = "<category>Sponsored</category>"


def test_a_labelled_article_is_shown_and_sent_with_its_label(working: Desk) -> None:
    working.configure(more=LABEL)
    working.publish("cars", "New cars", extra=AD)
    assert working("run", "--once")[0] == 0
    x, fedi = working.json("preview", working.url("cars"))
    assert x["label"] == fedi["label"] == {"name": "sponsored", "text": "Publicité"}
    assert x["parts"][0]["text"].startswith("Publicité: New cars\n")
    assert "label: Publicité (sponsored)" in working("preview", working.url("cars"))[1]
    assert {row["state"] for row in working.json("queue", "list")} == {"published"}


def test_a_template_without_the_label_holds_the_share_and_names_both(working: Desk) -> None:
    working.configure(more=LABEL)
    Path("templates/default").mkdir(parents=True)
    Path("templates/default/any.j2").write_text("{{ title | flex }}\n{{ url }}\n")
    working.publish("rain", "Rain")
    working.publish("cars", "New cars", extra=AD)
    assert working("run", "--once")[0] == 1
    held = [row for row in working.json("queue", "list") if row["state"] == "held"]
    assert [(row["reason"], row["account"]) for row in held] == [("template", "main_x"), ("template", "fedi")]
    detail = working.json("queue", "show", str(held[0]["id"]))["detail"]
    assert detail == (
        "templates/default/any.j2:1: the post on main_x lacks 'Publicité', which label sponsored asks for: "
        "add {{ label }}"
    )
    plan = working.json("plan")
    assert {row["label"]["name"] for row in plan} == {"sponsored"}
