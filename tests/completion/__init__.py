"""Completion: what it is generated from (`python -m tests.completion` writes it again), and how it behaves."""
