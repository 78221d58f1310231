"""What the commands print under `--json`, as pydantic models: a class a shape.

They are written down for the JSON Schemas alone (`contract/schemas.py` lists them): printing
loads none of this. The tests hold every output of every run against them.
"""
