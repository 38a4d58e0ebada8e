#!/usr/bin/env python3
"""Writes the corpora: corpus/TARGET/NAME, one file for each test vector of ../tests/vectors that the target can read, and
a few logins and flow states. Run it when vectors have changed: python3 fuzz/seed.py"""

import base64
import json
from pathlib import Path

HERE = Path(__file__).parent
VECTORS = HERE.parent / "tests" / "vectors"

# As in src/lib.rs; the keys are those of src/provider.rs.
ISSUER = "https://id.alpha.example"
STATE = "alpha-state-Yk3vN8wQ2rT6mB1xZ5cL9pD4"
NONCE = "alpha-nonce-hG7sJ2kF8dA3qW6eR1tY5uI0"
KEYS = {
    "keys": [
        {"kty": "EC", "crv": "P-256", "kid": "ec-256", "x": "q7PgsjZTjtefiYElLJCMhmQgM77XdLz-6sejH3NLdUU", "y": "kz9l89k5XNROIxisBko1YVhRiyGos54ReCWipmHpM90"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "ed-1", "x": "MYeGItxGJdU4zHH3qtn4dG4fAbMrfpo-kXElqYOjwSg"},
    ]
}
# As in fuzz_targets/token_response.rs.
STATUSES = [200, 201, 204, 302, 400, 401, 500, 503]
# As in By::chosen.
ED25519, P256, CLIENT_SECRET, STRANGER = range(4)


def seed(target, name, *parts):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    data = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    # A corpus of large files finds less.
    if len(data) <= 6000:
        (folder / name).write_bytes(data)


def cases(pattern):
    for path in sorted(VECTORS.glob(pattern)):
        file = json.loads(path.read_text())
        for case in file["cases"]:
            yield case["name"], case["given"], file.get("defaults", {})


def body(response):
    if "body_base64" in response:
        return base64.b64decode(response["body_base64"])
    if "body_repeat" in response:
        text, times = response["body_repeat"]
        return (text * min(times, 50)).encode()
    return response["body"].encode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def discovery():
    for name, given, defaults in cases("*discovery.json"):
        if "response" in given:
            seed("discovery", name, given.get("issuer", defaults["issuer"]), "\n", body(given["response"]))


def jwks():
    for name, given, _ in cases("*jwks.json"):
        seed("jwks", name, body(given["response"]))
    seed("jwks", "signing_keys", json.dumps(KEYS))


def callback():
    for name, given, _ in cases("*callback*.json"):
        url, query, form = given.get("url"), given.get("query"), given.get("form")
        if url is not None and form is not None:
            seed("callback", name, b"\3", url, "\n", form)
        elif url is not None:
            seed("callback", name, b"\0", url)
        elif query is not None:
            seed("callback", name, b"\1", query)
            seed("callback", name + "_url", b"\0", "/login/callback?", query.lstrip("?"))
        elif form is not None:
            seed("callback", name, b"\2", form)


def token_response():
    for name, given, defaults in cases("*token_*.json"):
        response = {**defaults.get("response", {}), **given["response"]}
        status = response.get("status", 200)
        choice = 2 * STATUSES.index(status) if status in STATUSES else 0
        seed("token_response", name, bytes([choice]), body(response))
        seed("token_response", name + "_oauth", bytes([choice + 1]), body(response))


def id_token():
    signers = {"EdDSA": ED25519, "Ed25519": ED25519, "ES256": P256, "HS256": CLIENT_SECRET}
    for name, given, _ in cases("*id_token.json"):
        compact = given.get("id_token", "")
        parts = compact.split(".")
        try:
            header, payload = decode(parts[0]), decode(parts[1])
            read = json.loads(header)
            algorithm = read["alg"]
        except (IndexError, KeyError, TypeError, ValueError):
            seed("jws", name, compact)
            continue
        if not str(algorithm).startswith("HS"):
            # What the client secret signed would be believed.
            seed("jws", name, compact)
        if algorithm not in signers and read.get("kid") in ("rsa-1", "ec-384", "ec-521"):
            # The same claims behind a signature that the target can make.
            header, algorithm = json.dumps({**read, "alg": "ES256", "kid": "ec-256"}), "ES256"
        seed("id_token", name, bytes([signers.get(algorithm, STRANGER)]), header, "\n---\n", payload)


def login():
    metadata = json.dumps({
        "issuer": ISSUER,
        "authorization_endpoint": ISSUER + "/authorize",
        "token_endpoint": ISSUER + "/token",
        "jwks_uri": ISSUER + "/keys.json",
        "id_token_signing_alg_values_supported": ["ES256", "EdDSA"],
    })
    answer = f"/login/callback?code=alpha-code-SplxlOBeZQQYbYS6WxSbIA&state={STATE}"
    tokens = (
        '{"access_token":"alpha-access-token-2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer",'
        '"expires_in":3600,"id_token":"{id_token}"}'
    )
    claims = (
        f'{{"iss":"{ISSUER}","sub":"248289761001","aud":"alpha-app","exp":1760000300,"iat":1759999990,'
        f'"nonce":"{NONCE}"}}'
    )
    header = '{"alg":"EdDSA","kid":"ed-1"}'

    def play(name, signer=ED25519, **changed):
        script = dict(
            metadata=metadata, jwks=json.dumps(KEYS), answer=answer, tokens=tokens, header=header, claims=claims
        )
        seed("login", name, bytes([signer]), "\n---\n".join({**script, **changed}.values()))

    play("good")
    play("es256", P256, header='{"alg":"ES256","kid":"ec-256"}')
    play("hs256", CLIENT_SECRET, header='{"alg":"HS256"}')
    play("without_kid", header='{"alg":"Ed25519","typ":"JWT"}')
    play("stranger", STRANGER)
    play("absolute_url", answer=f"https://app.alpha.example{answer}&iss=https%3A%2F%2Fid.alpha.example")
    play("iss_promised", metadata=metadata[:-1] + ',"authorization_response_iss_parameter_supported":true}')
    play("audiences", claims=claims.replace('"alpha-app"', '["alpha-app","other"],"azp":"alpha-app"'))
    play("floats", claims=claims.replace("1760000300", "1760000300.5").replace("1759999990", "1.75999999e9"))
    play("declined", answer=f"/login/callback?error=access_denied&state={STATE}")
    play("code_refused", tokens='{"error":"invalid_grant"}')
    play("other_state", answer=answer + "x")
    play("other_issuer", claims=claims.replace("id.alpha", "id.beta"))
    play("expired", claims=claims.replace("1760000300", "1759999000"))
    play("no_keys", jwks='{"keys":[]}')


def awaiting_callback():
    flow = {
        "version": 1, "began": 1760000000, "issuer": ISSUER, "client_id": "alpha-app",
        "redirect_uri": "https://app.alpha.example/login/callback", "state": "s", "nonce": "n",
        "code_verifier": "alpha-verifier-0123456789-abcdefghijklmnopqrstuvwxyz", "openid": True, "max_age": None,
        "require_acr": [], "resource": None,
    }
    cache = {
        "version": 1, "keys": json.dumps(KEYS), "max_age": 300, "stored_at": 1760000000, "fetching_since": None,
        "unknown_key_at": None, "failed_at": 0, "failures": 0,
    }
    states = {
        "plain": flow,
        "full": {**flow, "max_age": 60, "require_acr": ["a", "b"], "resource": "https://api.example"},
        "plain_oauth": {**flow, "nonce": None, "code_verifier": None, "openid": False},
        "other_version": {**flow, "version": 2},
        "unknown_member": {**flow, "x": 1},
        "empty_state": {**flow, "state": ""},
        "pending": [flow, {**flow, "state": "t"}],
        "cache": cache,
        "cache_failing": {**cache, "keys": None, "fetching_since": 5, "unknown_key_at": 7, "failures": 2**32 - 1},
    }
    for name, state in states.items():
        seed("awaiting_callback", name, json.dumps(state))


for target in (discovery, jwks, callback, token_response, id_token, login, awaiting_callback):
    target()
