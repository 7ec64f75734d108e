"""Every icon that a page or a plugin names is in the sprite."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [file for top in ("crm", "plugins", "templates") for file in (ROOT / top).rglob("*.*")]
NAMED = re.compile(r"""\bicon(?:\(|=)\s*["']([a-z0-9-]+)["']""")


def test_every_icon_named_is_built() -> None:
    listed = set((ROOT / "crm" / "static" / "icons.txt").read_text().splitlines())
    texts = (file.read_text() for file in SOURCES if file.suffix in {".html", ".py"})
    named = {name for text in texts for name in NAMED.findall(text)}
    assert named
    assert named <= listed, "add these to crm/static/icons.txt and run `make assets`"
