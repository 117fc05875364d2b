import jose
from jose import jwk, jwt
from jose.constants import ALGORITHMS
from loop import Missing, main


def prepare(signs, algorithm, key, audience):
    if algorithm not in ALGORITHMS.SUPPORTED:
        raise Missing(algorithm)
    key = jwk.construct(key, algorithm)
    if signs:
        return lambda sub, exp: jwt.encode(
            {"sub": sub, "aud": [audience], "exp": exp}, key, algorithm)
    options = {"require_exp": True, "require_aud": True}
    return lambda token: jwt.decode(token, key, algorithm, options, audience)


main("python-jose", jose.__version__,
     "jwt.encode and jwt.decode with a key constructed once, on the backend cryptography", prepare)
