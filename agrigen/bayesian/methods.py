"""The methods: which marker effects can be 0, and whose variances they have."""

from dataclasses import dataclass

from agrigen.bayesian import papers
from agrigen.citations import Citation
from agrigen.errors import ModelError, Problem


@dataclass(frozen=True)
class Method:
    """A prior distribution of marker effects.

    Attributes
    ----------
    name, title
        As declared, and as papers write it.
    spike
        Whether effects may be 0.
    own
        Whether every marker has a variance of its own.
    estimates_pi
        Whether the share of effects that are 0 is sampled.
    """

    name: str
    title: str
    citations: tuple[Citation, ...]
    spike: bool = False
    own: bool = False
    estimates_pi: bool = False


METHODS = {
    method.name: method
    for method in (
        Method("ridge", "Bayesian ridge regression", (papers.MEUWISSEN_2001,)),
        Method("bayes_a", "BayesA", (papers.MEUWISSEN_2001,), own=True),
        Method(
            "bayes_b", "BayesB", (papers.MEUWISSEN_2001, papers.CHENG_2015), spike=True, own=True
        ),
        Method("bayes_c", "BayesC", (papers.HABIER_2011,), spike=True),
        Method("bayes_cpi", "BayesCpi", (papers.HABIER_2011,), spike=True, estimates_pi=True),
        Method(
            "bayes_r", "BayesR", (papers.ERBE_2012, papers.MOSER_2015), spike=True,
            estimates_pi=True,
        ),
        Method(
            "bayes_lasso", "Bayesian lasso", (papers.PARK_2008, papers.DE_LOS_CAMPOS_2009), own=True
        ),
    )
}  # fmt: skip
ALIASES = {
    "brr": "ridge",
    "bayesridge": "ridge",
    "bl": "bayes_lasso",
    "lasso": "bayes_lasso",
    "bayesianlasso": "bayes_lasso",
    "bayescπ": "bayes_cpi",
}


def method_of(name: object) -> Method:
    """The method of a name, also as papers write it: BayesCpi, BRR, BL.

    Raises
    ------
    ModelError
        With the names that exist.
    """
    plain = str(name).lower().replace("_", "").replace("-", "").replace(" ", "")
    for key, method in METHODS.items():
        if plain in (key.replace("_", ""), method.title.lower().replace(" ", "")):
            return method
    if plain in ALIASES:
        return METHODS[ALIASES[plain]]
    text = f"There is no Bayesian method {name!r}."
    raise ModelError([Problem("method", (), text, f"Use one of {', '.join(METHODS)}.")])
