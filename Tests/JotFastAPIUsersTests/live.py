"""FastAPI Users itself: reads Jot's tokens and writes its own. Input and output are lines of JSON."""
import asyncio
import dataclasses
import json
import sys
import uuid

from fastapi_users import UUIDIDMixin
from fastapi_users.authentication import JWTStrategy


@dataclasses.dataclass
class User:
    id: uuid.UUID


class Manager(UUIDIDMixin):
    async def get(self, id):
        return User(id)


for line in sys.stdin:
    case = json.loads(line)
    strategy = JWTStrategy(
        case["secret"], 3600, algorithm=case["algorithm"], public_key=case["public_key"])
    user = asyncio.run(strategy.read_token(case["token"], Manager()))
    written = asyncio.run(strategy.write_token(User(uuid.UUID(case["user"]))))
    print(json.dumps({"user": str(user.id) if user else None, "token": written}), flush=True)
