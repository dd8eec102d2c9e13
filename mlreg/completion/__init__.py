"""What TAB gets to see: the standard library alone, answered before anything else of mlreg is imported."""
