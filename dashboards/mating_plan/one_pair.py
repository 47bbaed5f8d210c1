"""What one pair would give: two tags, the verdict in words, and a picture."""

from typing import Any

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.finding import NotOne, find_animal
from dashboards.components.page import button, content, control, message, row
from dashboards.mating_plan import data, views
from dashboards.session import Session

HINT = (
    '<p class="quiet">Write two tags; suggestions are animals that can be mated today. Limits are '
    "those under “Make a plan”.</p>"
)


class OnePair:
    """Two tags and what their mating would give."""

    def __init__(self, session: Session, page: Any) -> None:
        self.session, self.page = session, page
        self.found: Item | None = None
        self.start: data.Start | None = None
        self.sire = control(_tag_input("Male, by tag"))
        self.dam = control(_tag_input("Female, by tag"))
        self.ask = button("What would they give?")
        self.said = content()
        self.picture = row(align="stretch")
        self.ask.on_click(self._ask)

    def view(self) -> Any:
        self.place = pn.Column(
            content(f"<h2>What would one pair give?</h2>{HINT}"),
            row(self.sire, self.dam, self.ask), self.said, self.picture,
            sizing_mode="stretch_width", margin=0, styles={"gap": ".75rem"},
        )  # fmt: skip
        return self.place

    def offer(self, start: data.Start) -> None:
        """Suggest the animals of a farm; what was said of another one goes."""
        self.start, self.found = start, None
        self.sire.param.update(options=start.males["tag"].tolist(), value="", value_input="")
        self.dam.param.update(options=start.females["tag"].tolist(), value="", value_input="")
        self.redraw()

    def redraw(self) -> None:
        if self.found is None or self.start is None:
            self.said.object, self.picture.objects = "", []
            return
        self.said.object = views.pair(self.found, self.start, self.page.state.unit)
        self.picture.objects = views.pair_picture(self.found, self.start)

    async def _ask(self, _: Any) -> None:
        """Find both animals, then ask for their mating."""
        start = self.start
        if start is None:
            return
        written = [(one.value or one.value_input or "") for one in (self.sire, self.dam)]
        self.ask.disabled = True
        try:
            self.found = await self.session.ask(
                load_pair, self.session.hub, *written, start.farm["id"], self.page.form.limits()
            )
            self.redraw()
        except NotOne as error:
            self._refused(str(error))
        except ApiError as error:
            self._refused(error.message)
        finally:
            self.ask.disabled = False

    def _refused(self, text: str) -> None:
        self.found, self.picture.objects = None, []
        self.said.object = message("That pair could not be judged", text)


def load_pair(hub: Any, sire: str, dam: str, farm_id: str, limits: dict[str, Any]) -> Item:
    """What the mating of two animals would give, found by what is written on them."""
    male = _found(hub, sire, farm_id, "male")
    female = _found(hub, dam, farm_id, "female")
    answer: Item = hub.breeding.pair(male["id"], female["id"], **limits)
    return answer


def _found(hub: Any, written: str, farm_id: str, role: str) -> Item:
    try:
        return find_animal(hub, written, farm_id)
    except NotOne as error:
        raise NotOne(f"The {role}: {error}") from error


def _tag_input(name: str) -> pn.widgets.AutocompleteInput:
    return pn.widgets.AutocompleteInput(
        name=name, options=[], restrict=False, min_characters=1, case_sensitive=False,
        search_strategy="includes",
    )  # fmt: skip
