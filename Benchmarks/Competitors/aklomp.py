"""The engine aklomp: aklomp's base64 as PyPI's pybase64 carries it.

The library inside pybase64 is called from a loop in C (aklomp.c, the first argument), so no cost of
Python's stands in a figure: no call, no object made. TextProcessEngine.swift says what is asked and answered.
"""
import ctypes
import os
import sys

import pybase64._pybase64

loop = ctypes.CDLL(sys.argv[1]).run
loop.restype = ctypes.c_uint64
size_t, pointer = ctypes.c_size_t, ctypes.c_void_p
loop.argtypes = [
    pointer, ctypes.c_int, ctypes.c_char_p, size_t, size_t, size_t, pointer, size_t, size_t, pointer,
]
library = ctypes.CDLL(pybase64._pybase64.__file__)
coders = {
    "decode": ctypes.cast(library.base64_decode, pointer),
    "encode": ctypes.cast(library.base64_encode, pointer),
}
time = ctypes.c_uint64()

if len(sys.argv) > 2 and sys.argv[2] == "check":
    # Both names are there, or this line is not reached.
    sys.exit(0)
for request in iter(sys.stdin.buffer.readline, b""):
    words = request.split()
    if words[0] == b"pool":
        coding = words[1].decode()
        texts, size, answer = map(int, words[2:])
        pool = sys.stdin.buffer.read(texts * size)
        room = ctypes.create_string_buffer(size * 2 + 64)
        at = 0
    elif words[0] == b"cpu":
        os.sched_setaffinity(0, {int(words[1])})
    else:
        count = int(words[1])
        total = loop(
            coders[coding], coding == "decode", pool, texts, size, answer, room, at, count,
            ctypes.byref(time))
        at = (at + count) % texts
        print(f"{time.value},{total}", flush=True)
