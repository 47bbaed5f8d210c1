"""The lesson on inheritance and inbreeding: five steps, one idea each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape

import ipywidgets as widgets
import numpy as np

from agrigen import plot
from dashboards.voila import pictures
from dashboards.voila.matings import LAMB, MATINGS, Flock, family_strands

STYLE = """<style>
.lesson {max-width: 980px; margin: 0 auto; padding: 8px 20px 40px;
  font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif;}
.lesson h1 {font-size: 30px; margin: 14px 0 4px; color: #1f2933; letter-spacing: -0.01em;}
.lesson h2 {font-size: 23px; margin: 18px 0 6px; color: #1f2933;}
.lesson p {font-size: 17px; line-height: 1.55; color: #334150; margin: 4px 0 10px; max-width: 50em;}
.lesson .quiet {color: #5f6b76;}
.lesson .note {background: #e2f4ef; border-left: 5px solid #00735c; padding: 12px 16px;
  border-radius: 4px; font-size: 17px; line-height: 1.5; color: #1f2933; margin: 14px 0 6px;}
.lesson .wrong {background: #fdf0e1; border-left-color: #b45309;}
.lesson .numbers {display: flex; flex-wrap: wrap; gap: 12px; margin: 10px 0;}
.lesson .numbers div {border: 1px solid #d5dbe1; border-radius: 8px; padding: 8px 16px;
  font-size: 14px; color: #5f6b76; min-width: 108px; background: #fff;}
.lesson .numbers b {display: block; font-size: 25px; color: #1f2933; font-weight: 650;}
.lesson .figure svg {width: 100%; height: auto; max-width: 660px;}
.lesson .key span {display: inline-flex; align-items: center; gap: 7px; margin-right: 20px;
  font-size: 15px; color: #334150;}
.lesson .key i {width: 22px; height: 12px; display: inline-block; border-radius: 2px;}
.lesson .widget-label, .lesson .widget-readout {font-size: 15px;}
.lesson .widget-toggle-button, .lesson .widget-button {font-size: 15px; height: 36px;
  line-height: 34px;}
.lesson .widget-toggle-button.mod-active {background: #0072b2; color: #fff;}
.lesson .widget-radio-box label {font-size: 17px; line-height: 30px; height: 30px;
  display: flex; flex-direction: row-reverse; justify-content: flex-end; align-items: center;
  gap: 10px;}
.lesson .widget-radio-box label input {position: static; margin: 0; width: 17px; height: 17px;}
.lesson .widget-radio {width: auto;} .lesson .widget-radio-box {max-width: none;}
.lesson .beside {display: flex; flex-wrap: wrap; gap: 10px 28px; align-items: flex-start;}
.lesson .beside > div {flex: 1 1 380px;}
</style>"""
SLIDER = {"description_width": "230px"}
SLIDER_LAYOUT = widgets.Layout(width="600px", max_width="100%")
DROPPED_GENES = 2000


@dataclass
class Step:
    """One idea: its short title, the widgets, and what draws it when it is opened."""

    title: str
    body: widgets.Widget
    draw: Callable[[], None]


def lesson() -> widgets.Widget:
    """The whole page; each step is computed when it is first opened."""
    steps = [_strands(), _brothers(), _relatives(), _average(), _question()]
    tabs = widgets.ToggleButtons(
        options=[(f"{number}  {step.title}", number - 1) for number, step in enumerate(steps, 1)],
        style={"button_width": "auto"},
    )
    stack = widgets.Stack([step.body for step in steps], selected_index=0)
    forward = widgets.Button(description="Next", button_style="primary", icon="")
    back = widgets.Button(description="Back", disabled=True)

    def show(change: dict) -> None:
        place = change["new"]
        steps[place].draw()
        stack.selected_index = place
        back.disabled, forward.disabled = place == 0, place == len(steps) - 1

    def move(by: int) -> None:
        tabs.value = tabs.value + by

    tabs.observe(show, "value")
    forward.on_click(lambda _: move(+1))
    back.on_click(lambda _: move(-1))
    steps[0].draw()
    page = widgets.VBox([_html(STYLE + HEAD), tabs, stack, widgets.HBox([back, forward])])
    page.add_class("lesson")
    return page


HEAD = (
    "<h1>Inheritance and inbreeding</h1>"
    '<p class="quiet">Sheep, but it is the same in cattle, pigs, dogs and people. '
    "Move the sliders; nothing can break.</p>"
)


def _html(text: str = "") -> widgets.HTML:
    return widgets.HTML(text, layout=widgets.Layout(width="100%"))


def _numbers(**figures: str) -> str:
    """Figures with what they are below, side by side."""
    boxes = (
        f"<div><b>{escape(value)}</b>{escape(name.replace('_', ' '))}</div>"
        for name, value in figures.items()
    )
    return f'<div class="numbers">{"".join(boxes)}</div>'


def _slider(description: str, value: float, low: float, high: float, step: float) -> widgets.Widget:
    """A slider that answers when it is let go, so that drawing keeps up."""
    kind = widgets.IntSlider if isinstance(step, int) else widgets.FloatSlider
    return kind(
        value=value, min=low, max=high, step=step, description=description,
        continuous_update=False, style=SLIDER, layout=SLIDER_LAYOUT,
    )  # fmt: skip


class _Dice:
    """Seeds for throws that differ from each other but not from one visit to the next."""

    def __init__(self) -> None:
        self.throw = 0

    def again(self) -> None:
        self.throw += 1


def _strands() -> Step:
    head = (
        "<h2>A lamb gets half of each parent. Chance decides which half.</h2>"
        "<p>Chromosomes come in pairs: one strand from the sire, one from the dam. "
        "Before a parent passes a strand on, its own two strands swap pieces. "
        "So each lamb receives a patchwork, and no two lambs receive the same one.</p>"
    )
    key = "".join(
        f'<span><i style="background:{color}"></i>{name}</span>'
        for color, name in zip(pictures.STRANDS, pictures.STRAND_NAMES, strict=True)
    )
    picture, dice = _html(), _Dice()
    button = widgets.Button(description="Four new lambs", button_style="info")

    def draw() -> None:
        picture.value = pictures.family_svg(family_strands(4, 5, rng=100 + dice.throw))

    button.on_click(lambda _: (dice.again(), draw()))
    note = (
        '<div class="note">Follow one color: a piece of the ram that went to lamb 1 may be '
        "missing in lamb 2. That is why full brothers and sisters differ.</div>"
    )
    body = widgets.VBox(
        [_html(f'{head}<div class="key">{key}</div>'), picture, button, _html(note)]
    )
    return Step("Half by chance", body, draw)


def _brothers() -> Step:
    head = (
        "<h2>The average lamb lies between its parents. Few lambs are average.</h2>"
        "<p>The <b>breeding value</b> says how many kilograms an animal's genes are worth, "
        "compared with the flock. Choose two parents and look at all their lambs.</p>"
    )
    ram = _slider("Breeding value of the ram, kg", 3.0, -4.0, 4.0, 0.5)
    ewe = _slider("Breeding value of the ewe, kg", 0.0, -4.0, 4.0, 0.5)
    count = _slider("Number of lambs", 300, 20, 1000, 20)
    output, dice = _html(), _Dice()
    button = widgets.Button(description="Throw again", button_style="info")

    def draw(_: object = None) -> None:
        flock = _flock()
        sire, sire_value = flock.nearest(ram.value)
        dam, dam_value = flock.nearest(ewe.value, other_than=sire)
        lambs = flock.lambs(sire, dam, count.value, rng=200 + dice.throw)
        output.value = _brothers_text(sire_value, dam_value, lambs)

    for control in (ram, ewe, count):
        control.observe(draw, "value")
    button.on_click(lambda _: (dice.again(), draw()))
    return Step(
        "Brothers differ", widgets.VBox([_html(head), ram, ewe, count, button, output]), draw
    )


@cache
def _flock() -> Flock:
    return Flock.make()


def _brothers_text(sire: float, dam: float, lambs: np.ndarray) -> str:
    middle = (sire + dam) / 2
    figure = plot.distribution(
        lambs, mark={"middle of the parents": middle}, label="breeding value of the lamb, kg",
        count="lambs", bins=np.arange(-9, 9.5, 0.5).tolist(),
    )  # fmt: skip
    better = float((lambs > max(sire, dam)).mean())
    figures = _numbers(
        ram=f"{sire:+.1f} kg", ewe=f"{dam:+.1f} kg", middle_of_parents=f"{middle:+.1f} kg",
        average_lamb=f"{lambs.mean():+.1f} kg", best_lamb=f"{lambs.max():+.1f} kg",
        worst_lamb=f"{lambs.min():+.1f} kg",
    )  # fmt: skip
    note = (
        f'<div class="note"><b>{better:.0%}</b> of these full brothers and sisters are better than '
        "both parents. This chance part has a name, <b>Mendelian sampling</b>, and it is half of "
        "all genetic variation: breeders live from it.</div>"
    )
    return figures + pictures.figure_svg(figure, "Breeding values of the lambs") + note


def _relatives() -> Step:
    head = (
        "<h2>Relatives share genes, and their lamb can get the same gene twice.</h2>"
        "<p>The <b>inbreeding</b> of a lamb is the chance that both its copies of a gene come from "
        "one and the same copy in an ancestor. We compute it from the pedigree. "
        "Then we check: we hand down genes through the pedigree, by chance, and count.</p>"
    )
    mating = widgets.ToggleButtons(
        options=list(MATINGS), value="Half sibs", style={"button_width": "140px"}
    )
    generations = _slider("Generations of this mating", 1, 1, 6, 1)
    genes = _slider("Genes to hand down", DROPPED_GENES, 100, 10_000, 100)
    output = _html()

    def draw(_: object = None) -> None:
        output.value = _relatives_text(mating.value, generations.value, genes.value)

    for control in (mating, generations, genes):
        control.observe(draw, "value")
    body = widgets.VBox([_html(head), mating, generations, genes, output])
    return Step("Relatives", body, draw)


def _relatives_text(mating: str, generations: int, genes: int) -> str:
    lines = [MATINGS[mating](number) for number in range(1, 7)]
    expected = [line.inbreeding() for line in lines]
    simulated = [line.dropped(genes, rng=300 + n) for n, line in enumerate(lines)]
    chosen = generations - 1
    tree = plot.pedigree_svg(
        lines[chosen].pedigree, LAMB, generations=min(generations + 1, 3),
        values={LAMB: f"inbreeding {expected[chosen]:.1%}"},
    )  # fmt: skip
    figures = _numbers(
        by_the_pedigree=f"{expected[chosen]:.1%}",
        by_handing_down_genes=f"{simulated[chosen]:.1%}",
    )
    trend = pictures.trend_svg(expected, simulated, generations)
    key = (
        '<div class="key"><span><i style="background:#0072b2"></i>pedigree</span>'
        '<span><i style="background:#b45309;border-radius:8px"></i>genes handed down</span></div>'
    )
    note = f'<div class="note">{_lesson_of(mating, expected)}</div>'
    return f'{tree}<div class="beside"><div>{figures}{note}</div><div>{key}{trend}</div></div>'


def _lesson_of(mating: str, expected: list[float]) -> str:
    if mating == "Unrelated":
        return (
            "A ram from elsewhere in every generation: no ancestor stands on both sides, and "
            "inbreeding stays at zero however long the pedigree is."
        )
    return (
        f"After one such mating the lamb is {expected[0]:.1%} inbred, after six {expected[5]:.0%}. "
        "The animals with a thick border stand on both sides of the pedigree: through them the "
        "lamb can get the same gene twice. More genes, better agreement: try 100 and 10,000."
    )


def _average() -> Step:
    head = (
        "<h2>The pedigree tells the average. The lamb itself may be luckier.</h2>"
        "<p>Genes are not handed down one by one but in long pieces of chromosome. So lambs with "
        "the very same pedigree differ in how much of their genome is doubled. Here are 400 lambs, "
        "all with the pedigree you choose.</p>"
    )
    mating = widgets.ToggleButtons(
        options=[name for name in MATINGS if name != "Unrelated"], value="Full sibs",
        style={"button_width": "140px"},
    )  # fmt: skip
    generations = _slider("Generations of this mating", 1, 1, 6, 1)
    output = _html()

    def draw(_: object = None) -> None:
        output.value = _average_text(mating.value, generations.value)

    for control in (mating, generations):
        control.observe(draw, "value")
    return Step("The average", widgets.VBox([_html(head), mating, generations, output]), draw)


def _average_text(mating: str, generations: int) -> str:
    line = MATINGS[mating](generations)
    shares = 100 * line.dropped_genomes(400, rng=400)
    expected = 100 * line.inbreeding()
    low, high = np.percentile(shares, [5, 95])
    figure = plot.distribution(
        shares, mark={"by the pedigree": expected}, label="part of the genome that is doubled, %",
        count="lambs", bins=np.arange(0, 101, 2.5).tolist(),
    )  # fmt: skip
    figures = _numbers(
        by_the_pedigree=f"{expected:.1f}%", average_of_the_lambs=f"{shares.mean():.1f}%",
        nine_in_ten_lambs=f"{low:.0f} to {high:.0f}%",
    )  # fmt: skip
    note = (
        '<div class="note">A pedigree cannot see this difference; DNA can. It is one reason why '
        "breeders began to genotype.</div>"
    )
    return figures + pictures.figure_svg(figure, "Doubled part of the genome in 400 lambs") + note


RIGHT = "12.5%"
FEEDBACK = {
    "0%": "Look for an animal that stands on both sides. Their common sire does, so the lamb can "
    "get a gene of his twice.",
    "6.25%": "Close: that is one half of the answer, and the lamb of two cousins with the same "
    "grandparents. Count the way again: lamb → sire → grandsire → dam → lamb has three steps with "
    "a chance of one half each.",
    RIGHT: "Right. One copy must come down through the sire and one through the dam, and they must "
    "be the same: ½ × ½ × ½ = 12.5%.",
    "25%": "That is the lamb of full sibs, who share sire <i>and</i> dam. Half sibs share one "
    "parent only.",
}


def _question() -> Step:
    head = (
        "<h2>Your turn</h2><p>A neighbor lends you a ram. By accident he is the half brother of "
        "your best ewe: they have the same sire. How inbred do you expect their lamb to be?</p>"
    )
    answer = widgets.RadioButtons(options=list(FEEDBACK), value=None)
    button = widgets.Button(description="Check", button_style="primary", disabled=True)
    output = _html()

    def chosen(_: object) -> None:
        button.disabled = answer.value is None
        output.value = ""

    def check(_: object) -> None:
        output.value = _feedback(answer.value)

    answer.observe(chosen, "value")
    button.on_click(check)
    return Step("Your turn", widgets.VBox([_html(head), answer, button, output]), lambda: None)


def _feedback(answer: str) -> str:
    if answer != RIGHT:
        return f'<div class="note wrong"><b>Not yet.</b> {FEEDBACK[answer]}</div>'
    line = MATINGS["Half sibs"](1)
    share = line.dropped(DROPPED_GENES, rng=500)
    tree = plot.pedigree_svg(line.pedigree, LAMB, generations=2)
    return (
        f'<div class="note">{FEEDBACK[answer]} And the genes agree: of {DROPPED_GENES:,} handed '
        f"down, {share:.1%} were doubled.</div>{tree}"
    )
