#!/usr/bin/env python3
"""Validates YAML files against a JSON schema: one line a file, "ok" or the first mistake.
usage: validate-trees.py SCHEMA FILE..."""
import json
import re
import sys

import jsonschema
import yaml


class Yaml12(yaml.SafeLoader):
    """yes and no are words, as in YAML 1.2 and in the product's own loader."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in rules if tag != "tag:yaml.org,2002:bool"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        error = jsonschema.exceptions.best_match(validator.iter_errors(yaml.load(file, Yaml12)))
    print("ok" if error is None else f"{'/'.join(map(str, error.absolute_path))}: {error.message}"[:200].replace("\n", " "))
