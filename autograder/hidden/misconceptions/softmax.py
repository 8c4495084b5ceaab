"""Softmax and its loss in the forms in which students write them, right or with one mistake."""

from string import Template

# By style: the answer, with places where a mistake may stand.
STYLES = {
    "minus log p": """\
def softmax_loss(x, y):
    e = np.exp(x - $top)
    p = e / $total
    n = np.arange(len(x))
    loss = $minus$mean(np.log(p[n, y]$tiny))
    d = p.copy()
    d[n, y] -= $one
    return loss, d$by_n
""",
    "one-hot rows": """\
def softmax_loss(x, y):
    wanted = $one * np.eye(x.shape[1])[y]
    e = np.exp(x - $top)
    p = e / $total
    loss = $minus$mean(np.log(np.sum(p * np.eye(x.shape[1])[y], axis=1)$tiny))
    return loss, (p - wanted)$by_n
""",
    "logarithms of p": """\
def softmax_loss(x, y):
    z = x - $top
    e = np.exp(z)
    log_p = z - np.log($total)
    loss = $minus$mean(np.log(np.exp(log_p[range(len(y)), y])$tiny))
    dx = np.exp(log_p)
    dx[range(len(y)), y] -= $one
    return loss, dx$by_n
""",
    "row by row": """\
def softmax_loss(x, y):
    costs, dx = np.zeros(len(x)), np.zeros(x.shape)
    e = np.array([np.exp(row - $row_top) for row in x])
    totals = np.broadcast_to($total, e.shape)
    for n in range(len(x)):
        p = e[n] / totals[n]
        costs[n] = $minus(np.log(p[y[n]]$tiny))
        dx[n] = p
        dx[n, y[n]] -= $one
    return $mean(costs), dx$by_n
""",
    "examples in columns": """\
def softmax_loss(x, y):
    e = np.exp(x - $top)
    columns = (e / $total).T
    loss = $mean([$minus(np.log(columns[c, n]$tiny)) for n, c in enumerate(y)])
    right = np.array([[c == k for c in y] for k in range(len(columns))])
    return loss, (columns - $one * right).T$by_n
""",
    "log of the sum": """\
def softmax_loss(x, y):
    z = x - $top
    e = np.exp(z)
    totals = np.broadcast_to($total, e.shape)
    n = np.arange(len(x))
    with_logs = np.log(totals[n, y]) - z[n, y]
    loss = -1 * $minus$mean(with_logs)
    dx = e / totals
    dx[n, y] = dx[n, y] - $one
    return loss, dx$by_n
""",
}
RIGHT = {
    "top": "x.max(axis=1, keepdims=True)",
    "row_top": "row.max()",
    "total": "e.sum(axis=1, keepdims=True)",
    "minus": "-",
    "mean": "np.mean",
    "tiny": "",
    "one": "1",
    "by_n": " / len(x)",
}
NO_SHIFT = {"top": "0.0", "row_top": "0.0"}
ONE_MAXIMUM = {"top": "x.max()", "row_top": "x.max()"}
ONE_SUM, SUM_OVER_EXAMPLES = {"total": "e.sum()"}, {"total": "e.sum(axis=0)"}


def softmax_written(style: str, **mistake: str) -> str:
    """The answer in one of the styles; right, or with what a mistake puts in its places."""
    return Template(STYLES[style]).substitute(RIGHT | mistake)
