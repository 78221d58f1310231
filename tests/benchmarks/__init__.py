"""Timings: not run by default, and never a reason to fail.

python -m pytest tests/benchmarks -s

Needs `gh` on the path (Debian package gh), and installs the program and HTTPie into
environments of their own. Each figure is the median of ratios of runs that were made in
turn: ours, theirs, ours, theirs.
"""
