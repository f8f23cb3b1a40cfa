"""What remains of the figures if one of the historians or texts is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from sim.evidence.ledger import claims, sources
from sim.evidence.sets import EvidenceSet, Statement, Target

DERIVED = "derived"
"""Source of the claims that only combine others."""
WITHOUT = "-without-"
"""Between the name of a set and the historian or text that is taken to be wrong."""


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


def reading(evidence: EvidenceSet, who: str) -> EvidenceSet:
    """Return a set as one of `readings_of` reads it.

    What rests on nobody else is held out: shown beside the worlds, but not believed.
    """
    targets = {
        key: target if target.held_out else without(target, who) or _held_out(target)
        for key, target in evidence.targets.items()
    }
    names = {"name": name_of(evidence.name, who), "title": f"{evidence.title}, {called(who)}"}
    return evidence.model_copy(update={**names, "targets": targets})


def _held_out(target: Target) -> Target:
    return target.model_copy(update={"held_out": True})


def name_of(evidence: str, who: str) -> str:
    """Return the name of a set as it is read without a historian or text; "" for nobody."""
    return f"{evidence}{WITHOUT}{who}" if who else evidence


def parted(name: str) -> tuple[str, str]:
    """Return the set whose name it is, and who is taken to be wrong; "" for nobody."""
    evidence, _, who = name.partition(WITHOUT)
    return evidence, who


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
    cited = [claims()[name] for name in names]
    chains = [{each.source, *each.authority} for each in cited if each.source != DERIVED]
    return bool(chains) and all(who in chain for chain in chains)


def called(who: str) -> str:
    """Return the name of a historian or text."""
    if not who:
        return "everybody believed"
    return f"without {sources()[who].name}"
