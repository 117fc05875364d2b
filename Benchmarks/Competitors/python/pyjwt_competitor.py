import jwt
from loop import main


def prepare(signs, algorithm, key, audience):
    key = jwt.get_algorithm_by_name(algorithm).prepare_key(key)
    coder = jwt.PyJWT()
    if signs:
        return lambda sub, exp: coder.encode(
            {"sub": sub, "aud": [audience], "exp": exp}, key, algorithm)
    algorithms, options = [algorithm], {"require": ["exp", "aud"]}
    return lambda token: coder.decode(token, key, algorithms, options, audience=audience)


main("PyJWT", jwt.__version__,
     "jwt.encode and jwt.decode with the algorithm's prepared key; crypto by hmac and cryptography",
     prepare)
