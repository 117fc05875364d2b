import uuid
from datetime import datetime
from importlib.metadata import version

import fastapi_users.jwt
import jwt
from fastapi_users import BaseUserManager, UUIDIDMixin
from fastapi_users.authentication import JWTStrategy
from loop import main

LIFETIME = 3600


class User:
    def __init__(self, id):
        self.id = id


class Users:
    """A database that has every user, at once."""

    async def get(self, id):
        return User(id)


class Manager(UUIDIDMixin, BaseUserManager):
    pass


class Clock:
    """The strategy stamps its tokens itself; so that they can be checked, with a time we set."""

    at = 0

    @staticmethod
    def now(zone):
        return datetime.fromtimestamp(Clock.at, zone)


def finish(coroutine):
    """Runs a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("it waits")


def prepare(signs, algorithm, key, audience):
    if algorithm != "HS256":
        key = jwt.get_algorithm_by_name(algorithm).prepare_key(key)
    strategy = JWTStrategy(key, LIFETIME, [audience], algorithm)
    if signs:
        fastapi_users.jwt.datetime = Clock
        users = {}

        def sign(sub, exp):
            Clock.at = exp - LIFETIME
            user = users.get(sub)
            if user is None:
                user = users[sub] = User(uuid.UUID(sub))
            return finish(strategy.write_token(user))

        return sign
    manager = Manager(Users())

    def verify(token):
        user = finish(strategy.read_token(token, manager))
        if user is None:
            raise ValueError
        return user.id

    return verify


main("FastAPI Users", version("fastapi-users"),
     "JWTStrategy's write_token and read_token; favoured: no event loop, a database that has every "
     "user at once, and loaded keys of RS256, ES256 and EdDSA, which its types don't foresee (PEM is read each time)",
     prepare, hands_out_expiry=False)
