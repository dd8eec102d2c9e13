"""`python -I -S peak.py COMMAND...` runs a command and tells on stderr how many MB it had in memory at most.

A process of its own does it: until a child is another program, what its parent has in memory counts as the child's.
"""

import resource
import subprocess
import sys

if __name__ == "__main__":
    code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    sys.stderr.write(f"\n{peak / (2**20 if sys.platform == 'darwin' else 2**10):.1f}\n")
    sys.exit(code)
