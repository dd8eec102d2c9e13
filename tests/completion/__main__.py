"""`python -m tests.completion`: write again what completion is generated to."""

from tests.completion.tree import files

for path, content in files().items():
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
