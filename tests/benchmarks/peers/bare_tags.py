"""The least that `model tag set - reviewed=yes` can cost, its writes: `python bare_tags.py URI THREADS < REFS`."""

import sys
from concurrent.futures import ThreadPoolExecutor

import urllib3

url, threads = f"{sys.argv[1]}/api/2.0/mlflow/model-versions/set-tag", int(sys.argv[2])
pool = urllib3.PoolManager(maxsize=threads)


def tag(ref: str) -> int:
    """Set the tag on a version."""
    name, _, version = ref.rpartition("/")
    return pool.request("POST", url, json={"name": name, "version": version, "key": "reviewed", "value": "yes"}).status


with ThreadPoolExecutor(threads) as executor:
    sys.stdout.write(f"{list(executor.map(tag, sys.stdin.read().split())).count(200)} done\n")
