"""What remains of the figures if one of the historians or texts is wrong, and of the draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.evidence.ledger import claims, sources
from sim.evidence.sets import EvidenceSet, Statement, Target
from sim.inference.posterior import Posterior, reweighed

DERIVED = "derived"
"""Source of the claims that only combine others."""


def readings_of(evidence: EvidenceSet) -> dict[str, dict[str, Target]]:
    """Return the figures that remain, by who is taken to be wrong; "" for nobody.

    Only those historians and texts are named whose being wrong changes anything.
    """
    fitted = evidence.fitted
    cited = [claims()[name] for target in fitted.values() for name in target.claims]
    everybody = sorted({who for claim in cited for who in (claim.source, *claim.authority)})
    found = {"": fitted}
    for who in everybody:
        left = {key: without(target, who) for key, target in fitted.items()}
        kept = {key: target for key, target in left.items() if target is not None}
        if kept != fitted:
            found[who] = kept
    return found


def without(target: Target, who: str) -> Target | None:
    """Return what remains of a target if a historian or text is wrong; None if nothing does.

    A claim falls with its text and with everybody it is taken from; a statement falls with the
    last of its claims, those that only combine others not counted.
    """
    left = [each for each in target.statements if not _falls(each.claims, who)]
    if len(left) == len(target.statements):
        return target
    if len(left) > 1:
        return target.model_copy(update={"alternatives": tuple(left)})
    if not left:
        return None
    said = {name: getattr(left[0], name) for name in Statement.model_fields}
    return target.model_copy(update=said | {"alternatives": ()})


def _falls(names: Sequence[str], who: str) -> bool:
    chains = [{c.source, *c.authority} for c in map(claims().get, names) if c.source != DERIVED]
    return bool(chains) and all(who in chain for chain in chains)


def by_reading(posterior: Posterior) -> dict[str, np.ndarray]:
    """Return what each draw weighs under each reading, by who is taken to be wrong.

    Returns:
        (n_draws,) each, adding up to one; "" for everybody believed.
    """
    asked, found = posterior.problem, {}
    with_all = asked.log_likelihood(posterior.predictions)
    for who, kept in readings_of(asked.evidence).items():
        there = asked.log_likelihood(posterior.predictions, kept) if kept else 0.0
        found[who] = np.exp(reweighed(posterior.log_weights, there - with_all)[0])
    return found


def mixture(every: dict[str, np.ndarray]) -> np.ndarray:
    """Return the weights by which all readings, as of `by_reading`, choose draws alike."""
    return np.mean(list(every.values()), axis=0)


def called(who: str) -> str:
    """Return the name of a historian or text."""
    if not who:
        return "everybody believed"
    found = sources()[who]
    return f"without {found.author or found.title}"
