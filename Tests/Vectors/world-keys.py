"""Writes world-keys.json: keys as other programs write them, in forms right, old, mislabelled and wrong.

Run: python3 Tests/Vectors/world-keys.py > Tests/Vectors/world-keys.json
It needs openssl 3.0 with its legacy provider, ssh-keygen, and Python's cryptography. It checks what it makes
with them. Each run makes new keys: TEST KEYS, never use them.
"""
import base64
import json
import os
import pathlib
import re
import shlex
import struct
import subprocess
import tempfile

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, rsa

PASSPHRASE = "correct horse"
IN, OUT = f"-passin 'pass:{PASSPHRASE}'", f"-passout 'pass:{PASSPHRASE}'"
LEGACY = "-provider legacy -provider default"
DAYS = "-days 36500"
COMMENT = "user@example"

temporary = tempfile.TemporaryDirectory()
folder = pathlib.Path(temporary.name)
keys = {}


# Commands. They run in a folder that is removed at the end.

def write(name, text):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / name).chmod(0o600)


def read(name):
    return (folder / name).read_text()


def run(command, text="", fails=None):
    """What the command prints. With `fails` it must fail, and say these words."""
    done = subprocess.run(shlex.split(command), input=text if isinstance(text, bytes) else text.encode(),
                          capture_output=True, cwd=folder)
    said = done.stderr.decode()
    if fails is None:
        assert done.returncode == 0, f"{command}\n{said}"
    else:
        assert done.returncode != 0, f"{command}: did not fail"
        assert fails in said, f"{command}\n{said}"
    return done.stdout


def openssl(command, text="", fails=None):
    return run("openssl " + command, text, fails).decode()


def public_of(text, options=IN):
    return openssl(f"pkey -pubout {options}", text)


def not_loaded(load, text, reason=""):
    """That Python's cryptography refuses the key, for this reason."""
    try:
        load(text.encode(), None)
    except ValueError as error:
        assert reason in str(error), error
    else:
        raise AssertionError("cryptography read it")


# PEM and DER.

def pem(label, der, width=64):
    text = base64.b64encode(der).decode()
    lines = [text[start:start + width] for start in range(0, len(text), width)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def der(text):
    """The bytes of a text's only, or first, PEM block."""
    return base64.b64decode(re.search(r"-----BEGIN [^-]*-----([^-]*)-----END", text)[1])


def b64(value):
    return base64.b64encode(value).decode()


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(length)]) + length + content


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def items(value):
    """The tags and contents of the items in `value`."""
    found = []
    while value:
        size, start = value[1], 2
        if size >= 128:
            start += size - 128
            size = int.from_bytes(value[2:start], "big")
        found.append((value[0], value[start:start + size]))
        value = value[start + size:]
    return found


def pkcs1_numbers(text):
    """n, e, d, p, q, dP, dQ and qInv, from a PKCS#1 key or from a PKCS#8 key with any RSA identifier."""
    parts = items(items(der(text))[0][1])
    if parts[1][0] == 0x30:
        parts = items(items(parts[2][1])[0][1])
    return [int.from_bytes(content, "big") for _, content in parts[1:9]]


def pkcs1(numbers):
    return pem("RSA PRIVATE KEY", tlv(0x30, integer(0), *map(integer, numbers)))


def rsa_public(text):
    n, e = pkcs1_numbers(text)[:2]
    return spki(rsa.RSAPublicNumbers(e, n).public_key())


def spki(public):
    return public.public_bytes(serialization.Encoding.PEM,
                               serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def pkcs8(private):
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption()).decode()


def new_rsa(bits=2048):
    return openssl(f"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits}")


def new_ec():
    return openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256")


# 1. OpenSSH.

def string(value):
    return struct.pack(">I", len(value)) + value


def openssh(publics, privates, checks=(7, 7)):
    section = struct.pack(">II", *checks) + b"".join(privates)
    section += bytes(range(1, 1 + -len(section) % 8))
    return pem("OPENSSH PRIVATE KEY", b"openssh-key-v1\0" + string(b"none") + string(b"none") + string(b"")
               + struct.pack(">I", len(publics)) + b"".join(map(string, publics)) + string(section), 70)


def ssh_public(options):
    """The line of a new key, left in the files `key` and `key.pub`."""
    for name in ["key", "key.pub"]:
        (folder / name).unlink(missing_ok=True)
    run(f"ssh-keygen -q {options} -N '' -C {COMMENT} -f key")
    return read("key.pub")


def without_comment(line):
    return line.split()[:2]


for name, options in [("ssh_rsa", "-t rsa -b 2048"), ("ssh_p256", "-t ecdsa -b 256"),
                      ("ssh_p384", "-t ecdsa -b 384"), ("ssh_p521", "-t ecdsa -b 521"),
                      ("ssh_ed25519", "-t ed25519")]:
    line = ssh_public(options)
    plain = read("key")
    run(f"ssh-keygen -p -P '' -N '{PASSPHRASE}' -a 4 -f key")
    private = serialization.load_ssh_private_key(plain.encode(), None)
    forms = keys[name] = {
        "openssh": plain,
        "openssh_encrypted": read("key"),
        "line": line,
        # ssh-keygen writes who converted the key, and where.
        "rfc4716": re.sub("converted by .* from", f"converted by {COMMENT} from",
                          run("ssh-keygen -e -m RFC4716 -f key.pub").decode()),
        "pkcs8": pkcs8(private),
        "public_pem": spki(private.public_key()),
    }
    for form in ["openssh", "openssh_encrypted"]:
        write("key", forms[form])
        said = run(f"ssh-keygen -y -P '{PASSPHRASE if 'enc' in form else ''}' -f key").decode()
        assert without_comment(said) == without_comment(line)
    write("key.rfc4716", forms["rfc4716"])
    assert run("ssh-keygen -i -m RFC4716 -f key.rfc4716").decode().split() == without_comment(line)
    assert public_of(forms["pkcs8"]) == forms["public_pem"]
    assert spki(serialization.load_ssh_public_key(line.encode())) == forms["public_pem"]

kind = b"ssh-ed25519"
seeds = [os.urandom(32) for _ in range(2)]
halves = [ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw() for seed in seeds]
publics = [string(kind) + string(half) for half in halves]
mine = serialization.load_ssh_private_key(keys["ssh_ed25519"]["openssh"].encode(), None)
seed, half = mine.private_bytes_raw(), mine.public_key().public_bytes_raw()
public = string(kind) + string(half)


def ssh_private(public, seed, inner=None):
    return string(kind) + string(inner or public) + string(seed + (inner or public)) + string(COMMENT.encode())


# The container is as ssh-keygen makes it: with its check integer it is the same text.
made = der(keys["ssh_ed25519"]["openssh"])
at = made.index(string(public)) + len(string(public)) + 4
check = struct.unpack(">II", made[at:at + 8])
assert openssh([public], [ssh_private(half, seed)], check) == keys["ssh_ed25519"]["openssh"]

wrong = {
    # The public key before the private section is another key's.
    "openssh_wrong_public": openssh([publics[0]], [ssh_private(half, seed)]),
    # The public key is another key's wherever it stands; only the seed tells. ssh-keygen reads this one.
    "openssh_wrong_seed": openssh([publics[0]], [ssh_private(halves[0], seed)]),
    "openssh_wrong_check": openssh([public], [ssh_private(half, seed)], (7, 8)),
    "openssh_two_keys": openssh([public, publics[1]],
                                [ssh_private(half, seed), ssh_private(halves[1], seeds[1])]),
}
keys["ssh_ed25519"].update(wrong)
reasons = {"openssh_wrong_public": "field mismatch", "openssh_wrong_check": "broken checksum",
           "openssh_two_keys": "Only one key"}
for form, text in wrong.items():
    write("key", text)
    if form == "openssh_wrong_seed":
        assert without_comment(run("ssh-keygen -y -P '' -f key").decode())[1] == b64(publics[0])
    else:
        run("ssh-keygen -y -P '' -f key", fails="Load key")
        not_loaded(serialization.load_ssh_private_key, text, reasons[form])

# A key in a security token: the file has a handle, no private number.
application = string(b"ssh:")
kind = b"sk-ssh-ed25519@openssh.com"
public = string(kind) + string(halves[0]) + application
keys["ssh_sk"] = {
    "openssh": openssh([public], [public + b"\x01" + string(os.urandom(64)) + string(b"")
                                  + string(COMMENT.encode())]),
    "line": f"{kind.decode()} {b64(public)} {COMMENT}\n",
}
write("key", keys["ssh_sk"]["openssh"])
assert without_comment(run("ssh-keygen -y -P '' -f key").decode()) == without_comment(keys["ssh_sk"]["line"])


# 2. RSASSA-PSS. Where a parameter has its default, openssl leaves it out: so `pss_sha1` has parameters, but
# an empty sequence of them, and `pss_sha256_salt20` has no salt length.

def pss_options(digest, mask, salt):
    return (f"-pkeyopt rsa_pss_keygen_md:{digest} -pkeyopt rsa_pss_keygen_mgf1_md:{mask}"
            f" -pkeyopt rsa_pss_keygen_saltlen:{salt}")


for name, digest, mask, salt in [
        ("pss", None, None, None), ("pss_sha256", "sha256", "sha256", 32),
        ("pss_sha384", "sha384", "sha384", 48),
        ("pss_sha512", "sha512", "sha512", 64), ("pss_sha256_salt20", "sha256", "sha256", 20),
        ("pss_sha1", "sha1", "sha1", 20), ("pss_mixed", "sha256", "sha1", 32),
        ("pss_sha256_salt64", "sha256", "sha256", 64)]:
    options = pss_options(digest, mask, salt) if digest else ""
    private = openssl(f"genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 {options}")
    public = public_of(private)
    forms = keys[name] = {"pkcs8": private, "spki": public}
    if name in ["pss", "pss_sha256"]:
        write("key", private)
        forms["certificate"] = openssl(f"req -x509 -key key -subj /CN={name} {DAYS}")
        write("certificate", forms["certificate"])
        openssl("verify -check_ss_sig -CAfile certificate certificate")
        assert openssl("x509 -noout -pubkey", forms["certificate"]) == public
    forms |= {"pkcs8_base64": b64(der(private)), "spki_base64": b64(der(public)),
              "public_pem": rsa_public(private)}
    # What the key signs verifies with the ordinary public key.
    digest, mask, salt = digest or "sha256", mask or "sha256", salt or 32
    write("key", private)
    write("public", forms["public_pem"])
    write("signature", run(f"openssl dgst -{digest} -sign key -sigopt rsa_pss_saltlen:{salt}", "text"))
    openssl(f"dgst -{digest} -verify public -signature signature -sigopt rsa_padding_mode:pss"
            f" -sigopt rsa_pss_saltlen:{salt} -sigopt rsa_mgf1_md:{mask}", "text")
    said = openssl("pkey -noout -text", private)
    assert ("No PSS parameter restrictions" in said) == (name == "pss")
    assert name == "pss" or f"Minimum Salt Length: {salt}" in said


# 3. RSA with three primes, and with numbers that don't belong together.

three = openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3")
keys["rsa_three_primes"] = {
    "pkcs1": openssl("rsa -traditional", three), "pkcs8": three, "public_pem": rsa_public(three)}
assert items(items(der(keys["rsa_three_primes"]["pkcs1"]))[0][1])[0][1] == b"\x01"
assert public_of(three) == keys["rsa_three_primes"]["public_pem"]

whole = new_rsa()
other = pkcs1_numbers(new_rsa())
n, e, d, p, q, dp, dq, inverse = pkcs1_numbers(whole)
keys["rsa_broken"] = {
    "n_changed": pkcs1([n ^ 1 << 1000, e, d, p, q, dp, dq, inverse]),
    "d_changed": pkcs1([n, e, d ^ 1 << 1000, p, q, dp, dq, inverse]),
    "p_changed": pkcs1([n, e, d, p ^ 1 << 500, q, dp, dq, inverse]),
    "primes_swapped_with_other_key": pkcs1([n, e, d] + other[3:]),
}
for form, text in keys["rsa_broken"].items():
    number = pkcs1_numbers(text)[0]
    assert number % 2 == 1 and number.bit_length() == 2048
    reason = "d e not congruent to 1" if form == "d_changed" else "n does not equal p q"
    openssl("pkey -check -noout", text, fails=reason)
    not_loaded(serialization.load_pem_private_key, text)
keys["rsa_broken"]["public_pem"] = rsa_public(whole)  # Not of n_changed.


# 4. PKCS#8 version 2 (RFC 5958), which holds the public key too. Old versions of ring tagged it as EXPLICIT.
# OpenSSL 3.0 and Python's cryptography read neither, so RFC 8410's example is made too, and compared.

def version_2(oid, seed, *tail):
    return tlv(0x30, integer(1), tlv(0x30, tlv(0x06, oid)), tlv(0x04, tlv(0x04, seed)), *tail)


def explicit(half):
    return tlv(0xA1, tlv(0x03, b"\0", half))


def implicit(half):
    return tlv(0x81, b"\0", half)


example = """-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
"""
seed, attributes = [content for _, content in items(items(der(example))[0][1])][2:4]
seed = items(seed)[0][1]
half = ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
assert pem("PRIVATE KEY", version_2(b"\x2b\x65\x70", seed, tlv(0xA0, attributes), implicit(half))) == example

for name, new, oid, tails in [
        ("ed25519_v2", ed25519.Ed25519PrivateKey.generate, b"\x2b\x65\x70",
         {"ring": explicit, "rfc5958": implicit}),
        ("ed448_v2", ed448.Ed448PrivateKey.generate, b"\x2b\x65\x71", {"rfc5958": implicit})]:
    private, stranger = new(), new()
    forms = keys[name] = {}
    for form, tail in tails.items():
        for suffix, holder in [("", private), ("_wrong_public", stranger)]:
            made = version_2(oid, private.private_bytes_raw(), tail(holder.public_key().public_bytes_raw()))
            forms[form + suffix] = pem("PRIVATE KEY", made)
            forms[form + suffix + "_base64"] = b64(made)
    forms |= {"v1": pkcs8(private), "public_pem": spki(private.public_key())}
    assert public_of(forms["v1"]) == forms["public_pem"]


# 5. Old encryption. Without its legacy provider OpenSSL 3.0 reads none of the forms in `old`.
#   openssl pkey -in old.pem, openssl pkcs8 -topk8 -in old.pem: "Could not read key from old.pem"
#   openssl rsa -in old.pem, openssl ec -in old.pem: "Could not read private key from old.pem"
#   openssl pkcs8 -in old.pem: "Error decrypting key"; of RFC 1421 it reads none: "Error reading key"
# The error below that is, with the algorithm that `old` names,
#   error:0308010C:digital envelope routines:inner_evp_generic_fetch:unsupported
# and on RFC 1421 another follows, the one that a wrong passphrase has too:
#   error:04800065:PEM routines:PEM_do_header:bad decrypt
# HINT converts every form, RFC 1421 too, to PKCS#8 with AES-256, which needs no legacy provider.

HINT = f"pkcs8 -topk8 {LEGACY} -in old.pem -out new.pem"
old = {
    "pbe_md5_des": "PBKDF1", "pbe_sha1_rc2_40": "RC2-40-CBC", "pbe_sha1_rc4_128": "RC4", "pbes2_des": "DES-CBC",
    "pbes2_rc2": "RC2-CBC", "rfc1421_des": "DES-CBC"}

private = new_rsa()
keys["legacy_rsa"] = {form: openssl(f"{command} {OUT}", private) for form, command in {
    "pbe_md5_des": f"pkcs8 -topk8 {LEGACY} -v1 PBE-MD5-DES",
    "pbe_sha1_rc2_40": f"pkcs8 -topk8 {LEGACY} -v1 PBE-SHA1-RC2-40",
    "pbe_sha1_rc4_128": f"pkcs8 -topk8 {LEGACY} -v1 PBE-SHA1-RC4-128",
    "pbes2_des": f"pkcs8 -topk8 {LEGACY} -v2 des",
    "pbes2_rc2": f"pkcs8 -topk8 {LEGACY} -v2 rc2",
    "rfc1421_des": f"rsa -traditional {LEGACY} -des",
    "rfc1421_aes": "rsa -traditional -aes128",
    "pbes2_aes": "pkcs8 -topk8 -v2 aes-256-cbc",
}.items()} | {"pkcs8": private, "public_pem": public_of(private)}
private = new_ec()
keys["legacy_ec"] = {
    "rfc1421_des": openssl(f"ec {LEGACY} -des {OUT}", private),
    "pbe_md5_des": openssl(f"pkcs8 -topk8 {LEGACY} -v1 PBE-MD5-DES {OUT}", private),
    "public_pem": public_of(private),
}
for name in ["legacy_rsa", "legacy_ec"]:
    for form, text in keys[name].items():
        if form in ["pkcs8", "public_pem"]:
            continue
        public = keys[name]["public_pem"]
        if form in old:
            bad = ["04800065"] if form == "rfc1421_des" else []
            commands = ["pkey", "rsa" if name == "legacy_rsa" else "ec", f"pkcs8 -topk8 {OUT}"]
            commands += ["pkcs8"] if form != "rfc1421_des" else []
            for command in commands:
                for words in ["0308010C", f"Algorithm ({old[form]} :", *bad]:
                    openssl(f"{command} {IN}", text, fails=words)
        else:
            assert public_of(text) == public
        write("old.pem", text)
        openssl(f"{HINT} {IN} {OUT}")
        assert read("new.pem").startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
        assert public_of(read("new.pem")) == public


# 6. Labels that don't say what is below them.

private = new_rsa()
write("key", private)
inner = der(openssl("rsa -traditional", private))
public = public_of(private)
certificate = openssl(f"req -x509 -key key -subj /CN=labels {DAYS}")
encrypted = openssl(f"pkcs8 -topk8 {OUT}", private)
keys["labels_rsa"] = {
    "pkcs8_as_rsa": pem("RSA PRIVATE KEY", der(private)),
    "pkcs1_as_pkcs8": pem("PRIVATE KEY", inner),
    "spki_as_rsa_public": pem("RSA PUBLIC KEY", der(public)),
    "pkcs1_public_as_public": pem("PUBLIC KEY", der(openssl("rsa -RSAPublicKey_out", private))),
    "certificate_as_public": pem("PUBLIC KEY", der(certificate)),
    "private_as_public": pem("PUBLIC KEY", der(private)),
    "encrypted_as_pkcs8": pem("PRIVATE KEY", der(encrypted)),
    "pkcs8_as_encrypted": pem("ENCRYPTED PRIVATE KEY", der(private)),
    "public_as_private": pem("PRIVATE KEY", der(public)),
    "pkcs8": private, "public_pem": public, "certificate": certificate,
}
assert openssl("x509 -noout -pubkey", certificate) == public

with_parameters = openssl("ecparam -name prime256v1 -genkey")
sec1 = with_parameters[with_parameters.index("-----BEGIN EC PRIVATE"):]
private = openssl("pkcs8 -topk8 -nocrypt", sec1)
public = public_of(private)
keys["labels_ec"] = {
    "pkcs8_as_ec": pem("EC PRIVATE KEY", der(private)),
    "sec1_as_pkcs8": pem("PRIVATE KEY", der(sec1)),
    "sec1": sec1, "pkcs8": private, "public_pem": public,
    "with_parameters": with_parameters,
    "der_base64": b64(der(public)),
    "pkcs8_base64": b64(der(private)),
}
assert "BEGIN EC PARAMETERS" in with_parameters
for form in ["sec1", "pkcs8", "with_parameters"]:
    assert public_of(keys["labels_ec"][form]) == public


# 7. A chain of certificates, and the files in which keys come with them.

for name in ["root", "intermediate", "leaf"]:
    write(f"{name}.key", new_ec())
openssl(f"req -x509 -key root.key -subj '/CN=Test root' {DAYS} -out root.pem"
        " -addext keyUsage=critical,keyCertSign,cRLSign")
write("intermediate.cnf", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
      "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
write("leaf.cnf", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
      "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:leaf.example\n"
      "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
for name, issuer in [("intermediate", "root"), ("leaf", "intermediate")]:
    openssl(f"req -new -key {name}.key -subj '/CN=Test {name}' -out {name}.csr")
    openssl(f"x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -extfile {name}.cnf {DAYS}"
            f" -out {name}.pem")
openssl("verify -x509_strict -CAfile root.pem -untrusted intermediate.pem leaf.pem")
write("above.pem", read("intermediate.pem") + read("root.pem"))
openssl(f"pkcs12 -export -inkey leaf.key -in leaf.pem -certfile above.pem -name leaf -out bag.p12 {OUT}")
leaf_public = public_of(read("leaf.key"))
keys["chain"] = {
    "leaf": read("leaf.pem"), "leaf_key": read("leaf.key"),
    "intermediate": read("intermediate.pem"), "root": read("root.pem"),
    "leaf_text": openssl("x509 -text -in leaf.pem"),
    "bag": openssl(f"pkcs12 -in bag.p12 -nodes {IN}"),
    "pkcs12_base64": b64((folder / "bag.p12").read_bytes()),
    "pkcs7": openssl("crl2pkcs7 -nocrl -certfile leaf.pem -certfile above.pem"),
    "csr": read("leaf.csr"),
    "trusted": openssl("x509 -in leaf.pem -trustout -addtrust serverAuth -setalias leaf"),
    "public_pem": leaf_public,
}
chain = keys["chain"]
for form in ["leaf", "leaf_text", "trusted"]:
    assert openssl("x509 -noout -pubkey", chain[form]) == leaf_public
assert chain["bag"].startswith("Bag Attributes\n") and chain["bag"].count("BEGIN CERTIFICATE") == 3
assert public_of(chain["bag"]) == leaf_public
assert openssl("req -verify -noout -pubkey", chain["csr"]) == leaf_public
assert openssl("pkcs7 -print_certs", chain["pkcs7"]).count("BEGIN CERTIFICATE") == 3


# 8. What is named, and not read.

def crc24(content):
    value = 0xB704CE
    for byte in content:
        value ^= byte << 16
        for _ in range(8):
            value = value << 1 ^ (0x1864CFB if value & 0x800000 else 0)
    return value.to_bytes(3, "big")


def xml(numbers):
    names = ["Modulus", "Exponent", "D", "P", "Q", "DP", "DQ", "InverseQ"]
    sizes = [256, 3, 256] + [128] * 5
    values = {name: b64(number.to_bytes(size, "big")) for name, number, size in zip(names, numbers, sizes)}
    ordered = [name for name in names if name != "D"] + ["D"]
    text = "".join(f"<{name}>{values[name]}</{name}>" for name in ordered if name in values)
    return f"<RSAKeyValue>{text}</RSAKeyValue>"


def lines(value, width=64):
    text = b64(value)
    return [text[start:start + width] for start in range(0, len(text), width)]


numbers = pkcs1_numbers(new_rsa())
line = ssh_public("-t ed25519")
blob = base64.b64decode(line.split()[1])
# PuTTY's private part and its MAC are random.
putty = ["PuTTY-User-Key-File-3: ssh-ed25519", "Encryption: none", f"Comment: {COMMENT}",
         "Public-Lines: 2", *lines(blob), "Private-Lines: 1", *lines(os.urandom(36)),
         f"Private-MAC: {os.urandom(32).hex()}", ""]
# One packet, a public key of version 4 for EdDSA, without a user.
point = bytes.fromhex("04 65000000 16 09 2b06010401da470f01 0107 40") + halves[0]
packet = bytes([0x98, len(point)]) + point
pgp = ["-----BEGIN PGP PUBLIC KEY BLOCK-----", "", *lines(packet), "=" + b64(crc24(packet)),
       "-----END PGP PUBLIC KEY BLOCK-----", ""]
write("dsa.pem", openssl("genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048"))
run(f"ssh-keygen -q -t ed25519 -N '' -C {COMMENT} -f authority")
run("ssh-keygen -q -s authority -I test -n user key.pub")
keys["others"] = {
    "putty": "\n".join(putty),
    "xml": xml(numbers[:2]), "xml_private": xml(numbers),
    "dsa_pem": openssl("genpkey -paramfile dsa.pem"),
    "x25519_pem": openssl("genpkey -algorithm X25519"),
    "pgp": "\n".join(pgp),
    "ssh_certificate": read("key-cert.pub"),
}
assert "ssh-ed25519-cert-v01@openssh.com user certificate" in run("ssh-keygen -L -f key-cert.pub").decode()

print(json.dumps({
    "about": "Keys as other programs write them; world-keys.py made them. TEST KEYS: never use them.",
    "passphrase": PASSPHRASE, "keys": keys}, indent=1))
