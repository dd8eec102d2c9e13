"""What mlreg costs beside others that do the same: `python -m tests.benchmarks` measures and prints a table."""
