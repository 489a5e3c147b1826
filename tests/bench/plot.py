# SPDX-License-Identifier: GPL-2.0-or-later
"""A picture of what the benchmark measured: a dot for each median with a line
from lowest to highest, and the growth curves. Both scales are logarithmic."""

import math

OURS, OTHERS, LIMIT, INK, GRID = \
    "#c2410c", "#475569", "#0f766e", "#1e293b", "#e2e8f0"
COLORS = {"known": "#c2410c", "new": "#7c3aed", "bystander": "#0f766e",
          "bystanders": "#2563eb"}
CURVES = (
    ("ranges", "ranges of IPv4"),
    ("applications", "applications"),
    ("flows", "flows of the application"),
    ("rules", "rules of the profile"),
    ("cgroups", "cgroups"),
)
LABELS = {
    "known": "registered, known flow",
    "new": "registered, new destinations",
    "bystander": "not registered",
    "bystanders": "not registered, all cgroups in turn",
}
ROW, LEFT, WIDTH = 17, 280, 1180


class Picture:
    """Lines of SVG."""

    def __init__(self):
        self.lines = []

    def text(self, x, y, words, size=12, anchor="start", color=INK, weight=400):
        """Words at a place."""
        words = words.replace("&", "&amp;").replace("<", "&lt;")
        self.lines.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" '
            f'text-anchor="{anchor}" font-weight="{weight}">{words}</text>')

    def line(self, x1, y1, x2, y2, color, width=1.0):
        """A straight line."""
        self.lines.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{color}" stroke-width="{width}"/>')

    def dot(self, x, y, color, radius=4.0):
        """A full circle."""
        self.lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" '
                          f'fill="{color}"/>')

    def path(self, points, color):
        """A line through points."""
        text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.lines.append(f'<polyline points="{text}" fill="none" '
                          f'stroke="{color}" stroke-width="2"/>')


class Scale:
    """Logarithmic, from a range of values to a range of places."""

    def __init__(self, values, begin, end):
        low, high = min(values), max(values)
        self.low = math.floor(math.log10(low) * 3 - 0.01) / 3
        self.high = math.ceil(math.log10(high) * 3 + 0.01) / 3
        self.begin, self.end = begin, end

    def __call__(self, value):
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return self.begin + part * (self.end - self.begin)

    def ticks(self):
        """Round numbers inside."""
        for power in range(math.floor(self.low), math.ceil(self.high) + 1):
            for digit in (1, 2, 5):
                value = digit * 10.0 ** power
                if self.low - 1e-9 <= math.log10(value) <= self.high + 1e-9:
                    yield value


def color_of(name):
    """Ours stands out, and so does the limit of what is possible."""
    if name == "dronefence":
        return OURS
    return LIMIT if name in ("none", "empty") else OTHERS


def draw_costs(picture, results, names, cases, top):
    """A row for each candidate, by case. Returns where it ends."""
    shown = [case for case in cases if results.candidates("ns", case)]
    values = [value for key, list_ in results.values.items()
              if key[0] == "ns" for value in list_]
    if not values:
        return top
    scale = Scale(values, LEFT, WIDTH - 90)
    rows = sum(len(results.candidates("ns", case)) for case in shown)
    end = top + 14 + rows * ROW + len(shown) * 36
    for tick in scale.ticks():
        picture.line(scale(tick), top, scale(tick), end, GRID)
        picture.text(scale(tick), end + 16, f"{tick:,.0f}", 11, "middle")
    picture.text(LEFT - 12, end + 16, "ns per packet", 11, "end")
    y = top + 6
    for case in shown:
        y += 30
        picture.text(20, y, cases[case], 13, weight=600)
        y += 6
        for name in results.candidates("ns", case):
            y += ROW
            key = ("ns", case, name)
            low, high = results.spread(*key)
            median, color = results.median(*key), color_of(name)
            picture.text(LEFT - 12, y + 4, names[name], 12, "end", color)
            picture.line(scale(low), y, scale(high), y, color, 2)
            picture.dot(scale(median), y, color)
            picture.text(WIDTH - 84, y + 4, f"{median:.1f}", 11, color=color)
    return end + 40


def draw_curve(picture, results, table, label, left, top):
    """One small chart of ns by how many there are."""
    width, height = 330, 180
    cases = []
    for key in results.values:
        if key[0] == table and key[2] not in cases:
            cases.append(key[2])
    curves = {case: results.curve(table, case) for case in cases}
    points = [point for curve in curves.values() for point in curve]
    across = Scale([x for x, _ in points], left + 40, left + width)
    up = Scale([y for _, y in points], top + height, top + 24)
    picture.text(left, top + 8, f"ns per packet by {label}", 13, weight=600)
    for tick in up.ticks():
        picture.line(left + 40, up(tick), left + width, up(tick), GRID)
        picture.text(left + 34, up(tick) + 4, f"{tick:g}", 10, "end")
    for x in sorted({x for x, _ in points}):
        picture.text(across(x), top + height + 16, f"{x:,.0f}", 10, "middle")
    for row, (case, curve) in enumerate(curves.items()):
        color = COLORS.get(case, OTHERS)
        places = [(across(x), up(y)) for x, y in curve]
        picture.path(places, color)
        for place in places:
            picture.dot(*place, color, 3)
        picture.dot(left + 46, top + height + 32 + 15 * row, color, 3)
        picture.text(left + 54, top + height + 36 + 15 * row, LABELS[case], 11,
                     color=color)


def write(path, results, names, cases):
    """The picture, as SVG."""
    picture = Picture()
    picture.text(20, 32, "dronefence beside what people use: cost of a packet "
                 "at LOCAL_OUT", 18, weight=700)
    y = draw_costs(picture, results, names, cases, 50) + 20
    shown = [curve for curve in CURVES
             if any(key[0] == curve[0] for key in results.values)]
    for i, (table, label) in enumerate(shown):
        draw_curve(picture, results, table, label, 20 + i % 3 * 385,
                   y + i // 3 * 275)
    height = y + (len(shown) + 2) // 3 * 275
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
                   f'height="{height:.0f}" font-family="sans-serif">\n'
                   '<rect width="100%" height="100%" fill="white"/>\n' +
                   "\n".join(picture.lines) + "\n</svg>\n")
