"""From a submission to a report: read it, run it in the sandbox, judge its answers, name its mistakes."""
