#!/usr/bin/env python3
"""Which code this relay answers when, what stands in it and what never does; how long URIs live; what refusals and logs give away."""

import contextlib

import relay as e2e
from msrp import Closed, Frame, authorization, parameters, unique, unquoted
from relay import HOST, Peer, Relay, Shared, htdigest, tap

shared = Shared()


@contextlib.contextmanager
def two(relay=None):
    with contextlib.closing((relay or shared()).client("alice")) as alice, contextlib.closing((relay or shared()).client("bob")) as bob:
        yield alice, bob


def fence(alice, bob):
    word = unique("fence").encode()
    sent = alice.send(alice.message(bob.path(), word))
    got = bob.read()
    assert got.body == word, got
    answer = alice.read()
    assert answer.tid == sent.tid and answer.code == 200, answer
    bob.answer(got)


def request_of(client, method, path):
    """A good request of any method along exactly that path."""
    request = client.message("x", None if method in ("REPORT", "AUTH") else b"x", method=method)
    request.to_path = path
    if method == "REPORT":
        request.headers.append(("Status", "000 200 OK"))
    return request


def unknown(alice):
    return f"{alice.use_path.rsplit('/', 1)[0]}/AAAAAAAAAAAAAAAAAAAAAAAA;tcp"


METHODS = ["SEND", "REPORT", "NICKNAME", "AUTH", "X"]


def test_unknown_session_each_method():
    """an unknown session: 481 to all but REPORT, for SEND to the previous hop, else to the whole path; the link stays (R-090, R-051, R-052, R-066)"""
    with two() as (alice, bob):
        for method in METHODS:
            request = request_of(alice, method, [unknown(alice), bob.uri])
            request.from_path = [alice.uri, "msrp://behind.invalid:1/x;tcp"]
            alice.send(request)
            if method != "REPORT":
                answer = alice.read()
                assert answer.code == 481 and answer.tid == request.tid and answer.from_path == [unknown(alice)], answer
                assert answer.to_path == (request.from_path[:1] if method == "SEND" else request.from_path), answer
                assert answer.headers == [] and answer.body is None and answer.flag == "$", answer
            fence(alice, bob)


def test_not_ours_each_method():
    """a first URI that is not this relay: told where an answer is due, then the link ends, for every method (R-045, R-066)"""
    with Peer() as peer:
        for method in METHODS:
            with contextlib.closing(shared().client("carol")) as carol:
                request = carol.send(request_of(carol, method, [peer.uri, carol.uri]))
                if method != "REPORT":
                    answer = carol.read()
                    assert 400 <= answer.code < 500 and answer.tid == request.tid, answer
                assert carol.closed() and not carol.buffer
        assert not peer.was_dialled()


def test_no_open_relay_by_any_method():
    """with somebody else's URI no method gets anywhere but to its owner (R-048, R-067, R-091, R-250, R-251)"""
    with two() as (alice, bob), Peer() as victim:
        for sender in (lambda: shared().stranger("mallory"), lambda: shared().client("carol")):
            for method in METHODS:
                for path in ([alice.use_path, victim.uri], [alice.use_path, bob.use_path, bob.uri], [alice.use_path, bob.uri], [alice.use_path, alice.use_path, alice.uri]):
                    with contextlib.closing(sender()) as mallory, contextlib.suppress(Closed):
                        request = mallory.send(request_of(mallory, method, path))
                        if method != "REPORT":
                            answer = mallory.read()
                            assert answer.tid == request.tid and answer.code in (403, 481, 506), (method, path, answer)
        assert not victim.was_dialled()
        fence(alice, bob)
        fence(bob, alice)


def test_methods_that_end_here():
    """unknown methods that end at this relay: 501; those that pass are never answered 501, whatever their name (R-069, R-067, R-088)"""
    with two() as (alice, bob):
        for method in ("NICKNAME", "X", "A" * 40, "SENDX", "MSRP"):
            asked = alice.send(request_of(alice, method, [alice.use_path]))
            answer = alice.read()
            assert answer.code == 501 and answer.tid == asked.tid, answer
            asked = alice.send(request_of(alice, method, [alice.use_path, *bob.path().split(" ")]))
            got = bob.read()
            assert got.method == method and got.to_path == [bob.uri], got
            bob.answer(got, 501, " Not Implemented")
            answer = alice.read()
            assert answer.code == 501 and answer.from_path == [alice.use_path, bob.use_path, bob.uri], answer
        fence(alice, bob)


AUTH_ONLY = ("WWW-Authenticate", "Use-Path", "Expires", "Min-Expires", "Max-Expires", "Authentication-Info")


def test_headers_of_auth_answers():
    """401 always with a challenge and no more; 200, 423, 403 and 400 with exactly their own headers (R-088, R-089, R-093, R-153)"""
    with contextlib.closing(shared().client("alice", auth=False)) as alice:
        def ask(password="alice-pw", headers=(), user="alice", **more):
            answer = alice.ask_auth(authorization(alice.challenge(), user, password, alice.relay_uri, **more), headers)
            return answer.code, {name for name, _ in answer.headers}
        challenged = (401, {"WWW-Authenticate"})
        first = alice.ask_auth()
        assert (first.code, {name for name, _ in first.headers}) == challenged, first
        assert all("domain" not in parameters(value) for value in first.all("WWW-Authenticate")), first
        assert ask(password="wrong") == challenged
        assert ask(user="nobody") == challenged
        assert ask() == (200, {"Use-Path", "Expires", "Authentication-Info"})
        assert ask(headers=[("Expires", "5")]) == (423, {"Min-Expires"})
        assert ask(headers=[("Expires", "9999999")]) == (423, {"Max-Expires"})
        assert ask(headers=[("Expires", "x")]) == (400, set())
        assert ask(without=("cnonce",)) == (400, set())
        assert ask(nc=0)[0] in (400, 401)
    with Relay(plaintext_auth=False) as relay, contextlib.closing(relay.client("alice", auth=False)) as alice:
        challenge = 'Digest realm="example.org", nonce="abc", qop="auth"'
        for value in (None, authorization(challenge, "alice", "alice-pw", relay.uri)):
            answer = alice.ask_auth(value)
            assert answer.code == 403 and not any(answer.get(name) for name in AUTH_ONLY), answer


def test_nonces_are_each_new():
    """fifty challenges on two links: fifty nonces; what one link was given is no credential on another (R-168, R-160)"""
    with contextlib.closing(shared().client("alice", auth=False)) as alice, contextlib.closing(shared().client("alice", auth=False)) as other:
        nonces = [unquoted(parameters(link.challenge())["nonce"]) for link in (alice, other) * 25]
        assert len(set(nonces)) == 50 and len({nonce[-16:] for nonce in nonces}) == 50, nonces
        answer = other.ask_auth(authorization(alice.challenge(), "alice", "alice-pw", alice.relay_uri))
        assert answer.code == 401 and not answer.get("Use-Path"), answer


def test_life_of_uris():
    """a URI serves as long as it was asked for, then is an unknown session; one of a later AUTH has its own time (R-186, R-188, R-189, R-090)"""
    with Relay(more='[session]\nexpires_min = "1s"\n') as relay, two(relay) as (alice, bob):
        short = alice.auth(headers=[("Expires", "2")])
        long = alice.auth(headers=[("Expires", "600")])
        assert short != long
        bobs_short = bob.auth(headers=[("Expires", "2")])
        served = {short: 0, bobs_short: 0}
        for uri, path in ((short, [short, *bob.path().split(" ")]), (bobs_short, [long, bobs_short, bob.uri])):
            while True:
                sent = alice.send(request_of(alice, "SEND", path))
                answer = alice.read()
                assert answer.tid == sent.tid, answer
                if answer.code != 200:
                    break
                got = bob.read()
                if got.code is None:
                    bob.answer(got)
                served[uri] += 1
            assert answer.code == 481 and answer.from_path == [path[0]], answer
        assert served[short] > 0, served
        alice.use_path = long
        bob.auth()
        fence(alice, bob)
        bob.use_path = bobs_short
        asked = bob.send(bob.message(alice.path()))  # nor does its owner send by it
        answer = bob.read()
        assert answer.code == 481 and answer.tid == asked.tid, answer


def test_refusals_look_alike():
    """a session that never was, one that is over and what is no token at all are answered alike (R-254, R-161)"""
    with two() as (alice, bob):
        with contextlib.closing(shared().client("carol")) as carol:
            over = carol.use_path
        base = alice.use_path.rsplit("/", 1)[0]
        shapes = set()
        for uri in (unknown(alice), over, f"{base}/x;tcp", f"{base}/{'A' * 500};tcp", f"{base}/a=b/c+d;tcp"):
            for _ in range(1000):  # until the relay has seen carol go
                alice.send(request_of(alice, "SEND", [uri, bob.uri]))
                answer = alice.read()
                if answer.code == 481:
                    break
            shapes.add((answer.start, tuple(answer.headers)))
        assert len(shapes) == 1, shapes


def test_logs_keep_secrets():
    """what the daemon writes has no password, no digest, no session id and no body in it, whatever happens (R-257)"""
    with Relay(users=htdigest("alice") + htdigest("bob"), more="[limits]\nauth_failures = 2") as relay:
        with two(relay) as (alice, bob):
            secrets = ["alice-pw", "bob-pw", "SECRETBODY", htdigest("alice").split(":")[2], htdigest("alice").strip().split(":")[3],
                       *[client.use_path.rsplit("/", 1)[1].split(";")[0] for client in (alice, bob)]]
            fence(alice, bob)
            alice.send(alice.message(bob.path(), b"SECRETBODY"))
            alice.send(alice.message(f"msrp://127.0.0.1:{e2e.free_port()}/SECRETBODY;tcp", b"SECRETBODY"))
            with contextlib.closing(relay.client("alice", auth=False)) as guesser, contextlib.suppress(Closed):
                for _ in range(3):
                    value = authorization(guesser.challenge(), "alice", "SECRETBODY", relay.uri)
                    secrets.append(unquoted(parameters(value)["response"]))
                    guesser.ask_auth(value)
            with contextlib.closing(relay.stranger()) as odd, contextlib.suppress(Closed):
                odd.send(odd.message(f"{alice.use_path} {odd.uri}", b"SECRETBODY", [("Failure-Report", "SECRETBODY")]))
                odd.read()
            for frame in (alice.read(), alice.read(), alice.read()):
                assert frame.code == 200 or frame.method == "REPORT", frame
        with contextlib.suppress(Closed), contextlib.closing(relay.link()) as link:
            link.write(f"MSRP abcd SEND\r\nTo-Path: {secrets[5]}\r\nFrom-Path: SECRETBODY\r\n-------abcd$\r\n".encode())
        relay.hang_up()
        relay.alive()
    output = "".join(relay.output)
    assert "user=alice" in output, output
    for secret in secrets:
        assert secret not in output, (secret, output)


def test_forged_report():
    """REPORTs and responses by strangers touch no transaction: the receiver's own answer still counts, a missing one is still reported (R-253, R-111)"""
    with Relay(more='[timers]\ntransaction = "500ms"') as relay, two(relay) as (alice, bob), contextlib.closing(relay.stranger("mallory")) as mallory:
        sent = alice.send(alice.message(bob.path(), b"x"))
        got = bob.read()
        assert alice.read().code == 200
        status = [("Message-ID", sent.get("Message-ID")), ("Byte-Range", "1-1/1"), ("Status", "000 413 Forged")]
        with contextlib.suppress(Closed):
            mallory.send(Frame("REPORT", f"{bob.use_path} {alice.path()}", bob.uri, status))
            for tid in (got.tid, sent.tid):
                mallory.send(Frame("200 OK", f"{bob.use_path} {alice.path()}", bob.uri, tid=tid))
                mallory.send(Frame("413 Forged", bob.use_path, bob.uri, tid=tid))
        report = alice.read()  # nobody has answered for bob
        assert report.method == "REPORT" and report.get("Status").startswith("000 408"), report
        fence(alice, bob)


def test_no_session_given():
    """the name of the relay without a session carries nothing but AUTH (R-047, R-070)"""
    with two() as (alice, bob), Peer() as victim:
        for method in METHODS:
            for path in ([f"msrp://{HOST}:{shared().port};tcp", victim.uri], [f"msrp://{HOST}:{shared().port};tcp", *bob.path().split(" ")]):
                with contextlib.closing(shared().client("carol")) as carol, contextlib.suppress(Closed):
                    request = carol.send(request_of(carol, method, path))
                    if method != "REPORT":
                        answer = carol.read()
                        assert answer.tid == request.tid and answer.code in (400, 403, 481), (method, answer)
        assert not victim.was_dialled()
        fence(alice, bob)


def test_415_by_rule():
    """415 for content that is not signed, where the operator's rules say so: nothing goes on, signed content does (R-256, R-092, R-011)"""
    rule = """[[rule]]
name = "signed only"
when = { method = "SEND", content_type = { not_like = "multipart/signed*" } }
action = "reply"
reply = { code = 415, reason = "Sign It" }
"""
    with Relay(more=rule) as relay, two(relay) as (alice, bob):
        for value, expected in ((None, [415]), ("partial", [415]), ("no", [])):
            request = alice.message(bob.path(), b"plain", [("Failure-Report", value)] if value else [])
            alice.send(request)
            answers = [alice.read().code for _ in expected]
            assert answers == expected, (value, answers)
        sent = alice.send(alice.message(bob.path(), b"signed", content_type='multipart/signed; boundary="x"'))
        got = bob.read()
        assert got.body == b"signed" and got.get("Content-Type") == 'multipart/signed; boundary="x"', got
        answer = alice.read()
        assert answer.tid == sent.tid and answer.code == 200, answer


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    tap.run(tap.functions(globals()))
