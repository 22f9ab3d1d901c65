"""Charts as plain SVG with a title; each stands beside a table with the same content."""

import math

from markupsafe import Markup

from kb import phrases
from kb import vocabulary as v

#: Narrow enough for a telephone: each effect has its words on one line and its interval below.
WIDTH, MARGIN, EFFECT, ROW = 420, 12, 38, 24


def forests(findings: list[dict]) -> list[dict]:
    """One forest plot for each group of comparable effects (same measure, scale and outcome).

    Returns [{"title", "svg", "rows"}]; groups of a single effect are shown too, since a reader
    wants its interval as well.
    """
    groups: dict[tuple, list[dict]] = {}
    for finding in findings:
        groups.setdefault(
            (finding["outcome_label"], finding["measure"], finding["scale"] or finding["unit"] or ""), []
        ).append(finding)
    return [_forest(key, members) for key, members in groups.items()]


def _forest(key: tuple, findings: list[dict]) -> dict:
    outcome, measure, scale = key
    ratio = measure in v.RATIO_MEASURES
    title = f"{outcome}: {v.Measure(measure).label.lower()}" + (f", {scale}" if scale else "")
    null = 1.0 if ratio else 0.0
    axis = _Axis([x for f in findings for x in (f["low"], f["high"], f["value"])] + [null], ratio)
    height = EFFECT * len(findings) + 2 * ROW
    parts = [
        *(_effect(f, i, axis, axis.x(null)) for i, f in enumerate(findings)),
        *(axis.tick(value, height) for value in axis.ticks(null)),
        *_sides(findings, height),
    ]
    svg = Markup('<svg class="forest" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}</svg>').format(
        WIDTH, height, title, title, Markup("").join(parts)
    )
    return {"title": title, "svg": svg, "rows": findings}


class _Axis:
    """Value → x, linear or logarithmic."""

    def __init__(self, values: list[float], logarithmic: bool):
        self.log = logarithmic and min(values) > 0
        ends = [self._scale(value) for value in values]
        span = (max(ends) - min(ends)) or 1
        self.low, self.high = min(ends) - span * 0.05, max(ends) + span * 0.05

    def _scale(self, value: float) -> float:
        return math.log(value) if self.log else value

    def x(self, value: float) -> float:
        return MARGIN + (self._scale(value) - self.low) / (self.high - self.low) * (WIDTH - 2 * MARGIN)

    def ticks(self, null: float) -> list[float]:
        """The null and round numbers within the axis, none so near to another that they run together."""
        if self.log:
            round_numbers = [digit * 10.0**power for power in range(-4, 5) for digit in (1, 2, 5)]
        else:
            step = _round_up((self.high - self.low) / 5)
            round_numbers = [step * i for i in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        kept = [null]
        for number in round_numbers:
            inside = number > 0 if self.log else True
            if inside and self.low <= self._scale(number) <= self.high:
                kept += [number] if all(abs(self.x(number) - self.x(other)) > 36 for other in kept) else []
        return kept

    def tick(self, value: float, height: int) -> Markup:
        shape = '<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
        return Markup(shape).format(self.x(value), height - ROW + 6, phrases.number(value))


def _round_up(step: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= step)


def _effect(finding: dict, i: int, axis: _Axis, null: float) -> Markup:
    words, y = EFFECT * i + 14, EFFECT * i + 27
    half = 3 + min(5, math.log10(max(finding["size"] or 10, 10)))
    when = (finding["time"] or "").removesuffix(" of treatment").replace("from the ", "after ").replace("of count ", "")
    label = ", ".join(filter(None, (finding["study_label"], when, finding["population"])))
    value, low, high = (phrases.number(finding[name]) for name in ("value", "low", "high"))
    shape = (
        '<text x="0" y="{words}">{label}</text>'
        '<line class="null" x1="{null:.1f}" y1="{above}" x2="{null:.1f}" y2="{below}"/>'
        '<line class="interval" x1="{low:.1f}" y1="{m:.1f}" x2="{high:.1f}" y2="{m:.1f}"/>'
        '<rect class="estimate {directness}" x="{left:.1f}" y="{top:.1f}" width="{side:.1f}" height="{side:.1f}"/>'
        '<text x="{end}" y="{words}" text-anchor="end">{figures}</text>'
    )
    return Markup(shape).format(
        directness=finding["directness"],
        words=words,
        null=null,
        above=y - 9,
        below=y + 9,
        m=y,
        label=label if len(label) < 42 else label[:40] + "…",
        low=axis.x(finding["low"]),
        high=axis.x(finding["high"]),
        left=axis.x(finding["value"]) - half,
        top=y - half,
        side=2 * half,
        end=WIDTH,
        figures=f"{value} ({low} to {high})",
    )


def _sides(findings: list[dict], height: int) -> list[Markup]:
    """Which side is good for the patient, where all effects agree on that."""
    better = {f["better"] for f in findings}
    if len(better) != 1 or None in better:
        return []
    left, right = (
        ("favours treatment", "favours comparison")
        if better == {v.Better.LOWER}
        else ("favours comparison", "favours treatment")
    )
    text = '<text class="side" x="{}" y="{}" text-anchor="{}">{}</text>'
    return [
        Markup(text).format(0, height - 4, "start", "← " + left),
        Markup(text).format(WIDTH, height - 4, "end", right + " →"),
    ]


#: What studies say, from good to bad, with their words: bands of the strip, sectors of the map.
BANDS = {"supports": "found it", "mixed": "mixed", "no-effect": "no effect", "contradicts": "the opposite"}


def strip(horizons: list[dict]) -> Markup:
    """How many studies say what at each horizon: does the benefit last?

    `horizons`: [{"label", "counts": {band: studies}}], in order of time; one without studies is shown as a gap.
    No strip where no horizon has a study.
    """
    most = max((sum(h["counts"].values()) for h in horizons), default=0)
    if not most:
        return Markup("")
    unit = min(300 / most, 100)
    parts = []
    for i, horizon in enumerate(horizons):
        x = 110.0
        parts.append(Markup('<text x="0" y="{}">{}</text>').format(i * ROW + 16, horizon["label"]))
        if not horizon["counts"]:
            parts.append(Markup('<text class="tick" x="{}" y="{}">{}</text>').format(x, i * ROW + 16, "no such study"))
        for band in BANDS:
            count = horizon["counts"].get(band, 0)
            if count:
                shape = (
                    '<rect class="{0}" x="{1:.1f}" y="{2}" width="{3:.1f}" height="18"/>'
                    '<text class="on" x="{4:.1f}" y="{5}">{6}</text>'
                )
                parts.append(Markup(shape).format(band, x, i * ROW + 2, count * unit - 1, x + 5, i * ROW + 16, count))
                x += count * unit
    says = "; ".join(f"{h['label']}: {_in_words(h['counts'])}" for h in horizons)
    return Markup(
        '<svg class="strip" viewBox="0 0 420 {}" role="img" aria-label="{}"><title>{}</title>{}</svg>'
    ).format(len(horizons) * ROW + 28, says, says, Markup("").join([*parts, *_legend(0, len(horizons) * ROW + 8, 105)]))


def _in_words(counts: dict[str, int]) -> str:
    """`2 found it, 1 no effect`."""
    return ", ".join(f"{counts[band]} {words}" for band, words in BANDS.items() if counts.get(band)) or "no such study"


def _legend(x: float, y: float, step: float = 120) -> list[Markup]:
    """The bands with their words, in a line that begins at x, y, one every `step`."""
    shape = '<rect class="{}" x="{}" y="{}" width="12" height="12"/><text x="{}" y="{}">{}</text>'
    return [
        Markup(shape).format(band, x + i * step, y, x + 18 + i * step, y + 11, words)
        for i, (band, words) in enumerate(BANDS.items())
    ]


#: Evidence map: width of the label column and of a cell, and largest radius of a circle.
MAP_LABEL, MAP_CELL, MAP_ROW, MAP_RADIUS = 210, 96, 52, 21


def gap_map(conditions: list[dict], horizons: list[dict], cells: list[dict]) -> Markup:
    """Conditions × horizons with a circle for each cell that has studies; every circle is a link."""
    at = {(cell["condition"], cell["horizon"]): cell for cell in cells}
    most = max((cell["participants"] or 0 for cell in cells), default=0) or 1
    parts = [
        Markup('<text class="tick" x="{}" y="14" text-anchor="middle">{}</text>').format(
            MAP_LABEL + MAP_CELL * (i + 0.5), horizon["label"]
        )
        for i, horizon in enumerate(horizons)
    ]
    for row, condition in enumerate(conditions):
        y = 24 + MAP_ROW * (row + 0.5)
        parts.append(Markup('<line class="grid" x1="0" y1="{0}" x2="100%" y2="{0}"/>').format(y - MAP_ROW / 2))
        label = condition["label"] if len(condition["label"]) < 32 else condition["label"][:30] + "…"
        parts.append(
            Markup('<a href="/conditions/{}"><text x="0" y="{}">{}</text></a>').format(condition["id"], y + 4, label)
        )
        for column, horizon in enumerate(horizons):
            cell = at.get((condition["id"], horizon["id"]))
            x = MAP_LABEL + MAP_CELL * (column + 0.5)
            if not cell:
                gap = '<text class="tick" x="{}" y="{}" text-anchor="middle">gap</text>'
                parts.append(Markup(gap).format(x, y + 4))
            else:
                parts.append(_bubble(cell, x, y, most, f"{condition['label']}, {horizon['label'].lower()}"))
    width, height = MAP_LABEL + MAP_CELL * len(horizons), 24 + MAP_ROW * len(conditions) + 20
    parts += [
        *_legend(0, height - 14),
        Markup('<circle class="weak" cx="{}" cy="{}" r="6"/><text x="{}" y="{}">{}</text>').format(
            486, height - 8, 498, height - 3, "only indirect or uncontrolled"
        ),
    ]
    says = "Evidence map; the table below has the same content"
    return Markup('<svg class="gap-map" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>').format(
        width, height, says, Markup("").join(parts)
    )


def _bubble(cell: dict, x: float, y: float, most: int, where: str) -> Markup:
    """A circle, its area by participants, its sectors by what the studies say; hollow without compared studies."""
    radius = 5 + (MAP_RADIUS - 5) * math.sqrt((cell["participants"] or 0) / most)
    total = sum(cell["counts"].values())
    if total:
        says = f"{where}: {_in_words(cell['counts'])}"
        shapes, angle = [], -math.pi / 2
        for band in BANDS:
            if cell["counts"].get(band):
                end = angle + 2 * math.pi * cell["counts"][band] / total
                shapes.append(_sector(band, x, y, radius, angle, end))
                angle = end
    else:
        says = f"{where}: only indirect or uncontrolled studies"
        shapes = [_sector("weak", x, y, 6, 0, 2 * math.pi)]
    link = '<a href="/studies?condition={}&amp;horizon={}" aria-label="{}"><title>{}</title>{}</a>'
    return Markup(link).format(cell["condition"], cell["horizon"], says, says, Markup("").join(shapes))


def _sector(stance: str, x: float, y: float, radius: float, start: float, end: float) -> Markup:
    if end - start > 2 * math.pi - 1e-6:
        return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>').format(stance, x, y, radius)
    ax, ay = x + radius * math.cos(start), y + radius * math.sin(start)
    bx, by = x + radius * math.cos(end), y + radius * math.sin(end)
    path = '<path class="{}" d="M{:.1f} {:.1f} L{:.1f} {:.1f} A{r:.1f} {r:.1f} 0 {} 1 {:.1f} {:.1f} Z"/>'
    return Markup(path).format(stance, x, y, ax, ay, int(end - start > math.pi), bx, by, r=radius)
