"""Plots as SVG that stand alone: dark on light or light on dark as the reader's screen wants, numbers beside every bar."""

import html
import math

STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #222 } .soft { fill: #777 } .axis { stroke: #999; stroke-width: 1 }
.ours { fill: #2166ac } .other { fill: #a9bccf } .must { stroke: #c2410c; stroke-width: 2 } .aim { stroke: #15803d; stroke-width: 2 }
.spread { stroke: #444; stroke-width: 1.5 } .bad { fill: #c2410c }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .soft { fill: #999 } .ours { fill: #6baed6 } .other { fill: #55677a } .spread { stroke: #eee } }
</style>"""
LEFT, PLOT, LINE = 190, 470, 24


def page(width, height, parts, title):
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
                      f"<title>{html.escape(title)}</title>", STYLE, *parts, "</svg>"]) + "\n"


def text(x, y, said, anchor="start", kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}>{html.escape(said)}</text>'


def bars(title, groups, form):
    """groups: [(load, [(candidate, number)])], each drawn to its own largest number; `form` makes text of one."""
    parts, y = [text(0, 16, title)], 30
    for load, candidates in groups:
        y += 18
        parts.append(text(0, y, load, kind="soft"))
        y += 8
        largest = max(number for _, number in candidates) or 1
        for name, number in candidates:
            width = max(1, PLOT * number / largest)
            parts.append(text(LEFT - 8, y + 15, name, "end"))
            parts.append(f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{LINE - 8}" class="{"ours" if name == "relay" else "other"}"/>')
            parts.append(text(LEFT + width + 6, y + 15, form(number)))
            y += LINE - 4
    return page(LEFT + PLOT + 110, y + 12, parts, title)


def goals(title, rows):
    """rows: as bench/run keeps them. Each on a scale of its own, on which "must" stands in the middle and better lies to the right."""
    top, right = 58, LEFT + 290 + PLOT
    left, middle = LEFT + 290, LEFT + 290 + PLOT / 2
    parts = [text(0, 16, title), text(middle, 44, "must", "middle", "soft"), text(right, 44, "twice as good", "end", "soft"),
             text(left, 44, "half as good", "start", "soft")]
    y = top

    def place(row, value):
        better = value / row["must"] if row["more_is_better"] else row["must"] / value if value > 0 else 2
        return left + PLOT * (0.5 + max(-0.5, min(0.5, math.log2(better) / 2))) if better > 0 else left
    for row in rows:
        parts.append(text(0, y + 14, f"{row['name']}  {row['what']}"))
        at, aim = place(row, row["value"]), place(row, row["aim"])
        parts.append(f'<line x1="{left}" x2="{right}" y1="{y + 10}" y2="{y + 10}" class="axis" opacity="0.4"/>')
        parts.append(f'<line x1="{aim:.1f}" x2="{aim:.1f}" y1="{y + 2}" y2="{y + 18}" class="aim"/>')
        if row["least"] is not None:
            low, high = sorted((place(row, row["least"]), place(row, row["most"])))
            parts.append(f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y + 10}" y2="{y + 10}" class="spread"/>')
        parts.append(f'<circle cx="{at:.1f}" cy="{y + 10}" r="5" class="{"bad" if row["verdict"] == "MISSED" else "ours"}"/>')
        y += LINE
    parts.append(f'<line x1="{middle}" x2="{middle}" y1="{top - 6}" y2="{y}" class="must"/>')
    return page(right + 12, y + 10, parts, title)

