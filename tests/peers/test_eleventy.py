"""What `style = "eleventy"` says of Eleventy's addresses, asked of Eleventy itself (npm)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.sources.directory import DirectoryOptions
from bot.sources.directory.poll import read
from tests.peers.newsroom import ROOT

pytestmark = pytest.mark.peers

COMMAND = ROOT / "node_modules/@11ty/eleventy/cmd.cjs"
FILES = {
    "posts/first-road.md": "title: The first road\ndate: 2026-11-20T08:00:00Z",
    "posts/2026-11-21-second-road.md": "title: The second road",
    "posts/Third Road.md": "title: The third road\ndate: 2026-11-21",
    "posts/deep/fourth/fourth.md": "title: Deep down\ndate: 2026-11-22",
    "posts/bundle/index.md": "title: A bundle\ndate: 2026-11-22T08:00:00Z",
    "news/ete.md": "title: L’été à Butare, déjà !\ndate: 2026-11-23T08:00:00Z",
    "news/own.md": "title: With its own place\npermalink: /elsewhere/own/\ndate: 2026-11-22",
    "news/file.md": "title: With a file of its own\npermalink: /elsewhere/file.html\ndate: 2026-11-22",
}


def test_eleventy_builds_the_pages_where_we_expect_them(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not COMMAND.is_file():
        pytest.skip("needs node 20 or newer and Eleventy: run tests/peers/install")
    for name, matter in FILES.items():
        path = tmp_path / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\n{matter}\n---\nText.\n")
    (tmp_path / "package.json").write_text("{}")
    done = subprocess.run(
        [node, str(COMMAND), "--input=content", "--to=json"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    pages = json.loads(done.stdout)
    theirs = {
        (page["inputPath"].removeprefix("./content/"), f"https://example.org{quote(page['url'])}")
        for page in pages
    }
    table = {"kind": "directory", "path": "content", "url": "https://example.org/", "style": "eleventy"}
    files = [(name, (tmp_path / "content" / name).read_bytes()) for name in FILES]
    entries, _ = read(files, DirectoryOptions.model_validate(table))
    assert {(name, entry.url) for name, entry in entries.items()} == theirs
