"""Horizontal bar charts as plain geometry, drawn by one template macro; the same input gives the same bytes.

Analysis Function guidance: bars are labelled directly, nothing rests on colour alone, the finding stands above as a
sentence and the table of the same numbers below. A chart is laid out twice, because scaling one drawing down to a
320-pixel screen would shrink its 16-pixel text to seven.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HIDDEN: Final = "[c]"
_LINE: Final = 20
_BASELINE: Final = 15
_GAP: Final = 14
_BAR: Final = 24
# Room for the number after the longest bar, in pixels: six digits at 16 pixels, bold.
_VALUE_ROOM: Final = 64


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, and its value or None where disclosure control hides it."""

    label: str
    value: int | None


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text at the pixel (``x``, ``y``) of its baseline's start."""

    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """One bar in place; ``width`` is 0 for a hidden value and for nought, and then no bar is drawn."""

    label: tuple[TextLine, ...]
    x: int
    y: int
    width: int
    height: int
    value: TextLine


@dataclass(frozen=True, slots=True)
class Drawing:
    """One layout of a chart, in pixels."""

    width: int
    height: int
    axis_x: int
    bars: tuple[DrawnBar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in both layouts.

    Attributes:
        name: unique on its page; ids are made from it (letters, digits and hyphens).
        title: what is shown, a short noun phrase.
        description: the chart in words, for people who do not see it.
        has_hidden: a value is shown as ``[c]``.
    """

    name: str
    title: str
    description: str
    wide: Drawing
    narrow: Drawing
    has_hidden: bool


def draw_bars(name: str, title: str, bars: Sequence[Bar]) -> Chart:
    """Return the chart of ``bars``, in the order given.

    Raises:
        ValueError: no bar, a negative value, or a name that cannot be an id.
    """
    if not bars:
        raise ValueError("A chart needs at least one bar.")
    if any(bar.value is not None and bar.value < 0 for bar in bars):
        raise ValueError("A bar counts people: it cannot be negative.")
    if not name.isascii() or not name.replace("-", "").isalnum() or not name[0].isalpha():
        raise ValueError("A chart's name becomes an id: letters, digits and hyphens.")
    has_hidden = any(bar.value is None for bar in bars)
    return Chart(name, title, describe(bars), _draw_beside(bars), _draw_below(bars), has_hidden)


def show_value(value: int | None) -> str:
    """Return a count as pages write it: thousands parted by commas, ``[c]`` where it is hidden."""
    return HIDDEN if value is None else f"{value:,}"


def describe(bars: Sequence[Bar]) -> str:
    """Return the chart in words: how many bars, the longest, how many hidden, where the numbers are."""
    shown = [bar for bar in bars if bar.value is not None]
    hidden = len(bars) - len(shown)
    parts = ["A bar chart with 1 bar." if len(bars) == 1 else f"A bar chart with {len(bars)} bars."]
    if shown:
        longest = max(shown, key=lambda bar: bar.value or 0)
        parts.append(f"The longest is {longest.label}, {show_value(longest.value)}.")
    if hidden:
        parts.append(f"{hidden} of the numbers {'is' if hidden == 1 else 'are'} withheld and shown as {HIDDEN}.")
    parts.append("The table that follows holds the same numbers.")
    return " ".join(parts)


def _length(value: int | None, longest: int, span: int) -> int:
    """Return a bar's length in whole pixels, rounded half up; one pixel at least for anything but nought."""
    if not value:
        return 0
    return max(1, (2 * value * span + longest) // (2 * longest))


def _draw_beside(bars: Sequence[Bar]) -> Drawing:
    """Lay out for a wide column: the label to the left of its bar."""
    width, start, characters = 600, 232, 28
    return _draw(bars, width=width, start=start, characters=characters, beside=True)


def _draw_below(bars: Sequence[Bar]) -> Drawing:
    """Lay out for a phone: the label above its bar."""
    width, start, characters = 288, 0, 32
    return _draw(bars, width=width, start=start, characters=characters, beside=False)


def _draw(bars: Sequence[Bar], *, width: int, start: int, characters: int, beside: bool) -> Drawing:
    longest = max((bar.value or 0 for bar in bars), default=0) or 1
    span = width - start - _VALUE_ROOM
    top = 0
    drawn: list[DrawnBar] = []
    for bar in bars:
        lines = textwrap.wrap(bar.label, characters) or [""]
        text_height = len(lines) * _LINE
        row = max(text_height, _BAR) if beside else text_height + _BAR
        label_top = top + (row - text_height) // 2 if beside else top
        bar_top = top + (row - _BAR) // 2 if beside else top + text_height
        length = _length(bar.value, longest, span)
        drawn.append(
            DrawnBar(
                label=tuple(
                    TextLine(0, label_top + number * _LINE + _BASELINE, line) for number, line in enumerate(lines)
                ),
                x=start,
                y=bar_top,
                width=length,
                height=_BAR,
                value=TextLine(start + length + 8, bar_top + _BASELINE + 3, show_value(bar.value)),
            )
        )
        top += row + _GAP
    return Drawing(width, top, start, tuple(drawn))
