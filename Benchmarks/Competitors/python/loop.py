"""What the competitors in Python share: Competitor.swift's requests, and the loop that is timed.

A competitor names a class of functions: `sign(subject, expiry)` returns a token, `verify(token)` the claims,
or raises. Both are called once an item; the call costs some 50 ns, and a strong reference to each
answer is kept until the clock has stopped, when they are summed up.
A library without an algorithm raises Missing.
"""
import os
import sys
import time

# What a library prints must not stand among the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
sys.stdout = open(os.devnull, "w")


class Missing(Exception):
    """The name of an algorithm that the library does not have."""


def word(text):
    return int.from_bytes(text.encode(), "little")


def sign_all(function, items):
    tokens = []
    keep = tokens.append
    start = time.perf_counter_ns()
    for subject, expiry in items:
        keep(function(subject, expiry))
    return time.perf_counter_ns() - start, tokens


def signs(function, items):
    taken, tokens = sign_all(function, items)
    return taken, sum(word(token[-8:]) for token in tokens), tokens[-1]


def signs_randomised(function, items):
    """The answer is of the signing input: a signature can't be foreseen."""
    taken, tokens = sign_all(function, items)
    ends = (token[:token.rindex(".")][-8:] for token in tokens)
    return taken, sum(map(word, ends)), tokens[-1]


def verifies(function, items):
    subjects, expiries = [], 0
    keep = subjects.append
    start = time.perf_counter_ns()
    for token in items:
        claims = function(token)
        keep(claims["sub"])
        expiries += claims["exp"]
    taken = time.perf_counter_ns() - start
    return taken, expiries + sum(word(sub[:8]) + word(sub[-8:]) for sub in subjects), None


def verifies_subjects(function, items):
    subjects = []
    keep = subjects.append
    start = time.perf_counter_ns()
    for token in items:
        keep(function(token))
    taken = time.perf_counter_ns() - start
    return taken, sum(word(sub[:8]) + word(sub[-8:]) for sub in map(str, subjects)), None


def main(name, version, driven, prepare, hands_out_expiry=True):
    """`prepare(signs, algorithm, key, audience)` returns a function, or raises with the reason."""
    language = "Python %d.%d.%d" % sys.version_info[:3]
    lines = iter(sys.stdin.readline, "")
    function, items, at, timed, last = None, [], 0, None, None
    for line in lines:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "describe":
            answer = f"{name}\t{version}\t{language}\t{driven}"
        elif word == "tokens":
            operation, algorithm, audience, key_lines, count = rest.split()
            key = "".join(next(lines) for _ in range(int(key_lines)))
            items = [next(lines).rstrip("\n") for _ in range(int(count))]
            if algorithm == "HS256":
                key = key.rstrip("\n")
            try:
                function = prepare(operation == "sign", algorithm, key, audience)
            except Missing as error:
                print("no no", error, file=answers, flush=True)
                continue
            except Exception as error:
                print("no", type(error).__name__, str(error).replace("\n", " "),
                      file=answers, flush=True)
                continue
            answer, timed = "ok", signs_randomised if algorithm == "ES256" else signs
            if operation == "sign":
                items = [(item.split()[0], int(item.split()[1])) for item in items]
            elif hands_out_expiry:
                timed = verifies
            else:
                answer, timed = "ok sub", verifies_subjects
        elif word == "judge":
            try:
                function(rest)
                answer = "accepted"
            except Exception:
                answer = "refused"
        elif word == "make":
            for item in items:
                print(function(*item), file=answers, flush=True)
            continue
        elif word == "run":
            count = int(rest)
            batch = [items[(at + i) % len(items)] for i in range(count)]
            at = (at + count) % len(items)
            taken, total, last = timed(function, batch)
            answer = f"{taken},{total % 2**64}"
        elif word == "last":
            answer = last
        else:
            continue
        print(answer, file=answers, flush=True)
