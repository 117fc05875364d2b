from importlib.metadata import version

import webtoken
from loop import main


def prepare(signs, algorithm, key, audience):
    if algorithm != "HS256":
        key = webtoken.load_key_from_pem(key.encode())
    if signs:
        return lambda sub, exp: webtoken.encode(
            {"sub": sub, "aud": [audience], "exp": exp}, key, algorithm)
    algorithms, options = [algorithm], {"require": ["exp", "aud"]}
    return lambda token: webtoken.decode(token, key, algorithms, options, audience=audience)


main("webtoken", version("webtoken"),
     "encode and decode, Rust inside, keys loaded once; 0.5.0 prints a word for each token it makes, "
     "here to /dev/null", prepare)
