"""The themes: dark, light and 16 colours. One accent; state is a word and a glyph, colour only underlines it."""

from collections.abc import Mapping

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="dark",
    primary="#7ab7e8",
    secondary="#5b8bb0",
    accent="#7ab7e8",
    warning="#e5b567",
    error="#ef7f79",
    success="#7cc48f",
    foreground="#d6dae0",
    background="#15181d",
    surface="#1b1f26",
    panel="#252a33",
    dark=True,
    variables={
        "border": "#3a4250",
        "border-blurred": "#2d3440",
        "block-cursor-background": "#2f4a63",
        "block-cursor-foreground": "#f2f5f8",
        "block-cursor-text-style": "none",
        "input-selection-background": "#2f4a63",
        "scrollbar": "#39414e",
        "scrollbar-background": "#1b1f26",
    },
)

LIGHT = Theme(
    name="light",
    primary="#1f5f99",
    secondary="#4d7ca6",
    accent="#1f5f99",
    warning="#8a5a00",
    error="#b3261e",
    success="#1f7a43",
    foreground="#23282f",
    background="#fafaf8",
    surface="#f3f3f0",
    panel="#e8e9e6",
    dark=False,
    variables={
        "border": "#c3c7cc",
        "border-blurred": "#d9dcdf",
        "block-cursor-background": "#cfe1f2",
        "block-cursor-foreground": "#14181d",
        "block-cursor-text-style": "none",
        "input-selection-background": "#cfe1f2",
        "scrollbar": "#c3c7cc",
        "scrollbar-background": "#f3f3f0",
    },
)

SIXTEEN_COLOURS = Theme(
    name="16-colour",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_blue",
    accent="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables=BUILTIN_THEMES["ansi-dark"].variables
    | {
        "border": "ansi_cyan",
        "border-blurred": "ansi_bright_black",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_cyan",
        "input-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "scrollbar": "ansi_bright_black",
        "scrollbar-background": "ansi_default",
    },
)

THEMES = (DARK, LIGHT, SIXTEEN_COLOURS)


def choose_theme(configured: str | None, environ: Mapping[str, str]) -> str:
    """Return the name of the theme to start with: the configured one, else what the terminal can show."""
    if configured:
        return configured
    rich_colours = environ.get("COLORTERM") in ("truecolor", "24bit") or "256" in environ.get("TERM", "")
    return DARK.name if rich_colours else SIXTEEN_COLOURS.name
