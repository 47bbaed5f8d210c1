"""How everything looks: colors, styles, and numbers and dates as people read them."""

import math
import re
from datetime import date, datetime
from html import escape
from typing import Any

import pandas as pd

# Text on paper has a contrast of 13:1, quiet text 5.6:1, links and buttons above 5:1 (WCAG AA
# asks for 4.5). Hues differ in lightness, so they are told apart without color vision.
INK, QUIET, LINE, PAPER, GROUND = "#1f2a24", "#5a665f", "#dfe5e1", "#ffffff", "#f4f6f4"
GREEN, GREEN_DARK, GREEN_TINT = "#1f6f4a", "#14523a", "#e4f1ea"
BLUE, ORANGE, RED, RED_TINT = "#2b6ca3", "#b45309", "#a4262c", "#fbeaea"
AMBER_TINT, BLUE_LIGHT = "#fdf3dc", "#8db6d9"
SERIES = (GREEN, BLUE, ORANGE, "#7a4f9a", "#8a8f3c", QUIET)

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"

# Custom properties reach into the shadow roots of Panel's components; rules do not.
PAGE_CSS = f"""
:root {{
  --ink: {INK}; --quiet: {QUIET}; --line: {LINE}; --paper: {PAPER}; --ground: {GROUND};
  --green: {GREEN}; --green-dark: {GREEN_DARK}; --green-tint: {GREEN_TINT};
  --blue: {BLUE}; --orange: {ORANGE}; --red: {RED}; --red-tint: {RED_TINT};
  --amber-tint: {AMBER_TINT}; --font: {FONT};
  --panel-primary-color: {GREEN}; --panel-on-primary-color: #fff;
  --panel-surface-color: {PAPER}; --panel-background-color: {GROUND};
  --font-size: 1rem; --base-font: {FONT};
}}
* {{ box-sizing: border-box; }}
html, body {{ margin: 0; padding: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 var(--font); }}
header.site {{ background: var(--green-dark); color: #fff; }}
header.site .strip {{ max-width: 1200px; margin: 0 auto; padding: .55rem 1rem; display: flex;
  flex-wrap: wrap; align-items: center; gap: .25rem 1.25rem; }}
header.site a {{ color: #fff; text-decoration: none; padding: .35rem 0; }}
header.site a:hover {{ text-decoration: underline; }}
header.site .brand {{ font-weight: 700; font-size: 1.1rem; letter-spacing: .01em; }}
header.site nav {{ display: flex; flex-wrap: wrap; gap: 0 1.1rem; flex: 1; white-space: nowrap; }}
header.site a[aria-current] {{ border-bottom: 3px solid #9fd8b8; }}
header.site .who {{ opacity: .9; font-size: .9rem; }}
main {{ max-width: 1200px; margin: 0 auto; padding: 1rem; }}
main > div {{ width: 100%; }}
h1 {{ font-size: 1.5rem; margin: .25rem 0 .75rem; }}
:focus-visible {{ outline: 3px solid #f0b429; outline-offset: 2px; }}
@media (max-width: 480px) {{
  main {{ padding: .6rem; }} h1 {{ font-size: 1.25rem; }}
  header.site .strip {{ padding: .4rem .6rem; }} header.site .who {{ margin-left: auto; }}
  header.site nav {{ order: 3; flex-basis: 100%; gap: 0 .8rem; font-size: .95rem; }}
}}
"""

CONTENT_CSS = """
:host { font: 16px/1.5 var(--font); color: var(--ink); min-width: 0; }
* { box-sizing: border-box; }
a { color: var(--green-dark); }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
nav.strip { color: var(--quiet); }
nav.strip a[aria-current] { font-weight: 700; color: var(--ink); }
h3 { font-size: 1rem; margin: 0 0 .35rem; }
p { margin: 0 0 .5rem; }
.quiet { color: var(--quiet); font-size: .9rem; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  padding: 1rem; }
.tiles { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); }
.tile { background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  padding: .75rem 1rem; }
.tile b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--quiet); font-size: .9rem; }
.scroll { overflow-x: auto; background: var(--paper); border: 1px solid var(--line);
  border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
th { font-weight: 600; color: var(--quiet); font-size: .85rem; background: #fafbfa; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.wrap { white-space: normal; min-width: 11rem; }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--paper); }
tbody tr:hover td { background: #f7faf8; }
.bar { position: relative; height: 14px; border-radius: 7px; background: #e6ebe8; min-width: 5rem;
  overflow: hidden; }
.bar > i { position: absolute; inset: 0 auto 0 0; background: var(--green); border-radius: 7px; }
.scale { position: relative; height: 16px; border-radius: 8px; margin: .5rem 0 .25rem;
  background: linear-gradient(90deg, #e9ddcf, #eef1ee 50%, #bfe0cd); }
.scale > i { position: absolute; top: -3px; width: 8px; height: 22px; margin-left: -4px;
  border-radius: 4px; background: var(--green-dark); }
.ends { display: flex; justify-content: space-between; color: var(--quiet); font-size: .8rem; }
.badge { display: inline-block; border-radius: 999px; padding: .05rem .6rem; font-size: .85rem;
  background: #e9edeb; color: var(--ink); }
.badge.good { background: var(--green-tint); color: var(--green-dark); }
.badge.bad { background: var(--red-tint); color: var(--red); }
.badge.busy { background: var(--amber-tint); color: #6b4700; }
.message { background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  border-left: 6px solid var(--orange); padding: 1rem 1.25rem; max-width: 46rem; }
.message.good { border-left-color: var(--green); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.part + .part, .part + .card, .card + .card { margin-top: 1.5rem; }
.values { display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); }
.value b { font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.wrong { color: var(--red); font-size: .9rem; margin: .25rem 0 0; }
.due { list-style: none; margin: 0 0 .75rem; padding: 0; }
.due li { padding: .4rem 0; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap;
  gap: .1rem .6rem; align-items: baseline; overflow-wrap: anywhere; }
.day { margin-top: .75rem; } .day.late { color: var(--red); }
.alert { margin: 0; overflow-wrap: anywhere; }
p.strip { background: var(--amber-tint); border: 1px solid #e8d7a8; border-radius: 10px;
  padding: .6rem 1rem; margin: 0; }
.copy { width: 100%; font: .9rem monospace; padding: .5rem; border: 1px solid #98a39d;
  border-radius: 8px; }
.gone { text-decoration: line-through; color: var(--quiet); }
.held { color: var(--red); font-weight: 600; }
.ways a { margin-right: 1.1rem; white-space: nowrap; display: inline-block; padding: .2rem 0; }
.photos { display: flex; flex-wrap: wrap; gap: .75rem; }
.photos figure { margin: 0; max-width: 180px; }
.photos img { max-width: 100%; border-radius: 8px; display: block; }
details.fold > summary { cursor: pointer; font-weight: 600; font-size: 1.15rem; }
details.fold[open] > summary { margin-bottom: .5rem; }
.tree, .tree ul { list-style: none; margin: 0; padding: 0 0 0 1rem;
  border-left: 2px solid var(--line); }
.tree { padding-left: 0; border-left: 0; }
.tree li { padding: .2rem 0 .2rem .35rem; }
.role { color: var(--quiet); font-size: .8rem; margin-right: .35rem; }
.drawn { display: block; } .listed { display: none; }
.drawn a:hover rect, .drawn a:focus rect { stroke-width: 3; }
.skeleton { height: 5rem; border-radius: 10px; background: #e8edea;
  animation: pulse 1.4s infinite; }
@keyframes pulse { 50% { opacity: .5; } }
@media (prefers-reduced-motion: reduce) { .skeleton { animation: none; } }
@media (max-width: 720px) { .drawn { display: none; } .listed { display: block; } }
@media (max-width: 480px) {
  .tiles { grid-template-columns: repeat(2, 1fr); gap: .5rem; }
  .tile { padding: .5rem .75rem; } .tile b { font-size: 1.3rem; }
  .card { padding: .75rem; }
  th, td { padding: .45rem .5rem; } th { white-space: normal; } td.wrap { min-width: 8.5rem; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .4rem; }
}
"""

CONTROL_CSS = """
:host { font: 1rem var(--font); }
.bk-input { font: 1rem var(--font); min-height: 2.6rem; border: 1px solid #98a39d;
  border-radius: 8px; background: #fff; color: var(--ink); }
label { color: var(--quiet); font: .85rem var(--font); }
.bk-btn { font: 600 .95rem var(--font); min-height: 2.6rem; border-radius: 8px; }
:host(.solid) .bk-btn.bk-btn-default, .bk-btn.bk-btn-default {
  background: #fff; border: 1px solid #98a39d; color: var(--ink); }
:host(.solid) .bk-btn.bk-btn-primary, .bk-btn.bk-btn-primary { background: var(--green);
  border-color: var(--green); color: #fff; }
.bk-btn.bk-btn-danger { background: var(--red); border-color: var(--red); color: #fff; }
.bk-btn-group { flex-wrap: wrap; }
:host(.solid) .bk-btn.bk-btn-default.bk-active, .bk-btn.bk-btn-default.bk-active {
  background: var(--green-tint); border-color: var(--green); color: var(--green-dark);
  box-shadow: none !important; }
input[type=checkbox] ~ * { font-size: 1rem; color: var(--ink); }
input[type=checkbox] { width: 1.15rem; height: 1.15rem; margin-right: .5rem;
  accent-color: var(--green); }
.bk-btn:focus-visible, .bk-input:focus-visible {
  outline: 3px solid #f0b429; outline-offset: 1px; }
"""

MISSING = "–"


def missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def number(value: Any, digits: int = 0) -> str:
    """1234.5 as 1,234 or 1,234.5; a dash when there is none."""
    return MISSING if missing(value) else f"{value:,.{digits}f}"


def signed(value: Any, digits: int = 2) -> str:
    """Breeding values are differences: they carry their sign (a real minus, not a hyphen)."""
    if missing(value):
        return MISSING
    text = f"{value:+,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else f"{0:.{digits}f}"


def percent(value: Any, digits: int = 0) -> str:
    """A fraction as a percentage."""
    return MISSING if missing(value) else f"{value * 100:.{digits}f} %"


def day(value: Any) -> str:
    """1 March 2024."""
    if missing(value) or value == "":
        return MISSING
    when = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{when.day} {when:%B %Y}"


def plain_days(sentence: str) -> str:
    """A sentence of the hub with its days as people write them."""
    return re.sub(r"\b\d{4}-\d\d-\d\d\b", lambda found: day(found[0]), sentence)


def moment(value: Any) -> str:
    """1 Mar 2024, 14:05."""
    if missing(value) or value == "":
        return MISSING
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{when.day} {when:%b %Y, %H:%M}"


def seconds(value: Any) -> str:
    """A duration as people say it."""
    if missing(value):
        return MISSING
    if value < 10:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def counted(count: int, one: str, many: str = "") -> str:
    """'1 animal', '12 animals'."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def words(code: str) -> str:
    """A code such as weaning_weight as words."""
    return code.replace("_", " ")


def inline(name: str) -> str:
    """The name of a trait inside a sentence: 'Weaning weight' as 'weaning weight', 'NIR' as is."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def better_than(percentile: Any) -> str:
    """'84 %'; nobody is better than 100 % of a breed that they belong to."""
    return MISSING if missing(percentile) else f"{min(99, max(0, round(percentile)))} %"


def sex_word(code: Any) -> str:
    return {"F": "female", "M": "male"}.get(str(code), "not recorded")


def refusal_page(sentence: str, *, home: str) -> str:
    """A whole small page for refusals before any app is there."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>AgriGen</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{PAGE_CSS}</style></head><body><main><h1>{escape(sentence)}</h1>"
        f'<p><a href="{escape(home)}">Go to the home page</a></p></main></body></html>'
    )
