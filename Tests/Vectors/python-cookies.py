"""Writes python-cookies.json: what http.cookies makes of values, read (_unquote) and written (_quote).

Run: python3 Tests/Vectors/python-cookies.py > Tests/Vectors/python-cookies.json
"""
import itertools
import json
import platform
import random
from http.cookies import _quote, _unquote

draw = random.Random(13)
# What an escape may be made of, and what only looks like it.
near = '0348+- \\"x\n\u00e9'
quoted = ["", '"', '""', '"\\', '"\\"', 'a"b"', '"a', 'a"', '"\\012', '\\012', '"\\\\012"']
quoted += [f'"\\{"".join(three)}"' for three in itertools.product(near, repeat=3)]
for _ in range(400):
    text = "".join(draw.choice(near + "\\\\\\127_ab\u0663\u20ac") for _ in range(draw.randrange(12)))
    quoted.append(f'"{text}"')
plain = ["", "a", "a b", 'a"b', "\\", "a,b;c", "\u20ac", "a\u00ff\u0100"]
plain += [chr(code) for code in range(256)]

rows = [f"{json.dumps(name)}: [\n" + ",\n".join(
    json.dumps([text, change(text)]) for text in dict.fromkeys(texts)) + "\n]"
    for name, texts, change in [("unquote", quoted, _unquote), ("quote", plain, _quote)]]
print(f'{{"python": "{platform.python_version()}",\n' + ",\n".join(rows) + "}")
