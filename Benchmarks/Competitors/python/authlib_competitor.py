import authlib
from loop import main

from authlib.jose import ECKey, JsonWebToken, OctKey, OKPKey, RSAKey

KEYS = {"HS256": OctKey, "RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}


def prepare(signs, algorithm, key, audience):
    key = KEYS[algorithm].import_key(key)
    jwt = JsonWebToken([algorithm])
    if signs:
        return lambda sub, exp: jwt.encode(
            {"alg": algorithm}, {"sub": sub, "aud": [audience], "exp": exp}, key).decode()
    options = {"aud": {"essential": True, "value": audience}, "exp": {"essential": True}}

    def verify(token):
        claims = jwt.decode(token, key, claims_options=options)
        claims.validate()
        return claims

    return verify


main("Authlib", authlib.__version__,
     "JsonWebToken of one algorithm, its claims validated; keys imported once", prepare)
