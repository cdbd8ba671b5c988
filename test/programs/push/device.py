"""A device in Python: makes keys, opens what was pushed, and encrypts for another device. JSON in, JSON out."""

import base64
import json
import os
import sys
import time

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02


def encode(given):
    return base64.urlsafe_b64encode(given).rstrip(b"=").decode()


def decode(given):
    return base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def keys():
    private = new_key()
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    number = private.private_numbers().private_value.to_bytes(32, "big")
    return {"p256dh": encode(point), "auth": encode(os.urandom(16)), "private": encode(number)}


def decrypt(body, private, auth, **_):
    private_key = ec.derive_private_key(int.from_bytes(decode(private), "big"), ec.SECP256R1())
    return http_ece.decrypt(decode(body), private_key=private_key, auth_secret=decode(auth)).decode()


def encrypt(text, p256dh, auth):
    return encode(http_ece.encrypt(text.encode(), private_key=new_key(), dh=decode(p256dh), auth_secret=decode(auth)))


def claims(authorization):
    # py_vapid does not expect the space that RFC 8292 has in its example.
    assert Vapid02.verify(authorization.replace(", ", ",")), "the signature is not of this key"
    token = authorization.split("t=")[1].split(",")[0]
    found = json.loads(decode(token.split(".")[1]))
    assert time.time() < found["exp"] <= time.time() + 24 * 3600, found
    return found


command, given = sys.argv[1], json.load(sys.stdin)
json.dump({"keys": keys, "decrypt": decrypt, "encrypt": encrypt, "claims": claims}[command](**given), sys.stdout)
