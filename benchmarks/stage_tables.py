"""The tables of the accuracy report, each a function of a study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np

import stage_scores as score
from crmkit.datasets import SCENARIOS, STAGES, LifeSettings, LifeShapes, ProductLives
from crmkit.typing import BoolArray, FloatArray, IntArray, LifeFamily
from stage_study import FAMILIES, Case, Question, Study
from stage_telling import BASELINES, View

Measure: TypeAlias = Callable[[FloatArray, IntArray], float]

REGIMES: Final[tuple[LifeFamily, ...]] = ("regimes", "trapezoids")
AGES: Final = (8, 9, 16, 32, 64, 110, 201)
UNITS: Final = (0, 10, 100, 1_000, 10_000)
FROM_ONSET: Final = (-12, -4, 0, 4, 8, 12, 16, 26)
BEFORE: Final = range(-12, 0)
FAST: Final = 0.05
SURE: Final = 0.8
DECLINE: Final = 3


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table, figures to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def two(value: float) -> str:
    """Write a share as .84, and 1 as 1."""
    text = f"{value:.2f}"
    return "-" if np.isnan(value) else text.removeprefix("0")


def _pair(values: Iterable[float]) -> str:
    return " / ".join(two(value) for value in values)


def _mean(values: BoolArray) -> float:
    return float(values.mean()) if len(values) else float("nan")


# --- right, beside others ------------------------------------------------------------------------


def by_scenario(study: Study) -> str:
    """Return accuracy by scenario, beside guesses and baselines; one table per family."""
    study.ask([Question(Case(family, name)) for family in FAMILIES for name in SCENARIOS])
    return "\n\n".join(_of_family(study, family) for family in FAMILIES)


def _of_family(study: Study, family: LifeFamily) -> str:
    cases = [Case(family, name) for name in SCENARIOS]
    truths = [study.truth(case) for case in cases]
    rows = [
        ["commonest stage", *(two(score.majority(truth)) for truth in truths)],
        ["age only", *_each(score.accuracy, [study.guessed_by_age(c) for c in cases], truths)],
    ]
    for name, method in BASELINES.items():
        chances = [study.told(Question(case, method=method)).chances for case in cases]
        rows.append([name, *_each(score.accuracy, chances, truths)])
    best = [study.told(Question(case)).chances for case in cases]
    rows.append(
        ["**template bank**", *(f"**{text}**" for text in _each(score.accuracy, best, truths))]
    )
    rows.append(["its stage or one beside it", *_each(score.adjacent, best, truths)])
    rows.append(["its calibration error", *_each(score.calibration_error, best, truths)])
    return table([family, *SCENARIOS], rows)


def _each(measure: Measure, chances: Sequence[FloatArray], truths: Sequence[IntArray]) -> list[str]:
    return [two(measure(c, t)) for c, t in zip(chances, truths, strict=True)]


def _hits(study: Study, case: Case, view: View = View()) -> BoolArray:  # noqa: B008
    return score.right(study.told(Question(case, view)).chances, study.truth(case))


# --- where it is right ---------------------------------------------------------------------------


def by_stage(study: Study) -> str:
    """Return the share found of each true stage, and the share right of each stage told."""
    rows = []
    for family in FAMILIES:
        case = Case(family)
        truth, told = study.truth(case), study.told(Question(case)).chances.argmax(axis=1)
        hit = told == truth
        rows.append([f"{family}, found", *(two(_mean(hit[truth == k])) for k in range(4))])
        rows.append([f"{family}, right when told", *(two(_mean(hit[told == k])) for k in range(4))])
    return table(["", *STAGES], rows)


def by_age(study: Study) -> str:
    """Return accuracy by weeks since launch."""
    names = [_span(low, high - 1) for low, high in pairwise(AGES)]
    rows = []
    for family in FAMILIES:
        case = Case(family)
        band = np.digitize(study.truth(case, "age"), AGES) - 1
        hit = _hits(study, case)
        rows.append([family, *(two(_mean(hit[band == k])) for k in range(len(names)))])
        guess = score.right(study.guessed_by_age(case), study.truth(case))
        rows.append(["age only", *(two(_mean(guess[band == k])) for k in range(len(names)))])
    return table(["weeks", *names], rows)


def _span(low: float, high: float) -> str:
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def by_volume(study: Study) -> str:
    """Return accuracy by units sold so far, over scenarios B, C and D."""
    edges = [*UNITS, np.inf]
    names = [f"below {UNITS[1]}", *(f"{low:,} and more" for low in UNITS[1:])]
    rows = []
    for family in FAMILIES:
        cases = [Case(family, name) for name in ("B", "C", "D")]
        band = np.digitize(np.concatenate([_units(study, case) for case in cases]), edges) - 1
        hit = np.concatenate([_hits(study, case) for case in cases])
        rows.append([family, *(two(_mean(hit[band == k])) for k in range(len(names)))])
        rows.append(["products", *(f"{np.sum(band == k):,}" for k in range(len(names)))])
    return table(["units", *names], rows)


def _units(study: Study, case: Case) -> IntArray:
    parts = [np.nansum(lives.counts(), axis=1) for lives in study.lives(case)]
    return np.concatenate(parts).astype(np.int64)


def by_demand_class(study: Study) -> str:
    """Return accuracy by demand class, over scenarios A to E."""
    told = [
        study.told(Question(Case(family, name))).demand for family in FAMILIES for name in SCENARIOS
    ]
    classes = sorted({str(name) for name in np.concatenate(told)})
    rows = []
    for family in FAMILIES:
        cases = [Case(family, name) for name in SCENARIOS]
        demand = np.concatenate([study.told(Question(case)).demand for case in cases])
        hit = np.concatenate([_hits(study, case) for case in cases])
        rows.append([family, *(two(_mean(hit[demand == name])) for name in classes)])
        rows.append(["products", *(f"{np.sum(demand == name):,}" for name in classes)])
    return table(["", *classes], rows)


# --- does it know when it does not know ----------------------------------------------------------


def coverage(study: Study) -> str:
    """Return the accuracy of the most certain products."""
    shares = (0.1, 0.25, 0.4, 0.5, 0.65, 0.8, 0.9, 1.0)
    rows = []
    for family in FAMILIES:
        for name in ("B", "C", "D"):
            case = Case(family, name)
            told, truth = study.told(Question(case)).chances, study.truth(case)
            most = [two(score.right_of_most_certain(told, truth, share)) for share in shares]
            rows.append([f"{family} {name}", *most])
    return table(["the most certain", *(f"{share:.0%}" for share in shares)], rows)


def calibration(study: Study) -> str:
    """Return how often it is right by how certain it says it is, on B."""
    rows = []
    for family in FAMILIES:
        bins = score.reliability(
            study.told(Question(Case(family))).chances, study.truth(Case(family))
        )
        rows += [[family, f"{b.products:,}", two(b.certain), two(b.right)] for b in bins]
    return table(["", "products", "largest probability, mean", "right"], rows)


def next_stage(study: Study) -> str:
    """Return how often the interval of the time to the next stage holds the truth."""
    rows = [
        [f"{family} {name}", *_timed(study, Case(family, name))]
        for family in FAMILIES
        for name in SCENARIOS
    ]
    header = ["", "within 80 %", "where the stage is right", "median width", "median error"]
    return table(header, rows)


def _timed(study: Study, case: Case) -> list[str]:
    told, left, hit = (
        study.told(Question(case)),
        study.truth(case, "weeks_to_next"),
        _hits(study, case),
    )
    inside = (told.low <= left) & (left <= told.high)
    width = np.nanmedian((told.high - told.low)[hit])
    error = np.nanmedian(np.abs(told.middle - left)[hit])
    return [two(_mean(inside)), two(_mean(inside[hit])), f"{width:.0f}", f"{error:.0f}"]


# --- decline -------------------------------------------------------------------------------------


def decline(study: Study) -> str:
    """Return the share flagged as declining by weeks from the true onset, on B."""
    cases = [Case(family, from_onset=week) for family in REGIMES for week in FROM_ONSET]
    study.ask([Question(case) for case in cases])
    rows = [row for family in REGIMES for row in _flagged(study, family)]
    return table(
        ["weeks from onset", *(f"{week:+d}" if week else "0" for week in FROM_ONSET)], rows
    )


def _flagged(study: Study, family: LifeFamily) -> list[list[str]]:
    names = ["told", f"told, P > {SURE}", "told, fast falls", "told, slow falls", "products"]
    columns = [_flags_at(study, Case(family, from_onset=week)) for week in FROM_ONSET]
    cells = zip(*columns, strict=True)
    return [[f"{family}: {name}", *row] for name, row in zip(names, cells, strict=True)]


def _flags_at(study: Study, case: Case) -> list[str]:
    chances, fair = study.told(Question(case)).chances, _fair(study, case)
    fast = np.concatenate([_fall(lives) for lives in study.lives(case)]) > FAST
    flagged = chances.argmax(axis=1) == DECLINE
    sure = chances[:, DECLINE] > SURE
    shares = [flagged[fair], sure[fair], flagged[fair & fast], flagged[fair & ~fast]]
    return [*(two(_mean(share)) for share in shares), f"{fair.sum():,}"]


def _fair(study: Study, case: Case) -> BoolArray:
    """Say which lives can be asked at that week: old enough, and simulated so far."""
    return study.truth(case, "decline_starts") + case.from_onset == study.truth(case, "age")


def _fall(lives: ProductLives) -> FloatArray:
    """Return the weekly fall of the log level over the decline."""
    rows = np.arange(len(lives))
    start, end = lives.decline_starts, lives.ends[:, DECLINE]
    fallen = np.log(lives.curve[rows, start] / lives.curve[rows, end - 1])
    return fallen / np.maximum(end - 1 - start, 1)


def false_alarms(study: Study) -> str:
    """Return the share flagged in one week, and in any of the twelve, before decline."""
    questions = [Question(Case(f, from_onset=week)) for f in REGIMES for week in BEFORE]
    study.ask(questions)
    rows = [_false_of_family(study, family) for family in REGIMES]
    header = ["", "in a week", "in any of twelve", "two weeks running", "four weeks running"]
    return table([*header, "products"], rows)


def _false_of_family(study: Study, family: LifeFamily) -> list[str]:
    cases = [Case(family, from_onset=week) for week in BEFORE]
    fair = _fair(study, cases[0])
    told = [study.told(Question(case)).chances.argmax(axis=1) for case in cases]
    flags = np.stack(told)[:, fair] == DECLINE
    shares = [float(flags.mean()), *(_mean(_ever_running(flags, n)) for n in (1, 2, 4))]
    return [family, *map(two, shares), f"{fair.sum():,}"]


def _ever_running(flags: BoolArray, weeks: int) -> BoolArray:
    runs = np.lib.stride_tricks.sliding_window_view(flags, weeks, axis=0)
    return np.asarray(runs.all(axis=-1).any(axis=0))


# --- where it is hard ----------------------------------------------------------------------------


def wrong_durations(study: Study) -> str:
    """Return accuracy on lives that last twice, or half, as long as the bank believes."""
    rows = []
    for factor in (2.0, 0.5):
        scaled = [Case(f, s, settings=_scaled(factor)) for f in REGIMES for s in SCENARIOS]
        study.ask([Question(case) for case in scaled])
    for factor, name in ((1.0, "as believed"), (2.0, "twice as long"), (0.5, "half as long")):
        for family in REGIMES:
            cases = [Case(family, s, settings=_scaled(factor)) for s in SCENARIOS]
            rows.append([f"{name}, {family}", *(two(_mean(_hits(study, c))) for c in cases)])
    return table(["durations", *SCENARIOS], rows)


def _scaled(factor: float) -> LifeSettings:
    usual = LifeSettings()
    ranges = tuple((max(low * factor, 1), high * factor) for low, high in usual.durations)
    return LifeSettings(durations=ranges, horizon=int(usual.horizon * factor))


def unknown_age(study: Study) -> str:
    """Return accuracy on products of 40 to 150 weeks of which only 26 weeks are shown, on B."""
    views = {
        "all weeks, age known": View(),
        "26 weeks, age unknown": View(weeks=26),
        "26 weeks, the first taken for the launch": View(weeks=26, launch_at_start=True),
    }
    rows = []
    for name, view in views.items():
        cells = []
        for family in FAMILIES:
            age = study.truth(Case(family), "age")
            old = (age >= 40) & (age <= 150)
            cells.append(two(_mean(_hits(study, Case(family), view)[old])))
        rows.append([name, *cells])
    return table(["", *FAMILIES], rows)


def stock_outs(study: Study) -> str:
    """Return accuracy with weeks out of stock as zeros and masked, on B, C and D."""
    rows = []
    for family in REGIMES:
        cases = [Case(family, name) for name in ("B", "C", "D")]
        bare = [case._replace(shapes=LifeShapes(stock_outs=1)) for case in cases]
        zeros = View(masked=False)
        study.ask([Question(case, view) for case in bare for view in (View(), zeros)])
        rows.append([f"{family}: none", *(two(_mean(_hits(study, c))) for c in cases)])
        rows.append([f"{family}: as zeros", *(two(_mean(_hits(study, c, zeros))) for c in bare)])
        rows.append([f"{family}: masked", *(two(_mean(_hits(study, c))) for c in bare)])
    return table(["weeks without stock", "B", "C", "D"], rows)


def shapes(study: Study) -> str:
    """Return accuracy on B with the further shapes, each alone."""
    season = LifeShapes(season=0.3, categories=10)
    stores = LifeShapes(stores=20)
    known = View(exposure="true")
    kinds = {
        "calm": (LifeShapes(), View()),
        "launch spikes": (LifeShapes(launch_spikes=1), View()),
        "fads": (LifeShapes(fads=1), View()),
        "relaunches": (LifeShapes(relaunches=1), View()),
        "shared season, not told": (season, View()),
        "shared season, index found by category": (season, View(exposure="found")),
        "shared season, true index as exposure": (season, known),
        "stores open one by one, not told": (stores, View()),
        "stores open one by one, as exposure": (stores, known),
    }
    study.ask([Question(Case(f, "B", kind), v) for kind, v in kinds.values() for f in REGIMES])
    rows = []
    for name, (kind, view) in kinds.items():
        cases = [Case(family, "B", kind) for family in REGIMES]
        hits = [_mean(_hits(study, case, view)) for case in cases]
        errors = [
            score.calibration_error(study.told(Question(case, view)).chances, study.truth(case))
            for case in cases
        ]
        rows.append([name, *map(two, hits), *map(two, errors)])
    return table(["", *REGIMES, *(f"calibration error, {name}" for name in REGIMES)], rows)


def second_cycle(study: Study) -> str:
    """Return accuracy on relaunched products by whether they are in their first life."""
    rows = []
    for family in REGIMES:
        case = Case(family, "B", LifeShapes(relaunches=1))
        again = np.concatenate([v.age > v.ends[:, DECLINE] for v in study.lives(case)])
        hit = _hits(study, case)
        rows.append([family, two(_mean(hit[~again])), two(_mean(hit[again]))])
    return table(["", "before the relaunch", "after it"], rows)


# --- customers -----------------------------------------------------------------------------------


def customers(study: Study) -> str:
    """Return accuracy on purchases of simulated customers, and on their triers alone."""
    scenarios = ("B", "C", "D")
    kinds = {"purchases": "purchases", "first purchases alone": "triers"}
    cases = {
        (family, name): [Case(family, s, bought=bought) for s in scenarios]
        for family in REGIMES
        for name, bought in kinds.items()
    }
    study.ask([Question(case) for some in cases.values() for case in some])
    rows = [
        [f"{family}: {name}", *(two(_mean(_hits(study, case))) for case in some)]
        for (family, name), some in cases.items()
    ]
    return table(["", *scenarios], rows)
