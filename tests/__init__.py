"""Tests of mlreg, against real servers and a real keyring."""
