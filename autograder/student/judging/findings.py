"""Write what a check saw and tried as findings, in the words and code that a student reads."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from autograder.student.model.compare import (
    PRINT_SHAPES,
    RETURN_IT,
    array_text,
    as_numbers,
    kind,
    show,
)
from autograder.student.model.exercises import Answer, Case, Check, Probe, Trial
from autograder.student.model.results import Diagnosis, Finding

# What NumPy calls an array that float() takes: "length-1" before version 2.2, "0-dimensional" since.
_ONE_ELEMENT = re.compile("length-1|0-dimensional")

READ_NAME = (
    "Compare the line letter by letter with the names above it: Python knows no name like that."
)
# What helps with errors whose message says little to a beginner, by how "type: message" begins.
ADVICE = {
    "UnboundLocalError": "A name to which a function assigns belongs to that function alone. To count in a variable "
    "of the function around it, begin with the line nonlocal and the name, or keep the count in a list.",
    "(Name|Syntax|Indentation)Error": READ_NAME,
    "TypeError: (cannot unpack non-iterable NoneType|'NoneType' object is not (iterable|subscriptable))": "A function "
    "returned nothing, which Python calls None: let every way through the function end with return.",
    "TypeError: 'NoneType' object is not callable": "None is called here as if it were a function: to keep a function "
    "for later, write its name without brackets.",
    "AttributeError: 'NoneType' object": "Something is None: a function or method before this line ends without "
    "return.",
    "AttributeError: '(float|int)' object has no attribute '(shape|size|ndim|copy|dtype|flat|ravel|reshape|T)'": "Here "
    "an input is a plain number: np.asarray makes an array of it, and leaves an array as it is.",
    "TypeError: float.. argument must be .* not '": "float takes a plain number only. Test with isinstance first "
    "what kind of value you have.",
    "RecursionError": "A function calls itself without end. Follow its calls: a method that uses its own operator "
    "calls itself again.",
    "KeyError": "Print the keys of the dict that is read here, and compare them letter by letter.",
}


def unpack(probe: Probe, value: object) -> dict[str, object] | str:
    """The probe's named answers in a value, or a phrase that says why it does not hold them."""
    names = probe.names
    if probe.keyed or (len(names) > 1 and isinstance(value, Mapping)):
        if not isinstance(value, Mapping):
            return f"the result is {kind(value)}, expected a dict with the keys {', '.join(map(repr, names))}"
        missing = [name for name in names if name not in value]
        if missing:
            return f"the result has no {', '.join(map(repr, missing))}"
        return {name: value[name] for name in names}
    if len(names) == 1:
        return {names[0]: value}
    if isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim > 0):
        if len(value) == len(names):
            return dict(zip(names, value, strict=True))
        return f"the result has {len(value)} values, expected {len(names)}: {', '.join(names)}"
    found = "None: nothing was returned" if value is None else kind(value)
    return f"the result is {found}, expected {len(names)} values: {', '.join(names)}"


def wrong_form(check: Check, case: Case, why: str, value: object) -> Finding:
    """A finding for a value that does not hold the answers; `why` is what `unpack` says."""
    names = ", ".join(check.probe.names)
    message = (
        f"the result does not have the form that is asked for: {names}" if check.hidden else why
    )
    form = RETURN_IT if value is None else f"Return {names}, in this order."
    parts = tuple(check.judges.values())
    return make_finding(check, case, message, parts, got=show(value), form=form)


def stopped(check: Check, case: Case, answer: Answer) -> list[Finding]:
    """A finding for a probe that gave no value."""
    if answer.failure is None:
        return []
    message = answer.failure.discreet if check.hidden else answer.failure.text
    text = f"{answer.failure.type}: {answer.failure.message}"
    known = next((advice for form, advice in ADVICE.items() if re.match(form, text)), "")
    form = known or (PRINT_SHAPES if answer.failure.plain else "")
    return [make_finding(check, case, message, tuple(check.judges.values()), form=form)]


def alarms(answer: Answer) -> tuple[str, ...]:
    """The floating-point warnings of an answer: overflow, division by zero, an invalid value."""
    return tuple(warning for warning in answer.warnings if warning.startswith("RuntimeWarning: "))


def notices(check: Check, case: Case, answer: Answer, *, quiet: bool) -> list[Finding]:
    """Findings for warnings and for inputs that were changed.  Alarms cost points if `quiet`."""
    found = []
    costly = alarms(answer) if quiet else ()
    for warning in (costly or answer.warnings)[:1]:
        text = "a warning was raised" if check.hidden else f"a warning was raised: {warning}"
        parts = tuple(check.judges.values()) if costly else ()
        found.append(make_finding(check, case, text, parts, warning=not costly))
    # The names are those of the check: a name that came back could be anything.
    known = [*case.inputs, *re.findall(r"\w+", check.probe.text)]
    changed = [name for name in dict.fromkeys(known) if name in answer.changed]
    if answer.changed:
        text = (
            f"your code changes its input {', '.join(changed)}".rstrip()
            + " in place; work on a copy"
        )
        found.append(make_finding(check, case, text, (), warning=True))
    return found


def with_print(trial: Trial) -> Trial:
    """The trial, its visible findings with what was printed in their cases.

    Where nothing came back, the finding says that printing is not returning.
    """
    check = trial.check
    if check.hidden or not any(answer.printed for answer in trial.answers):
        return trial
    answers = {
        tried(check.probe, case): answer
        for case, answer in zip(check.cases, trial.answers, strict=False)
    }
    findings = []
    for finding in trial.findings:
        answer = answers.get(finding.tried)
        if answer and answer.printed and not finding.warning:
            message = finding.message + (_return_it(answer.printed) if _is_nothing(answer) else "")
            finding = replace(finding, message=message, printed=answer.printed)
        findings.append(finding)
    return replace(trial, findings=tuple(findings))


def _is_nothing(answer: Answer) -> bool:
    """Whether the student's function seems to have returned None."""
    if answer.failure is None:
        return answer.value is None
    return answer.failure.type == "TypeError" and "NoneType" in answer.failure.message


def _return_it(printed: str) -> str:
    return f"; it printed {' '.join(printed.split())[:60]}: return it"


def one_per_part(findings: Sequence[Finding]) -> list[Finding]:
    """The first finding for each part, and each warning once: ten cases of one mistake are one mistake."""
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.message,) if finding.warning else finding.parts, finding)
    return list(kept.values())


def one_voice(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings without relations that another finding of the same part contradicts.

    A factor or a sign holds everywhere or is none; of other relations there must not be two.
    """
    names: dict[tuple[str, ...], set[str]] = {}
    for finding in findings:
        if not finding.warning:
            names.setdefault(finding.parts, set()).add(
                finding.mistake.name if finding.mistake else ""
            )
    return tuple(
        finding
        if finding.mistake is None or finding.warning or _agreed(names[finding.parts])
        else replace(finding, mistake=None)
        for finding in findings
    )


def _agreed(names: set[str]) -> bool:
    """Whether findings of a part name one relation; a factor or sign, all of them."""
    given = names - {""}
    everywhere = any(name.startswith(("factor", "extra", "sign")) for name in given)
    return len(names if everywhere else given) == 1


def expected_answer(case: Case, name: str) -> np.ndarray:
    """The expected answer called `name`; LookupError if the case has none yet."""
    if not isinstance(case.expected, Mapping):
        raise LookupError(
            f"case {dict(case.inputs)!r} has no expected answer; the grader fills it from the reference"
        )
    return np.asarray(case.expected[name], dtype=np.float64)


def make_finding(
    check: Check,
    case: Case,
    message: str,
    parts: tuple[str, ...],
    *,
    got: str = "",
    expected: str = "",
    mistake: Diagnosis | None = None,
    warning: bool = False,
    form: str = "",
) -> Finding:
    """A finding of `check`; a hidden check shows neither its inputs nor what it expected."""
    parts = tuple(dict.fromkeys(parts))
    if check.hidden:
        return Finding(
            check.text, message, parts, mistake=mistake, hidden=True, warning=warning, form=form
        )
    return Finding(
        check.text,
        message,
        parts,
        tried(check.probe, case),
        got,
        expected,
        mistake,
        hidden=False,
        warning=warning,
        form=form,
    )


def numbers_of(check: Check, name: str, answer: Answer) -> np.ndarray | str:
    """The named answer as float64 numbers, or a string that says why there are none."""
    if answer.failure:  # the type alone would make one mistake of all that ends in the same type
        return f"failure {answer.failure.type}: {_ONE_ELEMENT.sub('one-element', answer.failure.message)}"
    unpacked = unpack(check.probe, answer.value)
    if isinstance(unpacked, str):
        return unpacked
    numbers = as_numbers(unpacked[name])
    return numbers if isinstance(numbers, str) else numbers.astype(np.float64)


def tried(probe: Probe, case: Case) -> str:
    """The code that was run, inputs first, as a student can paste it below their own."""
    given = [
        f"{name} = {as_code(value, len(name) + len(' = '))}" for name, value in case.inputs.items()
    ]
    return "\n".join([*given, probe.text])


def as_code(value: object, column: int = 0) -> str:
    """An input as Python source; rows of an array are aligned for source that begins at `column`."""
    if isinstance(value, np.ndarray):
        rows = array_text(value).replace("\n", "\n" + " " * (column + len("np.array(")))
        made = f"np.array({rows}{_dtype_as_code(value)})".replace("nan", "np.nan").replace(
            "inf", "np.inf"
        )
        return made if value.size or value.ndim == 1 else f"np.empty({value.shape})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {as_code(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(as_code, value))
        return (
            f"[{inner}]"
            if isinstance(value, list)
            else f"({inner}{',' if len(value) == 1 else ''})"
        )
    if isinstance(value, np.generic):
        return as_code(value.item())
    return (
        f"float({str(value)!r})"
        if isinstance(value, float) and not math.isfinite(value)
        else repr(value)
    )


def _dtype_as_code(array: np.ndarray) -> str:
    """The dtype argument of np.array, where the numbers alone do not imply the type."""
    usual = array.size and array.dtype in (np.float64, np.int64, np.bool_)
    return "" if usual else f", dtype=np.{array.dtype.name}"
