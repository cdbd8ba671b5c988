"""
Opens the objects of encryption with jwcrypto, argon2-cffi, cryptography and hashlib, and makes some of its own. Reads vectors.json from
standard input, writes what it has made as JSON.
"""
import hashlib
import json
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwcrypto import jwe, jwk, jws


def unb64(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def sha256(data):
    return b64(hashlib.sha256(data).digest())


def equal(what, one, other):
    if one != other:
        sys.exit(f"{what}: {one!r} is not {other!r}")


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


vectors = json.load(sys.stdin)
iss, user, chat = vectors["iss"], vectors["user"], vectors["chat"]
keys = {name: jwk.JWK(**one) for name, one in vectors["keys"].items()}
oct_key = lambda raw: jwk.JWK(kty="oct", k=raw)

# Thumbprints (RFC 7638)
for name, key in keys.items():
    equal(f"kid of {name}", key.thumbprint(), vectors["kids"][name])
equal("kid of the epoch", oct_key(vectors["epoch"]["key"]).thumbprint(), vectors["epoch"]["kid"])


def verify(text, *names):
    """The payload; every signature that the object needs is right."""
    for name in names:
        token = jws.JWS()
        token.allowed_algs = ["ES256"]
        token.deserialize(text)
        token.verify(keys[name], alg="ES256")
    return json.loads(token.objects["payload"])


# Directory
first, second = (one["text"] for one in vectors["entries"])
equal("first entry", verify(first, "before")["reason"], "init")
equal("second entry", verify(second, "ik", "before")["prev"], vectors["entries"][0]["hash"])
head = json.loads(second)
parts = [f'{head["signatures"][0]["protected"]}.{head["payload"]}', first.rsplit(".", 1)[0]]
equal("H of the second", sha256(parts[0].encode()), vectors["entries"][1]["hash"])
equal("H of the first", sha256(parts[1].encode()), vectors["entries"][0]["hash"])

# What opens the keychain
recovery = HKDF(SHA256(), 32, b"", f"parley-recovery-1|{iss}|{user}".encode()).derive(unb64(vectors["recovery"]["key"]))
equal("HKDF", b64(recovery), vectors["recovery"]["wrap"])
secret, params = vectors["passphrase"]["text"], vectors["passphrase"]["params"]
argon = hash_secret_raw(
    secret.encode(), unb64(params["salt"]), params["t"], params["m"], params["p"], 32, Type.ID
)
equal("Argon2id", b64(argon), vectors["passphrase"]["wrap"])


def unseal(text, raw):
    token = jwe.JWE(algs=["A256KW", "A256GCM"])
    token.deserialize(text, oct_key(raw))
    return token.payload


for name, wrap in ("recovery", recovery), ("passphrase", argon):
    equal(f"unlock by {name}", b64(unseal(vectors["unlock"][name], b64(wrap))), vectors["keychain"]["key"])
equal("keychain", unseal(vectors["keychain"]["text"], vectors["keychain"]["key"]).decode(), vectors["keychain"]["json"])

# Epoch and message
rows = "".join(f'{one["user"]} {one["ikKid"]} {one["ekKid"]}\n' for one in vectors["roster"]["rows"])
equal("roster", sha256(rows.encode()), vectors["roster"]["hash"])
announced = verify(vectors["epoch"]["announcement"], "ik")
equal("announcement", [announced["roster"], announced["kid"]], [vectors["roster"]["hash"], vectors["epoch"]["kid"]])
envelope = jwe.JWE(algs=["RSA-OAEP-256", "A256GCM"])
envelope.deserialize(vectors["epoch"]["envelope"], keys["ek"])
equal("envelope", b64(envelope.payload), vectors["epoch"]["key"])
inside = unseal(vectors["message"]["text"], vectors["epoch"]["key"]).decode()
message = verify(inside, "ik")
equal("message", message["body"]["text"], vectors["message"]["says"])
equal("H of the message", sha256(inside.rsplit(".", 1)[0].encode()), vectors["message"]["hash"])

# File, in one piece: 7 bytes, number 0, the last
attachment = vectors["attachment"]
sealed = unb64(attachment["sealed"])
equal("SHA-256 of a file", sha256(sealed), attachment["sha256"])
nonce = unb64(attachment["secret"]["nonce"]) + bytes(4) + b"\x01"
equal("file", b64(AESGCM(unb64(attachment["secret"]["key"])).decrypt(nonce, sealed, None)), attachment["plain"])


# Safety number
def fingerprint(key, whose):
    point = b"\x04" + unb64(key["x"]) + unb64(key["y"])
    digest = bytes(2) + point + f"{iss}|{whose}".encode()
    for _ in range(5200):
        digest = hashlib.sha512(digest + point).digest()
    groups = (int.from_bytes(digest[i : i + 5], "big") % 100000 for i in range(0, 30, 5))
    return " ".join(f"{group:05}" for group in groups)


other = vectors["safety"]["other"]
both = sorted([fingerprint(vectors["keys"]["ik"], user), fingerprint(other["key"], other["user"])])
equal("safety number", " ".join(both), vectors["safety"]["number"])


# Objects of our own
def sign(payload, typ, name="ik"):
    token = jws.JWS(compact(payload).encode())
    header = {"alg": "ES256", "typ": typ, "kid": vectors["kids"][name]}
    token.add_signature(keys[name], alg="ES256", protected=compact(header))
    return token.serialize(compact=True)


def seal(plaintext, header, raw):
    whole = compact({"alg": "A256KW", "enc": "A256GCM", **header})
    token = jwe.JWE(plaintext, protected=whole)
    token.add_recipient(oct_key(raw))
    return token.serialize(compact=True)


own = {**message, "body": {**message["body"], "text": "from Python, 🐍"}}
outside = {"typ": "chat-msg+jwe", "kid": vectors["epoch"]["kid"], "chat": chat, "n": 1, "from": user, "mid": own["mid"]}
entry = {**json.loads(unb64(first.split(".")[1])), "iat": 1_900_000_000}
place = {"enc": "A256GCM", "typ": "chat-epoch+jwe", "chat": chat, "n": 1, "ann": vectors["epoch"]["hash"]}
enclosed = jwe.JWE(unb64(vectors["epoch"]["key"]), protected=compact(place))
enclosed.add_recipient(keys["ek"], header=compact({"alg": "RSA-OAEP-256", "kid": vectors["kids"]["ek"]}))
enclosed.add_recipient(jwk.JWK.generate(kty="RSA", size=2048), header=compact({"alg": "RSA-OAEP-256", "kid": "B" * 43}))
print(
    json.dumps(
        {
            "entry": sign(entry, "chat-key+jws", "before"),
            "message": seal(sign(own, "chat-msg+jws"), outside, vectors["epoch"]["key"]),
            "envelope": compact(json.loads(enclosed.serialize())),
            "unlock": seal(
                unb64(vectors["keychain"]["key"]),
                {"typ": "chat-unlock+jwe", "iss": iss, "sub": user, "kdf": "hkdf-sha256"},
                b64(recovery),
            ),
        }
    )
)
