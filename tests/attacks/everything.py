"""All attacks, by group."""

from __future__ import annotations

from collections.abc import Mapping

from tests.attacks.catalogue import Attack
from tests.attacks.files import FILES
from tests.attacks.mind import MIND
from tests.attacks.network import NETWORK
from tests.attacks.notebook import NOTEBOOK
from tests.attacks.outputs import OUTPUTS
from tests.attacks.processes import PROCESSES
from tests.attacks.protocol import PROTOCOL
from tests.attacks.resources import RESOURCES

GROUPS: Mapping[str, tuple[Attack, ...]] = {
    "files": FILES,
    "processes": PROCESSES,
    "resources": RESOURCES,
    "network": NETWORK,
    "protocol": PROTOCOL,
    "the grader's mind": MIND,
    "notebook": NOTEBOOK,
    "outputs": OUTPUTS,
}
ATTACKS = tuple(attack for group in GROUPS.values() for attack in group)
