"""Fonts for names in any script: FiraGO comes along; what it lacks is looked for among the machine's own fonts.

FiraGO (SIL Open Font License, in the package pymupdf-fonts) covers Latin, Greek, Cyrillic, Georgian, Arabic, Hebrew,
Devanagari and Thai. Chinese, Japanese and Korean fonts are too large to bring along (16 MB and more), and nearly every
desktop has one. A character that no font has is written as its code point, `[U+682A]`, and the document says so: nobody
is shown an empty box.
"""

import io
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pymupdf_fonts
from fontTools.ttLib import TTFont, TTLibError

_KINDS = frozenset((".ttf", ".otf", ".ttc", ".otc"))
# Upright book faces only: a name in a decorative or heavy face would stand out, and colour fonts have no outlines.
_UNFIT = re.compile(r"bold|italic|oblique|black|heavy|thin|light|mono|serif|emoji|condensed|symbol", re.IGNORECASE)
# Looked at first, so that the usual case opens a single file. The others follow by name.
_PREFERRED = re.compile(
    r"noto ?sans|source ?han ?sans|pingfang|hiragino sans|applesdgothic|msyh|yugoth|malgun|msgothic|arial unicode|wqy"
    r"|droidsansfallback",
    re.IGNORECASE,
)
_MOST_FILES = 200
"""Reading a font's character map takes 2 to 300 ms; a report waits for no more than this many."""
_RESTRICTED = 0x0002
"""OpenType, OS/2 table, fsType: the font must not be embedded."""


class FontSet(msgspec.Struct, frozen=True, kw_only=True):
    """What a document is set in. `fallbacks`: files of this machine; `missing`: the characters that no font has."""

    regular: bytes
    bold: bytes
    fallbacks: tuple[Path, ...]
    missing: frozenset[str]

    def printable(self, text: str) -> str:
        """Return `text` with each run of characters without a font written as code points: `[U+682A U+5F0F]`."""
        if self.missing.isdisjoint(text):
            return text
        run = f"[{re.escape(''.join(sorted(self.missing)))}]+"
        return re.sub(run, lambda found: f"[{' '.join(f'U+{ord(char):04X}' for char in found.group())}]", text)


def choose_fonts(texts: Iterable[str], folders: Sequence[Path] | None = None) -> FontSet:
    """Return the fonts for all of `texts`.

    Args:
        folders: where to look for what the bundled font lacks; null: where this system keeps its fonts.
    """
    regular, bold = pymupdf_fonts.myfont("figo"), pymupdf_fonts.myfont("figbo")
    with TTFont(io.BytesIO(regular), lazy=True) as font:
        missing = {char for char in set("".join(texts)) - _characters(font) if _is_visible(char)}
    fallbacks = []
    for path in _font_files(system_folders() if folders is None else folders) if missing else ():
        found = missing & _offers(path)
        if found:
            fallbacks.append(path)
            missing -= found
        if not missing:
            break
    return FontSet(regular=regular, bold=bold, fallbacks=tuple(fallbacks), missing=frozenset(missing))


def system_folders() -> tuple[Path, ...]:
    """Return the folders in which this system keeps its fonts."""
    home = Path.home()
    if sys.platform == "win32":
        return (Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts", home / "AppData/Local/Microsoft/Windows/Fonts")
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    return (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts")


def _is_visible(char: str) -> bool:
    """Return whether a reader would miss the character: joiners and variation selectors leave no mark."""
    return unicodedata.category(char) != "Cf" and not 0xFE00 <= ord(char) <= 0xFE0F


def _font_files(folders: Iterable[Path]) -> list[Path]:
    files = [path for folder in folders if folder.is_dir() for path in folder.rglob("*") if _fits(path)]
    return sorted(files, key=lambda path: (_PREFERRED.search(path.name) is None, path.name))[:_MOST_FILES]


def _fits(path: Path) -> bool:
    return path.suffix.lower() in _KINDS and _UNFIT.search(path.stem) is None


def _offers(path: Path) -> set[str]:
    """Return the characters a font file can set, none if it cannot be read or must not be embedded."""
    try:
        with path.open("rb") as file, TTFont(file, lazy=True, fontNumber=0) as font:
            if font["OS/2"].fsType & _RESTRICTED or not {"glyf", "CFF "} & set(font.keys()):
                return set()
            return _characters(font)
    except (OSError, TTLibError, KeyError):  # a broken font on this machine is as good as none
        return set()


def _characters(font: TTFont) -> set[str]:
    return {chr(code) for code in font.getBestCmap() or {}}
