"""Every attack against the whole wall, where it must fail, and with its layers off, where it must succeed."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

import pytest
from _pytest.mark import ParameterSet

from autograder.sandbox.layers import Layer
from autograder.student.checks import find_exercise
from autograder.student.model.results import Status
from tests.attacks.arena import EVERY_LAYER, Arenas
from tests.attacks.catalogue import TARGET, Attack, Wall
from tests.attacks.everything import ATTACKS, GROUPS
from tests.attacks.machine import missing

# Attacks on a single layer that every run tries, for each layer; the others are among the long tests.  The whole wall
# meets all attacks in every run.
QUICK = 3


def _named(attacks: Iterable[Attack]) -> list[ParameterSet]:
    return [pytest.param(attack, id=attack.name) for attack in attacks]


def _mostly_long(tried: Iterable[tuple[ParameterSet, Collection[Layer]]]) -> list[ParameterSet]:
    """The parameters, of which every run tries the first few of each layer."""
    seen: Counter[Layer] = Counter()
    chosen = []
    for each, layers in tried:
        is_quick = any(seen[layer] < QUICK for layer in layers)
        seen.update(layers if is_quick else ())
        marks = () if is_quick else pytest.mark.long
        chosen.append(pytest.param(*each.values, id=each.id, marks=marks))
    return chosen


def _by_layers(attack: Attack, layer: Layer | None = None) -> list[str]:
    """What tests are sorted by, so that a grader is not started again and again."""
    return sorted(left.value for left in EVERY_LAYER - attack.off | ({layer} if layer else set()))


SWITCHABLE = sorted(
    (attack for attack in ATTACKS if attack.layers and not attack.walls), key=_by_layers
)
DOUBLED = [attack for attack in ATTACKS if attack.layers and attack.walls]
ALONE = sorted(
    ((attack, layer) for attack in ATTACKS for layer in attack.layers if attack.off != {layer}),
    key=lambda pair: (_by_layers(*pair), pair[0].name),
)
CONTROLLED = [attack for attack in ATTACKS if attack.control]
POINTS = find_exercise(TARGET)[1].points
# How an attack must not end: then it was not tried.
NOT_TRIED = re.compile(
    r"(?:Name|Syntax|Indentation|Attribute|Type|UnboundLocal|Import|Key|Index)Error"
)


@pytest.mark.parametrize("attack", _named(ATTACKS))
def test_the_whole_wall_holds(attack: Attack, arenas: Arenas) -> None:
    arena = arenas[EVERY_LAYER]
    after = arena.launch(attack, beside_honest=True)
    assert not after.crashed
    assert not attack.succeeded(after), after.how
    assert after.others
    assert after.others_graded_as_usual
    assert arena.healthy()
    if not attack.plant:
        assert after.report is not None and after.report.status is Status.GRADED
        assert attack.ruinous or not after.lost_more_than(TARGET), after.report.notes
        assert attack.ruinous or after.points(TARGET) == (0.0 if attack.answer else POINTS)
        assert not NOT_TRIED.match(after.how) or attack.ruinous, after.how


@pytest.mark.parametrize(
    "attack", _mostly_long((each, each.values[0].layers) for each in _named(SWITCHABLE))
)
def test_without_its_layers_the_attack_succeeds(attack: Attack, arenas: Arenas) -> None:
    if lacking := missing(attack):
        pytest.skip(lacking)
    after = arenas[EVERY_LAYER - attack.off].launch(attack)
    assert attack.succeeded(after), after.how


@pytest.mark.parametrize(
    ("attack", "layer"),
    _mostly_long(
        (pytest.param(attack, layer, id=f"{attack.name} - {layer.value}"), {layer})
        for attack, layer in ALONE
    ),
)
def test_each_of_its_layers_stops_the_attack_alone(
    attack: Attack, layer: Layer, arenas: Arenas
) -> None:
    if lacking := missing(attack) or (
        "" if layer in EVERY_LAYER else f"this machine has no layer {layer.value!r}"
    ):
        pytest.skip(lacking)
    after = arenas[EVERY_LAYER - attack.off | {layer}].launch(attack)
    assert not attack.succeeded(after), after.how


@pytest.mark.parametrize("attack", _named(DOUBLED))
def test_without_its_layers_the_rest_of_the_wall_stops_the_attack(
    attack: Attack, arenas: Arenas
) -> None:
    after = arenas[EVERY_LAYER - attack.off].launch(attack, beside_honest=True)
    assert not attack.succeeded(after), after.how
    assert after.others_graded_as_usual


@pytest.mark.parametrize("attack", _named(CONTROLLED))
def test_without_such_a_wall_the_attack_succeeds(attack: Attack, arenas: Arenas) -> None:
    assert attack.control is not None
    assert attack.control(attack, arenas[EVERY_LAYER])


def test_the_catalogue_is_large_and_tries_every_layer_and_every_wall() -> None:
    assert len(ATTACKS) >= 80
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert all(GROUPS.values())
    assert {guard for attack in ATTACKS for guard in attack.guards} == {*Layer, *Wall}
