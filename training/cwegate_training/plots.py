"""Line plots as SVG, drawn by hand: a few kilobytes each, the same bytes for the same figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 620, 340
LEFT, RIGHT, TOP, BOTTOM = 62, 250, 34, 48
COLOURS = ("#0b62a8", "#c4560c", "#2c7f3f", "#7c3f98", "#a3801a", "#9c2f3d", "#5b6770")


@dataclass
class Axis:
    """low, high: ends; ticks: marked values; log: whether equal ratios are equally long (values above 0 only)."""

    title: str
    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high one; what lies outside stands at an end."""
        ends = (self.low, self.high)
        if self.log:
            value, *ends = (math.log(max(v, 1e-12)) for v in (value, *ends))
        return min(1.0, max(0.0, (value - ends[0]) / (ends[1] - ends[0])))


@dataclass
class Line:
    """points: (x, y, low, high), the last two None where there is no interval; dashed: a reference, without dots."""

    title: str
    points: list[tuple[float, float, float | None, float | None]]
    dashed: bool = False


def plot(title: str, x: Axis, y: Axis, lines: list[Line]) -> str:
    """A diagram with a legend on its right. All text is escaped."""
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(px: float, py: float) -> tuple[str, str]:
        return f"{LEFT + wide * x.place(px):.1f}", f"{TOP + high * (1 - y.place(py)):.1f}"

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title, quote=True)}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{escape(title)}</text>',
    ]
    for tick in x.ticks:
        px, bottom = at(tick, y.low)
        out.append(f'<path d="M{px} {bottom}V{TOP}" stroke="#e3e6e8"/>')
        out.append(f'<text x="{px}" y="{TOP + high + 16}" text-anchor="middle">{tick:g}</text>')
    for tick in y.ticks:
        left, py = at(x.low, tick)
        out.append(f'<path d="M{left} {py}H{LEFT + wide}" stroke="#e3e6e8"/>')
        out.append(f'<text x="{LEFT - 6}" y="{py}" dy="4" text-anchor="end">{tick:g}</text>')
    out.append(f'<path d="M{LEFT} {TOP}V{TOP + high}H{LEFT + wide}" fill="none" stroke="#5b6770"/>')
    out.append(f'<text x="{LEFT + wide / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x.title)}</text>')
    middle = TOP + high / 2
    out.append(
        f'<text x="16" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 16 {middle:.0f})">{escape(y.title)}</text>'
    )
    for number, line in enumerate(lines):
        colour = "#5b6770" if line.dashed else COLOURS[number % len(COLOURS)]
        dash = ' stroke-dasharray="4 4"' if line.dashed else ""
        path = "L".join(" ".join(at(px, py)) for px, py, _, _ in line.points)
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.8"{dash}/>')
        for px, py, low, top in line.points if not line.dashed else ():
            if low is not None and top is not None:
                (cx, bottom), (_, upper) = at(px, low), at(px, top)
                out.append(f'<path d="M{cx} {bottom}V{upper}" stroke="{colour}"/>')
            cx, cy = at(px, py)
            out.append(f'<circle cx="{cx}" cy="{cy}" r="3" fill="{colour}"/>')
        row = TOP + 8 + 18 * number
        out.append(f'<path d="M{WIDTH - RIGHT + 12} {row}h18" stroke="{colour}" stroke-width="1.8"{dash}/>')
        out.append(f'<text x="{WIDTH - RIGHT + 34}" y="{row + 4}">{escape(line.title)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


SHARE = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
BUDGET = Axis("budget: alarms asked for per 1,000 changed lines", 0.08, 12, (0.1, 0.2, 0.5, 1, 2, 5, 10), log=True)


def reliability(calibrations: dict[str, dict]) -> str:
    """calibrations: by set, `calibration` of `cwegate eval`."""
    lines = [Line("exact", [(0, 0, None, None), (1, 1, None, None)], dashed=True)]
    for name, found in calibrations.items():
        lines.append(Line(name, [(b["claimed"], b["observed"], None, None) for b in found["bins"]]))
    return plot(
        "Reliability, a record's own class",
        Axis("probability claimed", 0, 1, SHARE),
        Axis("share observed", 0, 1, SHARE),
        lines,
    )


def recall(budgets: dict[str, list[dict]]) -> str:
    """budgets: by set, `budgets` of `cwegate eval`."""
    lines = [
        Line(name, [(r["budget"], r["recall"], None, None) for r in rows if r["recall"] is not None])
        for name, rows in budgets.items()
    ]
    return plot("Recall by budget, any class", BUDGET, Axis("share of vulnerable records", 0, 1, SHARE), lines)


def alarms(budgets: list[float], measured: list[float], intervals: list) -> str:
    """Alarms measured on the test packages against those asked for, with 95 % intervals."""
    scale = Axis("alarms measured per 1,000 changed lines", 0.02, 40, (0.02, 0.1, 0.5, 1, 2, 5, 10, 40), log=True)
    asked = Line("asked for", [(b, b, None, None) for b in budgets], dashed=True)
    points = [(b, m, low, high) for b, m, (low, high) in zip(budgets, measured, intervals)]
    return plot("Alarms on clean changes", BUDGET, scale, [asked, Line("measured", points)])
