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


def pushed_request():
    for name, given, defaults in cases("*/*pushed_request*.json"):
        response = {**defaults.get("response", {}), **given.get("response", {})}
        response = {key: value for key, value in response.items() if value is not None}
        status = response["status"]
        choice = RESPONSE_STATUSES.index(status) if status in RESPONSE_STATUSES else 4
        if "body_base64" in response or "body_repeat" in response:
            response.pop("body", None)
        seed("pushed_request", name, bytes([choice]), body(response))


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
            # A token that the client secret signed would be accepted, and the target expects an error.
            seed("jws", name, compact)
        if algorithm not in signers and read.get("kid") in ("rsa-1", "ec-384", "ec-521"):
            # The same claims, with a signature that the target can make.
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
        "version_2": {**flow, "version": 2, "scope": "openid"},
        "version_3": {**flow, "version": 3, "scope": "", "authorization_details": "", "signed_response": False},
        "signed_response": {
            **flow, "version": 3, "scope": "openid", "authorization_details": '[{"type":"a"}]', "signed_response": True,
        },
        "unknown_member": {**flow, "x": 1},
        "empty_state": {**flow, "state": ""},
        "pending": [flow, {**flow, "state": "t"}],
        "cache": cache,
        "cache_failing": {**cache, "keys": None, "fetching_since": 5, "unknown_key_at": 7, "failures": 2**32 - 1},
    }
    for name, state in states.items():
        seed("awaiting_callback", name, json.dumps(state))


# As in src/lib.rs.
RESPONSE_STATUSES = [200, 201, 204, 302, 400, 401, 403, 503]
SUB = "248289761001"
SIGNERS = {"EdDSA": ED25519, "Ed25519": ED25519, "ES256": P256, "HS256": CLIENT_SECRET}
NOT_SIGNED, MUST_BE_SIGNED = 4, 8
BETWEEN = "\n---\n"


def ours(text):
    """The text with the issuer, the client, the user and the clock of the targets, instead of the vectors'."""
    for theirs, our in [
        ("https://login.birch.example", ISSUER), ("birch-desk", "alpha-app"), ("7c9e6679-user", SUB),
        ("17620", "17600"), ("17619", "17599"),
    ]:
        text = text.replace(theirs, our)
    return text


def sign_again(compact):
    """The signer in a target, the header and the payload; `None` where it is not a JWT."""
    try:
        header, payload = (decode(part).decode() for part in compact.split(".")[:2])
        read = json.loads(header)
        algorithm = read["alg"]
    except (KeyError, TypeError, ValueError):
        return None
    if algorithm not in SIGNERS and str(algorithm)[:2] in ("RS", "PS", "ES"):
        header, algorithm = json.dumps({**read, "alg": "ES256", "kid": "ec-256"}), "ES256"
    return SIGNERS.get(algorithm, STRANGER), header.replace('"b-', '"'), ours(payload)


def answers(target):
    for name, given, defaults in cases(f"after_login/{target}.json"):
        response = {**defaults["response"], **given["response"]}
        status = response["status"]
        first = RESPONSE_STATUSES.index(status) if status in RESPONSE_STATUSES else 4
        headers = "\n".join(f"{header}: {value}" for header, value in response["headers"])
        registered = any("signed_response_alg" in option for option in given.get("client", {}))
        second = MUST_BE_SIGNED if registered else 0
        signed = sign_again(response.get("body", ""))
        if signed:
            signer, header, payload = signed
            seed(target, name, bytes([first, second | signer]), headers, BETWEEN, header, BETWEEN, payload)
        else:
            text = body(response)
            try:
                text = ours(text.decode()).encode()
            except UnicodeDecodeError:
                pass
            seed(target, name, bytes([first, second | NOT_SIGNED]), headers, BETWEEN, text)


def userinfo():
    answers("userinfo")


def introspection():
    answers("introspection")


def logout_token():
    empty = '{"version":1,"seen":[]}'
    for name, given, _ in cases("*/logout_token.json"):
        compact = given.get("logout_token")
        if compact is None:
            # As in `id_token`: without tokens that the client secret signed.
            if "eyJhbGciOiJIUzI1NiI" not in given["form"]:
                seed("logout_token", name, bytes([STRANGER, 0]), given["form"])
            continue
        signed = sign_again(compact)
        if signed:
            signer, header, payload = signed
            form = "logout_token={logout_token}"
            seed("logout_token", name, bytes([signer, 0]), BETWEEN.join([form, header, payload, empty]))
    claims = {
        "iss": ISSUER, "aud": "alpha-app", "iat": 1760000000, "jti": "j", "sub": SUB, "sid": "s1d",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
    seen = json.dumps({"version": 1, "seen": [["A" * 22, 1760000100], ["B" * 21 + "A", 2**60]]})
    header = '{"alg":"EdDSA","kid":"ed-1","typ":"logout+jwt"}'
    for clock in range(16):
        parts = ["x=y&logout_token={logout_token}", header, json.dumps(claims), seen]
        seed("logout_token", f"at_clock_{clock}", bytes([ED25519, 0x10 | clock]), BETWEEN.join(parts))


def jarm():
    for name, given, _ in cases("*/*jarm*.json"):
        brought, way = given.get("query") or given.get("form") or given.get("url", "").partition("?")[2], 8 * ("form" in given)
        compact = next((part[9:] for part in brought.split("&") if part.startswith("response=")), "")
        signed = sign_again(compact)
        if signed:
            signer, header, payload = signed
            brought = brought.replace(compact, "{response}", 1)
            header = header.replace('"jarm-1"', '"ed-1"')
            seed("jarm", name, bytes([signer, way]), BETWEEN.join([brought, header, payload]))
    claims = {"iss": ISSUER, "aud": "alpha-app", "exp": 1760000300, "code": "c", "state": STATE}
    header = '{"alg":"EdDSA","kid":"ed-1"}'
    for clock in range(16):
        parts = ["x=y&response={response}", header, json.dumps({**claims, "iat": 1760000000})]
        seed("jarm", f"at_clock_{clock}", bytes([ED25519, clock]), BETWEEN.join(parts))
    for name, changes in {
        "error": {"error": "access_denied", "error_description": "no"},
        "nulls": {"error": None, "nbf": None},
        "empty": {"error": "", "id_token": ""},
        "audiences": {"aud": ["alpha-app", "alpha-app"]},
        "kinds": {"code": 5},
    }.items():
        seed("jarm", "with_" + name, bytes([ED25519, 0]), BETWEEN.join(["response={response}", header, json.dumps({**claims, **changes})]))


# As in Play::step.
ACCESS, REFRESHED, ANSWER_FAILS, NO_ANSWER, EXPIRE, STORE, WRONG_CLIENT, SECONDS, MINUTES, BACK = range(10)


def pass_by(seconds):
    steps = []
    while seconds < 0:
        steps += [BACK, min(-seconds, 255)]
        seconds += 255
        seconds = min(seconds, 0)
    while seconds >= 60:
        minutes = min(seconds // 60, 255)
        steps += [MINUTES, minutes]
        seconds -= 60 * minutes
    return steps + [SECONDS, seconds] if seconds else steps


def session():
    for name, given, _ in cases("after_login/session.json"):
        now, steps = 1762000000, []
        for step in given["steps"]:
            steps += pass_by(step.get("at", now) - now)
            now = step.get("at", now)
            response = step.get("response", {})
            match step["do"]:
                case "access":
                    steps += [ACCESS, 0]
                case "refreshed":
                    steps += [REFRESHED, 7 if "refresh_token" in response.get("body", "") else 3]
                case other if "fail" in other:
                    text = response.get("body", "")
                    errors = ["invalid_grant", "bad_refresh_token", "-", "invalid_request", "invalid_client"]
                    which = next((at for at, error in enumerate(errors) if error in text), 8)
                    steps += [ANSWER_FAILS, which] if response else [NO_ANSWER, 0]
                case "expire":
                    steps += [EXPIRE, 0]
            steps += [STORE, 0]
        # A run takes a limited number of steps, so it would not reach the end of a longer seed.
        if len(steps) <= 600:
            seed("session", name, bytes([0, *steps]))
    for failure in range(16):
        steps = [EXPIRE, 0, ACCESS, 0, ANSWER_FAILS, failure, ACCESS, 0, MINUTES, 6] * 6
        seed("session", f"fails_with_{failure}", bytes([4, *steps, WRONG_CLIENT, 0, REFRESHED, 71, ACCESS, 0]))
    steps = bytes([ACCESS, 0, MINUTES, 2, ACCESS, 0, REFRESHED, 135, BACK, 200, ACCESS, 0, REFRESHED, 71, ACCESS, 0])
    stored = json.loads((VECTORS.parent / "stored" / "session_1.json").read_text())
    stored = {**stored, "issuer": ISSUER, "client_id": "alpha-app"}
    for name, changes in {
        "stored": {},
        "stored_over": {"is_over": True},
        "stored_failing": {"failures": 3, "failed_at": 1760000000, "rejections": 4, "expires_at": 1},
        "stored_refreshing": {"refreshing_since": 1760000030, "expires_at": 1760000010},
        "stored_at_the_end_of_time": {"expires_at": 2**64 - 1, "generation": 2**64 - 1, "failures": 2**32 - 1},
    }.items():
        seed("session", name, json.dumps({**stored, **changes}), BETWEEN, steps)


def jwe():
    raw, content = 8, 4
    for name, given, _ in cases("*/id_token_encrypted.json"):
        seed("jwe", name, bytes([raw]), given["id_token"])
    claims = {
        "iss": ISSUER, "sub": SUB, "aud": "alpha-app", "exp": 1760000300, "iat": 1760000000, "nonce": NONCE,
    }
    header, claims = '{"alg":"EdDSA","kid":"ed-1"}', json.dumps(claims)
    for enc in ("A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256"):
        outer = json.dumps({"alg": "dir", "enc": enc, "cty": "JWT"})
        seed("jwe", f"dir_{enc}", bytes([ED25519]), BETWEEN.join([outer, header, claims]))
        seed("jwe", f"dir_{enc}_of_a_stranger", bytes([STRANGER]), BETWEEN.join([outer, header, claims]))
        seed("jwe", f"dir_{enc}_not_signed", bytes([content]), BETWEEN.join([outer, claims, ""]))
    outer = '{"alg":"dir","enc":"A256GCM","zip":"DEF","crit":null}'
    seed("jwe", "zip_and_crit", bytes([ED25519]), BETWEEN.join([outer, header, claims]))


def challenge():
    for name, given, _ in cases("*/challenge.json"):
        values = [value for header, value in given["headers"] if header.lower() == "www-authenticate"]
        seed("challenge", name, "\n".join(values))


def registration():
    for name, given, defaults in cases("*/*registration.json"):
        response = {**defaults.get("response", {}), **given["response"]}
        choice = RESPONSE_STATUSES.index(response["status"]) if response["status"] in RESPONSE_STATUSES else 4
        metadata = json.dumps(given.get("registration", {}).get("metadata", {}))
        seed("registration", name, bytes([choice]), BETWEEN.join(["", metadata]) if "body_repeat" in response else
             body(response) + BETWEEN.encode() + metadata.encode())
        for step in given.get("steps", []):
            if step.get("response", {}).get("body"):
                seed("registration", f"{name}_{step['do']}", bytes([0]), body(step["response"]))
    for name, given, defaults in cases("*/*client_id_document.json"):
        document = {**defaults["document"], **given.get("document", {})}
        seed("registration", f"document_{name}", bytes([0]), BETWEEN.join(["", json.dumps(document["metadata"]), document["url"]]))
    stored = (VECTORS.parent / "stored" / "registration_1.json").read_text()
    seed("registration", "stored", bytes([0]), BETWEEN.join(["", stored]))


# As in Play::step.
POLL, POLL_FAILS, NETWORK_FAILS, LATER, MINUTES_LATER, EARLIER, STORED_AGAIN = 0, 2, 3, 4, 5, 6, 7


def polling(given, now):
    """The steps of a vector that begins now, as the target plays them."""
    answers = {"authorization_pending": 0, "slow_down": 2, "access_denied": 8, "expired_token": 9, "invalid_grant": 10}
    steps = []
    for step in given.get("steps", []):
        waits = max(0, step.get("at", now) - now)
        steps += [MINUTES_LATER, min(waits // 60, 255), LATER, waits % 60]
        now = step.get("at", now)
        text = step.get("response", {}).get("body", "")
        match step["do"]:
            case "poll":
                steps += [POLL, 0]
            case "answer":
                steps += [POLL_FAILS, next((at for error, at in answers.items() if error in text), 14)]
            case "failed":
                steps += [NETWORK_FAILS, 0]
            case "store":
                steps += [STORED_AGAIN, 0]
    return bytes(steps + [STORED_AGAIN, 0])


def pending(**changes):
    state = {
        "issuer": ISSUER, "client_id": "alpha-app", "began": 1760000000, "openid": True, "scope": "openid",
        "expires_at": 1760000600, "interval": 5, "next": 1760000005,
    }
    return {**state, **changes}


PENDING_STATES = {
    "stored": {},
    "stored_of_another": {"client_id": "beta-app"},
    "stored_over": {"expires_at": 1760000000},
    "stored_without_scope": {"scope": None, "openid": False},
    "stored_at_the_end_of_time": {"expires_at": 2**64 - 1, "interval": 2**64 - 1, "next": 2**64 - 1},
}
EVERY_ANSWER = bytes(byte for failure in range(16) for byte in (MINUTES_LATER, 1, POLL, 0, POLL_FAILS, failure, POLL, 0))
BACK_AND_FORTH = bytes([LATER, 5, POLL, 0, NETWORK_FAILS, 0, EARLIER, 200, POLL, 0, LATER, 10, POLL, 0, MINUTES_LATER, 11, POLL, 0])


def device():
    for name, given, defaults in cases("grants/*device*.json"):
        response = {**defaults.get("response", {}), **given["response"]}
        choice = RESPONSE_STATUSES.index(response["status"]) if response["status"] in RESPONSE_STATUSES else 7
        # The target takes no http.
        text = body(response).replace(b"http://127.0.0.1:9500", ISSUER.encode())
        seed("device", name, bytes([choice]), text, BETWEEN, BETWEEN, polling(given, given.get("now", defaults["now"])))
    for name, changes in PENDING_STATES.items():
        stored = {
            "version": 1, "pending": pending(**changes), "device_code": "d3vice", "user_code": "WDJB-MJHT",
            "verification_uri": ISSUER + "/device", "verification_uri_complete": None,
        }
        seed("device", name, bytes([0]), BETWEEN, json.dumps(stored), BETWEEN, EVERY_ANSWER)
        seed("device", name + "_back_and_forth", bytes([0]), BETWEEN, json.dumps(stored), BETWEEN, BACK_AND_FORTH)


def ciba():
    # As in fuzz_targets/ciba.rs.
    token, answer = "alpha-notification-token-8vKx2mQ9", '{"auth_req_id":"r3quest","expires_in":120,"interval":2}'
    ping = f'authorization: Bearer {token}\n\n{{"auth_req_id":"r3quest"}}'
    for name, text, posted in [
        ("answer", answer, ""),
        ("answer_without_interval", '{"auth_req_id":"r3quest","expires_in":"120"}', ping),
        ("answer_without_id", '{"expires_in":120}', ping),
        ("ping", answer, ping),
        ("ping_with_another_id", answer, ping.replace("r3quest", "another")),
        ("ping_with_another_token", answer, ping.replace("alpha", "beta")),
        ("ping_with_two_tokens", answer, ping.split("\n")[0] + "\n" + ping),
        ("ping_with_basic", answer, ping.replace("Bearer", "Basic")),
        ("ping_in_small_letters", answer, ping.replace("Bearer ", "bearer   ")),
        ("ping_with_a_number", answer, ping.replace('"r3quest"', "7")),
        ("ping_with_two_ids", answer, ping.replace("{", '{"auth_req_id":"another",')),
    ]:
        seed("ciba", name, bytes([0]), BETWEEN.join([text, "", posted]), BETWEEN, BACK_AND_FORTH)
    seed("ciba", "error", bytes([4]), '{"error":"unknown_user_id"}')
    seed("ciba", "unavailable", bytes([7]), "<html>")
    for name, changes in PENDING_STATES.items():
        for with_token, kept in [("", None), ("_with_token", token)]:
            stored = {
                "version": 1, "pending": pending(**changes), "auth_req_id": "r3quest", "client_notification_token": kept,
            }
            seed("ciba", name + with_token, bytes([0]), BETWEEN.join(["", json.dumps(stored), ping]), BETWEEN, EVERY_ANSWER)


def grant():
    kinds = {"client_credentials": 0, "jwt_bearer": 2, "token_exchange": 3}
    bound = 4
    for name, given, defaults in cases("grants/*grant*.json"):
        response = {**defaults.get("response", {}), **given["response"]}
        first = RESPONSE_STATUSES.index(response["status"]) if response["status"] in RESPONSE_STATUSES else 7
        kind = {**defaults.get("grant", {}), **given.get("grant", {})}["type"]
        second = kinds[kind] + (bound if "dpop_key" in given.get("client", {}) else 0)
        headers = "\n".join(f"{header}: {value}" for header, value in response.get("headers", []))
        seed("grant", name, bytes([first, second]), headers, BETWEEN, body(response))


def resource():
    for name, given, defaults in cases("*/protected_resource.json"):
        headers = [value for header, value in given.get("headers", []) if header == "www-authenticate"]
        for number, response in enumerate(given["responses"]):
            choice = RESPONSE_STATUSES.index(response["status"]) if response["status"] in RESPONSE_STATUSES else 5
            url, header = given.get("resource", defaults["resource"]), headers[0] if headers else ""
            # Whether the first or the second call is answered with it.
            text = body(response).decode()
            text += " " if (len(text) % 2 == 0) != (number == 1) else ""
            issuer, address = "https://auth.alpha.example/tenant1", "https://169.254.169.254/"
            seed("resource", f"{name}_{number}", bytes([choice]), BETWEEN.join([text, url, header, issuer, address]))
    for number, address in enumerate(["https://id.example/", "https://0x7f.1/", "https://[::1]/", "https://8.8.8.8:443/a"]):
        seed("resource", f"egress_{number}", bytes([0]), BETWEEN.join(["", "", "", "https://id.example", address]))


for target in (
    discovery, jwks, callback, token_response, id_token, login, awaiting_callback,
    pushed_request, session, userinfo, introspection, logout_token, jarm, jwe, challenge, registration, resource,
    device, ciba, grant,
):
    target()
