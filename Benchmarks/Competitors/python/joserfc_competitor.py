from importlib.metadata import version

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from loop import main

KEYS = {"HS256": OctKey, "RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}


def prepare(signs, algorithm, key, audience):
    key = KEYS[algorithm].import_key(key)
    header, algorithms = {"alg": algorithm}, [algorithm]
    if signs:
        return lambda sub, exp: jwt.encode(
            header, {"sub": sub, "aud": [audience], "exp": exp}, key, algorithms)
    registry = jwt.JWTClaimsRegistry(
        aud={"essential": True, "value": audience}, exp={"essential": True})

    def verify(token):
        claims = jwt.decode(token, key, algorithms).claims
        registry.validate(claims)
        return claims

    return verify


main("joserfc", version("joserfc"),
     "jwt.encode; jwt.decode and a JWTClaimsRegistry made once; keys imported once", prepare)
