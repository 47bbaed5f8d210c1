"""The lesson as a page: every step can be opened, sliders answer, the question has feedback."""

import ipywidgets as widgets
import pytest

from dashboards.voila.inheritance import FEEDBACK, RIGHT, lesson


@pytest.fixture
def page():
    return lesson()


def find(widget, kind, description=""):
    """All widgets of a kind below one, in order."""
    own = [widget] if isinstance(widget, kind) and description in widget.description else []
    children = getattr(widget, "children", ())
    return own + [found for child in children for found in find(child, kind, description)]


def texts(page):
    return " ".join(html.value for html in find(page, widgets.HTML))


def test_next_leads_through_all_steps(page):
    (forward,) = find(page, widgets.Button, "Next")
    (stack,) = find_stack(page)
    for place in range(1, 5):
        forward.click()
        assert stack.selected_index == place
    assert forward.disabled
    assert "12.5%" in texts(page)
    assert texts(page).count("<svg") >= 5


def find_stack(widget):
    own = [widget] if isinstance(widget, widgets.Stack) else []
    return own + [s for child in getattr(widget, "children", ()) for s in find_stack(child)]


def test_the_mating_and_the_generations_change_the_inbreeding(page):
    step = find_stack(page)[0].children[2]
    mating = find(step, widgets.ToggleButtons)[0]
    mating.value = "Full sibs"
    find(step, widgets.IntSlider, "Generations")[0].value = 3
    assert "inbreeding 50.0%" in texts(step)


@pytest.mark.parametrize("answer", FEEDBACK)
def test_every_answer_gets_its_own_feedback(page, answer):
    step = find_stack(page)[0].children[4]
    find(step, widgets.RadioButtons)[0].value = answer
    find(step, widgets.Button, "Check")[0].click()
    assert FEEDBACK[answer] in texts(step)
    assert ("Not yet" in texts(step)) == (answer != RIGHT)


def test_check_waits_for_an_answer(page):
    step = find_stack(page)[0].children[4]
    assert find(step, widgets.Button, "Check")[0].disabled
