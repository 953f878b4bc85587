"""A flame graph as one SVG file: wide is expensive, callers lie under what they call. In a browser a click zooms, Ctrl-F searches; without scripts it
is a picture with tooltips."""

import collections
import html
import re

WIDTH, LINE, TOP, BOTTOM, SMALLEST = 1200, 17, 46, 24, 0.15  # pixels
SCRIPT = """
const frames = [...document.querySelectorAll('g.f')], told = document.getElementById('told'), WIDTH = %d;
const value = (g, name) => +g.dataset[name];
function place(from, width) {
  for (const g of frames) {
    const x = (value(g, 'x') - from) / width * WIDTH, w = value(g, 'w') / width * WIDTH, under = x < -0.01 && x + w > WIDTH + 0.01;
    const gone = x + w < 0.05 || x > WIDTH - 0.05, left = Math.max(0, x), right = Math.min(WIDTH, x + w);
    g.style.display = gone ? 'none' : '';
    if (gone) continue;
    const [rect, text] = [g.children[1], g.children[2]];
    rect.setAttribute('x', left); rect.setAttribute('width', Math.max(0.2, right - left - 0.3)); rect.style.opacity = under ? 0.5 : 1;
    text.setAttribute('x', left + 3);
    const room = Math.floor((right - left - 6) / 6.6), name = g.dataset.n;
    text.textContent = room < 3 ? '' : name.length <= room ? name : name.slice(0, room - 1) + '\\u2026';
  }
}
function search(word) {
  let pattern; try { pattern = new RegExp(word, 'i'); } catch { return; }
  const found = frames.filter(g => { const is = word !== '' && pattern.test(g.dataset.n); g.classList.toggle('hit', is); return is; });
  const spans = found.map(g => [value(g, 'x'), value(g, 'x') + value(g, 'w')]).sort((a, b) => a[0] - b[0]);
  let share = 0, end = -1;
  for (const [a, b] of spans) { share += Math.max(0, b - Math.max(a, end)); end = Math.max(end, b); }
  told.textContent = word === '' ? '' : `"${word}": ${(100 * share).toFixed(1)} %%`;
}
frames.forEach(g => g.addEventListener('click', () => place(value(g, 'x'), value(g, 'w'))));
document.getElementById('all').addEventListener('click', () => place(0, 1));
document.getElementById('search').addEventListener('click', () => search(prompt('A function, or a regular expression', '') || ''));
addEventListener('keydown', e => { if ((e.ctrlKey || e.metaKey) && e.key === 'f') { e.preventDefault(); search(prompt('A function, or a regular expression', '') || ''); } });
place(0, 1);
"""


def short(symbol):
    """A C++ name without its arguments and what the compiler has added to it."""
    symbol = re.sub(r"\s*\[clone [^]]*\]|\.(constprop|isra|part|lto_priv|cold)(\.\d+)*", "", symbol)
    symbol = symbol.replace("(anonymous namespace)::", "")
    depth, kept = 0, []
    for at, octet in enumerate(symbol):
        if octet == "(" and not symbol.startswith("operator()", max(0, at - 8)):
            depth += 1
        elif octet == ")" and depth > 0:
            depth -= 1
        elif depth == 0:
            kept.append(octet)
    return "".join(kept).removesuffix(" const").strip() or symbol


def collapse(lines):
    """Samples of `perf script -F ip,sym,dso` as {(outermost, ..., innermost): count}. Functions of the kernel end with "_[k]"."""
    stacks, frames = collections.Counter(), []
    for line in [*lines, ""]:
        line = line.strip()
        if not line:
            if frames:
                stacks[tuple(reversed(frames))] += 1
            frames = []
            continue
        found = re.match(r"[0-9a-f]+ (.*) \(([^()]*(?:\([^()]*\))?[^()]*)\)$", line)
        if not found:
            continue
        symbol, place = found.groups()
        name = short(symbol) if symbol != "[unknown]" else f"[{place.rsplit('/', 1)[-1].strip('[]')}]"
        frames.append(name + "_[k]" if place.startswith("[kernel") or place.startswith("[guest.kernel") or place.endswith(".ko") else name)
    return stacks


def self_shares(stacks):
    """[(function, share of the samples that were in it itself)], the largest first."""
    total, own = sum(stacks.values()), collections.Counter()
    for stack, count in stacks.items():
        own[stack[-1]] += count
    return [(name, count / total) for name, count in own.most_common()]


class Node:
    def __init__(self):
        self.count, self.children = 0, {}


def tree(stacks):
    root = Node()
    for stack, count in stacks.items():
        node = root
        node.count += count
        for name in stack:
            node = node.children.setdefault(name, Node())
            node.count += count
    return root


def colour(name):
    """Kernel blue, the relay's own warm, all else green; shades tell neighbours apart."""
    shade = sum(name.encode()) * 7 % 50
    if name.endswith("_[k]"):
        return f"rgb({90 + shade},{140 + shade},{205 + shade // 2})"
    if re.match(r"(relay|msrp|session|rules|auth|ring|transport|base|config|control|daemon)::", name):
        return f"rgb({205 + shade},{95 + shade * 2},{50 + shade // 2})"
    return f"rgb({120 + shade},{170 + shade},{110 + shade})"


def svg(stacks, title):
    root = tree(stacks)
    if root.count == 0:
        raise ValueError("no samples")
    parts, deepest = [], 0

    def draw(name, node, begin, depth):
        nonlocal deepest
        if node.count / root.count * WIDTH < SMALLEST:
            return
        deepest = max(deepest, depth)
        x, w = begin / root.count, node.count / root.count
        parts.append((depth, name, x, w, node.count))
        for child, inner in sorted(node.children.items()):
            draw(child, inner, begin, depth + 1)
            begin += inner.count
    draw("all", root, 0, 0)
    height = TOP + BOTTOM + (deepest + 1) * LINE
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">', f"<title>{html.escape(title)}</title>",
           "<style>text{font:11px ui-monospace,monospace;fill:#111}.f{cursor:pointer}.hit rect{fill:#c026d3!important}.b{cursor:pointer;text-decoration:underline}</style>",
           f'<rect width="{WIDTH}" height="{height}" fill="#fdfdfb"/>', f'<text x="8" y="18" style="font-weight:bold">{html.escape(title)}</text>',
           '<text x="8" y="36" class="b" id="all">all</text><text x="40" y="36" class="b" id="search">search</text><text x="100" y="36" id="told"/>']
    for depth, name, x, w, count in parts:
        y, width = height - BOTTOM - (depth + 1) * LINE, w * WIDTH
        room = int((width - 6) / 6.6)
        label = "" if room < 3 else name if len(name) <= room else name[:room - 1] + "…"
        out.append(f'<g class="f" data-n="{html.escape(name)}" data-x="{x:.6f}" data-w="{w:.6f}"><title>{html.escape(name)}: {count:,} samples, {100 * w:.2f} %</title>'
                   f'<rect x="{x * WIDTH:.2f}" y="{y}" width="{max(0.2, width - 0.3):.2f}" height="{LINE - 1}" rx="2" fill="{colour(name)}"/>'
                   f'<text x="{x * WIDTH + 3:.2f}" y="{y + 12}">{html.escape(label)}</text></g>')
    out += [f"<script><![CDATA[{SCRIPT % WIDTH}]]></script>", "</svg>"]
    return "\n".join(out) + "\n"
