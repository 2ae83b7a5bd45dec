"""Polling a folder: what was added, edited, moved, taken away; and Pelican's own word."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]
from pydantic import ValidationError

from bot.domain.errors import SourceError
from bot.ports.source import Harvest
from bot.sources.directory import Connector, DirectoryOptions
from tests.sources.polling import poll_once

TEXT = "---\ntitle: {title}\ndate: 2026-11-24T08:00:00Z\n---\nThe minister said it would open.\n"


def write(folder: Path, name: str, title: str = "A title", text: str = "") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or TEXT.format(title=title))


def poll(folder: Path, cursor: Mapping[str, Any] | None = None, **options: Any) -> Harvest:
    table = {"kind": "directory", "path": str(folder), "url": "https://example.org/", **options}
    return poll_once(Connector(DirectoryOptions.model_validate(table)), None, cursor, folder=folder)


def titles(harvest: Harvest) -> list[str]:
    return sorted(entry.title for entry in harvest.entries)


def test_the_files_are_the_articles(tmp_path: Path) -> None:
    write(tmp_path, "posts/a.md", "One")
    write(tmp_path, "posts/b c.md", "Two")
    write(tmp_path, "posts/_index.md", "A list")
    write(tmp_path, ".git/c.md", "Hidden")
    write(tmp_path, "posts/notes.txt", "No Markdown")
    assert titles(poll(tmp_path)) == ["One", "Two"]


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "One")
    write(tmp_path, "b.md", "Two")
    first = poll(tmp_path)
    assert poll(tmp_path, first.cursor).unchanged
    write(tmp_path, "b.md", "Corrected")
    assert titles(poll(tmp_path, first.cursor)) == ["Corrected"]


def test_a_file_taken_away_is_gone_and_one_that_moved_is_not(tmp_path: Path) -> None:
    own = "---\ntitle: B\nurl: /b/\n---\nText."
    write(tmp_path, "a.md")
    write(tmp_path, "b.md", text=own)
    first = poll(tmp_path)
    (tmp_path / "a.md").unlink()
    (tmp_path / "b.md").rename(tmp_path / "c.md")
    assert poll(tmp_path, first.cursor).gone == ("a.md",)


def test_a_draft_again_is_gone(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    first = poll(tmp_path)
    write(tmp_path, "a.md", text="---\ntitle: A\ndraft: true\n---\n")
    harvest = poll(tmp_path, first.cursor)
    assert (harvest.gone, harvest.entries) == (("a.md",), ())


def test_a_broken_file_keeps_none_of_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "One")
    write(tmp_path, "b.md", text="---\na: [1\n---\n")
    (tmp_path / "c.md").write_bytes(bytes(range(256)))
    harvest = poll(tmp_path)
    assert titles(harvest) == ["One"]
    assert sorted(harvest.notes) == ["b.md has YAML that cannot be read", "c.md has no front matter"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"there is no folder .*correct `path`"):
        poll(tmp_path / "nowhere")


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_link_leads_nowhere_outside(tmp_path: Path) -> None:
    write(tmp_path / "outside", "secret.md", "Secret")
    write(tmp_path / "inside", "a.md", "One")
    (tmp_path / "inside" / "b.md").symlink_to(tmp_path / "outside" / "secret.md")
    (tmp_path / "inside" / "c").symlink_to(tmp_path / "outside")
    assert titles(poll(tmp_path / "inside")) == ["One"]


def test_only_the_files_that_are_wanted(tmp_path: Path) -> None:
    write(tmp_path, "posts/a.md", "One")
    write(tmp_path, "about.md", "About us")
    assert titles(poll(tmp_path, files="posts/*.md")) == ["One"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"permalink": "/:yaer/:slug/"}, ":yaer is no part of an address"),
        ({"permalink": "/{slgu}/"}, "{slgu} is no part of an address"),
        ({"timezone": "Africa/Kigalo"}, "there is no time zone"),
        ({"style": "gatsby"}, "hugo"),
    ],
)
def test_a_mistake_is_named(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("{", r"\{")):
        DirectoryOptions.model_validate(
            {"kind": "directory", "path": "x", "url": "https://example.org/"} | wrong
        )


PELICAN = """Title: {title}
Date: 2026-11-{day:02} 10:00
Category: News
Tags: roads, Kigali
Authors: Jane Doe
Summary: Summary of {title}.

Text of {title}.
"""
TITLES = [
    "Roads & bridges",
    "L’été à Butare",
    "Ikiraro cya Nyabarongo",
    "Twice the same",
    "100% done: what now?",
]


def test_pelican_builds_the_pages_where_we_expect_them(tmp_path: Path) -> None:
    content, output = tmp_path / "content", tmp_path / "output"
    for day, title in enumerate(TITLES, 1):
        write(content, f"news/{day}.md", text=PELICAN.format(title=title, day=day))
    write(content, "news/draft.md", text="Title: Not yet\nDate: 2026-11-24\nStatus: draft\n\nText.")
    settings = "SITEURL='https://example.org'\nFEED_ALL_ATOM='all.xml'\nTIMEZONE='Africa/Kigali'\nDEFAULT_LANG='en'\n"
    (tmp_path / "conf.py").write_text(settings)
    command = [
        sys.executable,
        "-m",
        "pelican",
        str(content),
        "-o",
        str(output),
        "-s",
        str(tmp_path / "conf.py"),
        "-q",
    ]
    subprocess.run(command, check=True, capture_output=True)
    harvest = poll(content, style="pelican", timezone="Africa/Kigali")
    atom = etree.fromstring((output / "all.xml").read_bytes())
    space = "{http://www.w3.org/2005/Atom}"
    theirs = {
        (each.findtext(f"{space}title"), each.find(f"{space}link").get("href"))
        for each in atom.iter(f"{space}entry")
    }
    assert {(entry.title, entry.url) for entry in harvest.entries} == theirs
    dates = {each.findtext(f"{space}published") for each in atom.iter(f"{space}entry")}
    ours = {entry.published_at for entry in harvest.entries}
    assert ours == {datetime.fromisoformat(date) for date in dates}
