"""Answers that are right and look different: no check may take a point from them.  One module an assignment.

`VARIANTS` maps what is different to the functions that replace the reference's.  `REMARKED` holds answers that keep
all points and get a remark.
"""
