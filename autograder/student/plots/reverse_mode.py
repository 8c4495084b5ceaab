"""Pictures of notebook 6."""


def plot_slide27(*_: object) -> None: ...


def plot_costs(*_: object) -> None: ...
