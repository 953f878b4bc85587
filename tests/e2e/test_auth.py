#!/usr/bin/env python3
"""AUTH over plain TCP: R-150 to R-168, R-185 to R-196, and what deployed clients put on the wire (msrplib, Crocodile)."""

import contextlib
import re

import relay as e2e
from msrp import Frame, authorization, parameters, rspauth, unquoted
from relay import HOST, REALM, Relay, Shared, htdigest, tap

shared = Shared(users=htdigest("alice") + htdigest("bob", password="pass word:\"x") + htdigest("eve", realm="elsewhere.example"))


def fresh(name="alice", auth=False):
    return contextlib.closing(shared().client(name, auth=auth))


def test_challenge():
    """AUTH without credentials gets 401 with realm, nonce, opaque and qop="auth" (R-150 to R-153)"""
    with fresh() as alice:
        answer = alice.ask_auth()
        assert answer.code == 401, answer
        assert answer.to_path == [alice.uri] and answer.from_path == [shared().uri], answer
        assert answer.body is None and answer.flag == "$", answer
        challenges = answer.all("WWW-Authenticate")
        assert challenges, answer
        for value in challenges:
            given = parameters(value)
            assert unquoted(given["realm"]) == REALM and given["realm"].startswith('"'), value
            assert given["qop"] == '"auth"', value
            assert re.fullmatch(r'"[^"]{16,}"', given["nonce"]), value
            assert re.fullmatch(r'"[^"]+"', given["opaque"]), value
            assert "domain" not in given and given.get("algorithm", "MD5") in ("MD5", "SHA-256"), value
        assert any(parameters(value).get("algorithm", "MD5") == "MD5" for value in challenges), challenges


def test_nonces_differ():
    """two challenges carry two nonces (R-168)"""
    with fresh() as alice:
        assert parameters(alice.challenge())["nonce"] != parameters(alice.challenge())["nonce"]


def check_success(alice, answer, challenge, user="alice", password="alice-pw"):
    assert answer.code == 200, answer
    assert answer.to_path == [alice.uri] and answer.from_path == [shared().uri], answer
    assert re.fullmatch(rf"msrp://{re.escape(HOST)}:{shared().port}/[A-Za-z0-9._~=+-]{{20,}};tcp", answer.get("Use-Path")), answer
    assert 31 <= int(answer.get("Expires")) <= 2147512, answer  # Crocodile's bounds
    info = dict(part.strip().split("=", 1) for part in answer.get("Authentication-Info").split(","))
    assert info["qop"] == "auth" and re.fullmatch(r"[0-9a-f]{8}", info["nc"]), info
    assert unquoted(info["rspauth"]) == rspauth(challenge, user, password, shared().uri, info), info


def succeed(algorithm="MD5", **more):
    with fresh() as alice:
        challenge = alice.challenge(algorithm)
        check_success(alice, alice.ask_auth(authorization(challenge, "alice", "alice-pw", alice.relay_uri, **more)), challenge)


def test_md5():
    """MD5 by the letter: Use-Path with name and port, Expires, Authentication-Info with a right rspauth (R-157, R-185, R-195)"""
    succeed()


def test_msrplib():
    """msrplib's way: no uri, qop and nc quoted (R-155, R-156)"""
    succeed(style="msrplib")


def test_crocodile():
    """Crocodile's way: uri present, qop and nc bare (R-155)"""
    succeed(style="crocodile")


def test_unknown_parameters():
    """unknown auth-params are ignored (R-162)"""
    succeed(change={"x-colour": '"blue"'})


def test_sha256():
    """SHA-256 is offered, first, where every user has the fourth field, and works (R-162)"""
    with Relay(users=htdigest("alice")) as relay, contextlib.closing(relay.client("alice", auth=False)) as alice:
        offered = [unquoted(parameters(value).get("algorithm", "MD5")) for value in alice.ask_auth().all("WWW-Authenticate")]
        assert offered == ["SHA-256", "MD5"], offered
        answer = alice.ask_auth(authorization(alice.challenge("SHA-256"), "alice", "alice-pw", relay.uri))
        assert answer.code == 200, answer


def test_sha256_not_for_all():
    """SHA-256 is not offered where a user lacks the fourth field; MD5 is"""
    with Relay(users=htdigest("alice") + htdigest("old", sha256=False)) as relay, contextlib.closing(relay.client("old", auth=False)) as old:
        offered = [unquoted(parameters(value).get("algorithm", "MD5")) for value in old.ask_auth().all("WWW-Authenticate")]
        assert offered == ["MD5"], offered
        old.auth()


def test_sha256_rspauth():
    """the rspauth of a SHA-256 exchange is SHA-256"""
    with Relay(users=htdigest("alice")) as relay, contextlib.closing(relay.client("alice", auth=False)) as alice:
        challenge = alice.challenge("SHA-256")
        answer = alice.ask_auth(authorization(challenge, "alice", "alice-pw", relay.uri))
        info = dict(part.strip().split("=", 1) for part in answer.get("Authentication-Info").split(","))
        assert unquoted(info["rspauth"]) == rspauth(challenge, "alice", "alice-pw", relay.uri, info), info


def test_odd_password():
    """a password with blanks, colons and quotes"""
    with fresh("bob") as bob:
        bob.auth("bob", "pass word:\"x")


def test_path_as_sent():
    """the digest covers the To-Path URI exactly as sent: upper case and userinfo included (R-154)"""
    with fresh() as alice:
        alice.relay_uri = f"msrp://alice@{HOST.upper()}:{shared().port};tcp"
        alice.auth()


def test_whole_from_path():
    """AUTH whose From-Path has several URIs is answered to all of them (R-051)"""
    with fresh() as alice:
        path = f"msrp://first.example.net:2855/abcd;tcp {alice.uri}"
        answer = alice.ask_auth(from_path=path)
        assert answer.code == 401 and " ".join(answer.to_path) == path, answer


def refused(expected=(401,), count=1, user="alice", password="alice-pw", **more):
    with fresh() as alice:
        answer = alice.ask_auth(authorization(alice.challenge(), user, password, alice.relay_uri, **more))
        assert answer.code in expected and not answer.get("Use-Path"), answer
        if answer.code == 401:
            assert "stale=true" not in answer.get("WWW-Authenticate"), answer
        return [name for name, _ in answer.headers], answer.start


def test_wrong_credentials_look_alike():
    """wrong password, unknown user, user of another realm: 401, all of one shape (R-161)"""
    shapes = [refused(password="wrong"), refused(user="nobody"), refused(user="eve", password="eve-pw")]
    assert shapes[0] == shapes[1] == shapes[2], shapes


def test_wrong_realm():
    """a realm that was not asked for is refused (R-161)"""
    refused(expected=(400, 401), change={"realm": '"elsewhere.example"'})


def test_missing_parameters():
    """no qop, nc, cnonce, nonce, response or username: 400 or 401, never 200 (R-156)"""
    for name in ("qop", "nc", "cnonce", "nonce", "response", "username"):
        refused(expected=(400, 401), without=(name,))


def test_malformed_parameters():
    """malformed nc, response, qop: 400 or 401 (R-156)"""
    for change in ({"nc": "1"}, {"nc": "zzzzzzzz"}, {"nc": "00000000"}, {"response": '"abc"'}, {"qop": "auth-int"}, {"algorithm": "MD5-sess"},
                   {"opaque": '"other"'}):
        refused(expected=(400, 401), change=change)


def test_wrong_uri():
    """a uri parameter other than the rightmost To-Path URI: 400 or 401 (R-155)"""
    refused(expected=(400, 401), change={"uri": '"msrp://other.example.org:2855;tcp"'})


def test_basic():
    """Basic is not accepted (R-152)"""
    with fresh() as alice:
        answer = alice.ask_auth("Basic YWxpY2U6YWxpY2UtcHc=")
        assert answer.code in (400, 401), answer


def test_replay():
    """the same nonce and nc a second time is refused, the next nc is good (R-159)"""
    with fresh() as alice:
        challenge = alice.challenge()
        once = authorization(challenge, "alice", "alice-pw", alice.relay_uri, nc=1)
        assert alice.ask_auth(once).code == 200
        assert alice.ask_auth(once).code == 401
        assert alice.ask_auth(authorization(challenge, "alice", "alice-pw", alice.relay_uri, nc=2)).code == 200
        assert alice.ask_auth(authorization(challenge, "alice", "alice-pw", alice.relay_uri, nc=1)).code == 401


def test_foreign_nonce():
    """a nonce given to another link is refused with a new one"""
    with fresh() as alice, fresh("bob") as bob:
        answer = alice.ask_auth(authorization(bob.challenge(), "alice", "alice-pw", alice.relay_uri))
        assert answer.code == 401, answer
        assert alice.auth()


def test_invented_nonce():
    """an altered nonce is refused (R-160)"""
    with fresh() as alice:
        challenge = alice.challenge()
        nonce = unquoted(parameters(challenge)["nonce"])
        altered = ("A" if nonce[0] != "A" else "B") + nonce[1:]
        answer = alice.ask_auth(authorization(challenge.replace(nonce, altered), "alice", "alice-pw", alice.relay_uri))
        assert answer.code == 401 and unquoted(parameters(answer.get("WWW-Authenticate"))["nonce"]) not in (nonce, altered), answer


def test_failures_close():
    """after auth_failures wrong passwords the link is closed (R-163)"""
    with fresh() as alice:
        for _ in range(3):
            assert alice.ask_auth(authorization(alice.challenge(), "alice", "wrong", alice.relay_uri)).code == 401
            if alice.silent():
                continue
            break
        assert alice.closed()
    shared().alive()


def test_expires():
    """Expires inside the bounds is granted, not more than asked; outside 423 names the bound, which then is good (R-186, R-187)"""
    with fresh() as alice:
        def ask(seconds):
            return alice.ask_auth(authorization(alice.challenge(), "alice", "alice-pw", alice.relay_uri), [("Expires", seconds)])
        answer = ask("600")
        assert answer.code == 200 and 0 < int(answer.get("Expires")) <= 600, answer
        low, high = ask("5"), ask("99999999")
        assert low.code == 423 and low.get("Min-Expires") == "60" and not low.get("Max-Expires") and not low.get("Use-Path"), low
        assert high.code == 423 and high.get("Max-Expires") == "3600" and not high.get("Min-Expires"), high
        assert ask(low.get("Min-Expires")).code == 200 and ask(high.get("Max-Expires")).code == 200


def test_expires_nonsense():
    """Expires of 0, of no digits, of too many never gives a URI (R-187)"""
    for value in ("0", "abc", "-1", "", "99999999999999999999999999"):
        with fresh() as alice:
            try:
                answer = alice.ask_auth(authorization(alice.challenge(), "alice", "alice-pw", alice.relay_uri), [("Expires", value)])
            except e2e.msrp.Closed:
                continue
            assert answer.code in (400, 423) and not answer.get("Use-Path"), (value, answer)


def test_uris_differ():
    """each AUTH gets a URI of its own, whose tokens have nothing in common (R-196, R-200)"""
    with fresh() as alice:
        tokens = [re.search(r"//[^/]+/([^;]+);", alice.auth())[1] for _ in range(20)]
        assert len(set(tokens)) == 20
        assert len({token[-16:] for token in tokens}) == 20 and len({token[2:14] for token in tokens}) == 20, tokens


def test_plain_refused():
    """over plain TCP without plaintext_auth: 403, credentials or not (R-165)"""
    with Relay(plaintext_auth=False) as relay, contextlib.closing(relay.client("alice", auth=False)) as alice:
        answer = alice.ask_auth()
        assert answer.code == 403 and not answer.get("WWW-Authenticate"), answer


def test_pipelined():
    """two AUTHs in flight are answered each under its own id (R-167)"""
    with fresh() as alice:
        first, second = Frame("AUTH", alice.relay_uri, alice.uri), Frame("AUTH", alice.relay_uri, alice.uri)
        alice.write(first.encode() + second.encode())
        assert [alice.read().tid, alice.read().tid] == [first.tid, second.tid]


def test_two_realms():
    """a listener with a realm of its own challenges with it and takes its users"""
    port = e2e.free_port()
    more = f'[[listen]]\nuri = "msrp://127.0.0.1:{port}"\nplaintext_auth = true\nrealm = "other.example.org"\n'
    with Relay(users=htdigest("alice") + htdigest("oscar", realm="other.example.org"), more=more) as relay:
        with contextlib.closing(relay.client("oscar", port=port, auth=False)) as oscar:
            oscar.relay_uri = f"msrp://{HOST}:{port};tcp"
            assert unquoted(parameters(oscar.challenge())["realm"]) == "other.example.org"
            assert f":{port}/" in oscar.auth()


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    tap.run(tap.functions(globals()))
