"""The same with a password that mlreg has in a keyring: `python bare_closed_list.py URI USER KEYRING_SERVICE`."""

import json
import sys

import keyring
import typer  # noqa: F401 - its import is what is measured
import urllib3
import yaml  # noqa: F401

uri, user, service = sys.argv[1:]
password = json.loads(keyring.get_password(service, "mlreg") or "")["password"]
headers = urllib3.make_headers(basic_auth=f"{user}:{password}")
query = {"order_by": "name ASC", "max_results": "200"}
pool = urllib3.PoolManager(headers=headers)
answer = pool.request("GET", f"{uri}/api/2.0/mlflow/registered-models/search", fields=query)
json.dump(answer.json()["registered_models"], sys.stdout)
