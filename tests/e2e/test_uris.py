#!/usr/bin/env python3
"""URIs on the wire: what RFC 4975 6.1 calls the same is the same, what it does not is not, and whatever its spelling, it goes on octet by octet."""

import contextlib
import socket

import relay as e2e
from msrp import Closed, Frame, authorization, unique
from relay import HOST, Peer, Shared, tap

PORT6 = e2e.free_port()
shared = Shared(allow='"127.0.0.0/8", "::1"', more=f'[[listen]]\nuri = "msrp://[::1]:{PORT6}"\nplaintext_auth = true\n')


@contextlib.contextmanager
def two():
    with contextlib.closing(shared().client("alice")) as alice, contextlib.closing(shared().client("bob")) as bob:
        yield alice, bob


def send(alice, path, body=None, method="SEND"):
    """A request with exactly this To-Path."""
    request = alice.message("x", body or unique("w").encode(), method=method)
    request.to_path = path
    return alice.send(request)


def answer_or_end(link):
    try:
        return link.read()
    except Closed:
        return None


# Own URIs as they may be written. {h} is the host, {p} the port, {t} the token.
SAME_OWN = {
    "scheme in capitals (R-031)": "MSRP://{h}:{p}/{t};tcp",
    "host in capitals (R-032)": "msrp://{H}:{p}/{t};tcp",
    "host percent-encoded (R-032)": "msrp://%72e%6Cay.example.org:{p}/{t};tcp",
    "userinfo (R-032, R-039)": "msrp://somebody@{h}:{p}/{t};tcp",
    "transport in capitals (R-035)": "msrp://{h}:{p}/{t};TCP",
    "a parameter more (R-035)": "msrp://{h}:{p}/{t};tcp;colour=blue",
}
OTHER_OWN = {
    "another port (R-033)": "msrp://{h}:1{P}/{t};tcp",
    "the port of another listener of this relay (R-033)": "msrp://{h}:{six}/{t};tcp",
    "another transport (R-035)": "msrp://{h}:{p}/{t};udp",
    "no port (R-033, R-037)": "msrp://{h}/{t};tcp",
    "another scheme (R-031)": "msrps://{h}:{p}/{t};tcp",
    "another case of the session (R-034)": "msrp://{h}:{p}/{T};tcp",
    "no session (R-034)": "msrp://{h}:{p};tcp",
    "an empty session (R-034)": "msrp://{h}:{p}/;tcp",
    "a path to be normalised (R-036)": "msrp://{h}:{p}/x/../{t};tcp",
    "a path with a dot (R-036)": "msrp://{h}:{p}/./{t};tcp",
    "a slash more (R-036)": "msrp://{h}:{p}//{t};tcp",
    "a slash behind (R-036)": "msrp://{h}:{p}/{t}/;tcp",
    "a trailing dot of the host (R-032)": "msrp://{h}.:{p}/{t};tcp",
    "a password (R-039)": "msrp://user:secret@{h}:{p}/{t};tcp",
}


def spelled(form, use_path):
    token = use_path.split("/")[3].split(";")[0]
    port = str(shared().port)
    return form.format(h=HOST, H=HOST.upper(), p=port, P=port[1:] if port[0] == "1" else port[:4], t=token, T=token.swapcase(), six=PORT6)


def same_own(form):
    with two() as (alice, bob):
        uri = spelled(form, alice.use_path)
        sent = send(alice, [uri, bob.use_path, bob.uri])
        got = bob.read()
        assert got.body == sent.body and got.from_path == [bob.use_path, uri, alice.uri], got
        answer = alice.read()
        assert answer.code == 200 and answer.from_path == [uri], answer
        bob.answer(got)
        uri = spelled(form, bob.use_path)  # and as the second of its two URIs
        sent = send(alice, [alice.use_path, uri, bob.uri])
        got = bob.read()
        assert got.body == sent.body and got.from_path == [uri, alice.use_path, alice.uri], got
        assert alice.read().code == 200


def other_own(form):
    with two() as (alice, bob):
        uri = spelled(form, alice.use_path)
        send(alice, [uri, bob.use_path, bob.uri])
        answer = answer_or_end(alice)
        assert answer is None or 400 <= answer.code < 500, answer
    with two() as (alice, bob):
        send(alice, [alice.use_path, spelled(form, bob.use_path), bob.uri])
        frames = [answer_or_end(alice)]
        if frames[0] and frames[0].code == 200:  # to be told by a REPORT then
            frames.append(alice.read())
            assert frames[1].method == "REPORT" and frames[1].get("Status").split(" ")[1][0] == "4", frames
        send(alice, [alice.use_path, bob.use_path, bob.uri], b"fence")
        assert bob.read().body == b"fence"


# The client's URI at AUTH, and the same or another one in To-Path.
SAME_CLIENT = {
    "as it was (R-046)": ("msrp://bob.invalid:2855/s;tcp", "msrp://bob.invalid:2855/s;tcp"),
    "case of scheme, host and transport (R-031, R-032, R-035)": ("msrp://Bob.Invalid:2855/sS;tcp", "MSRP://bOB.iNVALID:2855/sS;TCP"),
    "userinfo (R-032)": ("msrp://bob@b.invalid:2855/s;tcp", "msrp://b.invalid:2855/s;tcp"),
    "percent-encoded unreserved characters (R-032)": ("msrp://b%2Dx.invalid:2855/s;tcp", "msrp://b-x.invalid:2855/s;tcp"),
    "a session with / + = (R-030)": ("msrp://b.invalid:2855/a/b+c==;tcp", "msrp://b.invalid:2855/a/b+c==;tcp"),
    "IPv4 (R-032)": ("msrp://192.0.2.7:2855/s;tcp", "msrp://192.0.2.7:2855/s;tcp"),
    "IPv6, capitals and zeros (R-032)": ("msrp://[2001:DB8::1]:2855/s;tcp", "msrp://[2001:0db8:0:0:0:0:0:1]:2855/s;tcp"),
    "IPv6, the double colon elsewhere (R-032)": ("msrp://[2001:db8:0:0:1::1]:2855/s;tcp", "msrp://[2001:db8::1:0:0:1]:2855/s;tcp"),
    "IPv6 with an IPv4 tail (R-032)": ("msrp://[64:ff9b::192.0.2.1]:2855/s;tcp", "msrp://[64:ff9b::c000:201]:2855/s;tcp"),
    "parameters (R-035)": ("msrp://b.invalid:2855/s;tcp;a=1", "msrp://b.invalid:2855/s;tcp;b=2"),
    "another transport that is the client's own (R-038)": ("msrp://b.invalid:2855/s;ws", "msrp://b.invalid:2855/s;ws"),
}
OTHER_CLIENT = {
    "another host (R-032)": ("msrp://b.invalid:2855/s;tcp", "msrp://c.invalid:2855/s;tcp"),
    "another port (R-033)": ("msrp://b.invalid:2855/s;tcp", "msrp://b.invalid:2856/s;tcp"),
    "another scheme (R-031)": ("msrp://b.invalid:2855/s;tcp", "msrps://b.invalid:2855/s;tcp"),
    "another case of the session (R-034)": ("msrp://b.invalid:2855/s;tcp", "msrp://b.invalid:2855/S;tcp"),
    "a session encoded (R-034)": ("msrp://b.invalid:2855/a/b;tcp", "msrp://b.invalid:2855/a%2Fb;tcp"),
    "no session (R-034)": ("msrp://b.invalid:2855/s;tcp", "msrp://b.invalid:2855;tcp"),
    "another transport (R-035)": ("msrp://b.invalid:2855/s;tcp", "msrp://b.invalid:2855/s;ws"),
    "a path not normalised (R-036)": ("msrp://b.invalid:2855/s;tcp", "msrp://b.invalid:2855/a/../s;tcp"),
    "another IPv6 address (R-032)": ("msrp://[2001:db8::1]:2855/s;tcp", "msrp://[2001:db8::2]:2855/s;tcp"),
    "no port (R-037)": ("msrp://b.invalid:2855/s;tcp", "msrp://b.invalid/s;tcp"),
}


@contextlib.contextmanager
def alice_and_bob_as(uri):
    with contextlib.closing(shared().client("alice")) as alice, contextlib.closing(shared().client("bob", auth=False)) as bob:
        bob.uri = uri
        bob.auth()
        yield alice, bob


def same_client(at_auth, addressed):
    with alice_and_bob_as(at_auth) as (alice, bob), contextlib.closing(shared().stranger()) as stranger:
        for sender, first in ((alice, [alice.use_path]), (stranger, [])):
            sent = send(sender, [*first, bob.use_path, addressed])
            got = bob.read()
            assert got.body == sent.body and got.to_path == [addressed], got
            assert got.from_path == [bob.use_path, *first, sender.uri], got
            assert sender.read().code == 200
            bob.send(Frame("200 OK", got.from_path[:1], addressed, tid=got.tid))


def other_client(at_auth, addressed):
    with alice_and_bob_as(at_auth) as (alice, bob):
        with contextlib.closing(shared().stranger()) as stranger:
            send(stranger, [bob.use_path, addressed])
            answer = answer_or_end(stranger)
            assert answer is None or 400 <= answer.code < 500, answer
        sent = send(alice, [alice.use_path, bob.use_path, bob.uri])
        assert bob.read().body == sent.body


def test_auth_without_port():
    """AUTH to the relay's name without a port is for this relay; to an address without a port it is malformed (R-037)"""
    with contextlib.closing(shared().client("alice", auth=False)) as alice:
        alice.relay_uri = f"msrp://{HOST};tcp"
        uri = alice.auth()
        assert uri.startswith(f"msrp://{HOST}:{shared().port}/"), uri
    with contextlib.closing(shared().client("alice", auth=False)) as alice:
        alice.send(Frame("AUTH", "msrp://127.0.0.1;tcp", alice.uri))
        answer = answer_or_end(alice)
        assert answer is None or answer.code == 400, answer


BAD_NEXT = {
    "port 0": "msrp://127.0.0.1:0/x;tcp", "port 65536": "msrp://127.0.0.1:65536/x;tcp", "port of letters": "msrp://127.0.0.1:port/x;tcp",
    "an endless port": "msrp://127.0.0.1:99999999999999999999/x;tcp", "an empty port": "msrp://127.0.0.1:/x;tcp",
    "a name without a port": "msrp://peer.example.org/x;tcp", "an address without a port": "msrp://127.0.0.1/x;tcp",
    "an IPv6 address without a port": "msrp://[::1]/x;tcp", "an IPv6 address without brackets": "msrp://::1:9/x;tcp",
    "a bracket that is not closed": "msrp://[::1:9/x;tcp", "no transport": "msrp://127.0.0.1:9/x", "no host": "msrp://:9/x;tcp",
    "a password": "msrp://me:secret@127.0.0.1:9/x;tcp", "another scheme": "sip://127.0.0.1:9/x;tcp",
}


def bad_next(uri):
    with two() as (alice, bob):
        sent = send(alice, [alice.use_path, uri])
        answer = answer_or_end(alice)
        assert answer is None or answer.code == 400 and answer.tid == sent.tid, answer
        with contextlib.closing(shared().client("carol")) as carol:
            assert send(carol, [carol.use_path, bob.use_path, bob.uri]).body == bob.read().body


def test_peer_by_ipv6():
    """a peer by IPv6 literal: dialled once whatever the spelling, each spelling forwarded as it came (R-032, R-227, R-241)"""
    with contextlib.closing(shared().client("alice")) as alice, socket.create_server(("::1", 0), family=socket.AF_INET6) as door:
        port, far = door.getsockname()[1], None
        for host in ("[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::0:1]", "[::0.0.0.1]", "me@[::1]"):
            uri = f"msrp://{host}:{port}/s;tcp"
            sent = send(alice, [alice.use_path, uri])
            if not far:
                door.settimeout(e2e.PATIENCE)
                far = e2e.msrp.Link(door.accept()[0])
            got = far.read()
            assert got.body == sent.body and got.to_path == [uri] and got.from_path == [alice.use_path, alice.uri], got
            assert alice.read().code == 200
            far.send(Frame("200 OK", got.from_path[:1], uri, tid=got.tid))
        far.close()


def test_client_by_ipv6():
    """a client that connects by IPv6 gets a URI of the relay's name, and talks with one that came by IPv4 (R-195, R-032)"""
    with contextlib.closing(shared().client("alice")) as alice, contextlib.closing(e2e.msrp.Client(("::1", PORT6), f"msrp://[::1]:{PORT6};tcp", "bob")) as bob:
        for uri in (f"msrp://[::1]:{PORT6};tcp", f"msrp://[0:0:0:0:0:0:0:1]:{PORT6};tcp", f"msrp://{HOST}:{PORT6};tcp"):
            answer = bob.ask_auth(uri=uri)
            assert answer.code == 401, answer
            answer = bob.ask_auth(authorization(answer.get("WWW-Authenticate"), "bob", "bob-pw", uri,
                                                algorithm=None, style="crocodile"), uri=uri)
            assert answer.code == 200, answer
            bob.use_path = answer.get("Use-Path")
            assert bob.use_path.startswith(f"msrp://{HOST}:{PORT6}/"), bob.use_path
            for sender, reader in ((alice, bob), (bob, alice)):
                sent = send(sender, [sender.use_path, reader.use_path, reader.uri])
                assert reader.read().body == sent.body and sender.read().code == 200


def test_round_and_round():
    """a path that comes by this relay again and again ends: one answer, nothing to anybody; two hops in a row are served (R-055, R-056, R-048)"""
    with two() as (alice, bob), contextlib.closing(shared().client("carol")) as carol:
        mine = [alice.use_path, *[alice.auth() for _ in range(4)]]
        hers = [bob.use_path, bob.auth()]
        for path in ([*mine, hers[0], bob.uri], [mine[0]] * 8, [mine[0], hers[0]] * 5 + [bob.uri], [mine[0], *hers, bob.uri],
                     [mine[0], hers[0], mine[0], alice.uri], [hers[0], mine[0], alice.uri], [mine[0], carol.use_path, hers[0], bob.uri]):
            sent = send(alice, path)
            answer = alice.read()
            assert answer.tid == sent.tid and answer.code in (403, 481), (path, answer)
        for own, other in zip(mine, hers * 3):
            sent = send(alice, [own, other, bob.uri])
            got = bob.read()
            assert got.body == sent.body and got.from_path == [other, own, alice.uri], got
            answer = alice.read()
            assert answer.tid == sent.tid and answer.code == 200, answer
            bob.answer(got)


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    cases = tap.functions(globals())
    cases[-1:-1] = ([(f"our URI, the same: {name}", lambda form=form: same_own(form)) for name, form in SAME_OWN.items()]
                    + [(f"not our URI: {name}", lambda form=form: other_own(form)) for name, form in OTHER_OWN.items()]
                    + [(f"the client's URI, the same: {name}", lambda pair=pair: same_client(*pair)) for name, pair in SAME_CLIENT.items()]
                    + [(f"not the client's URI: {name}", lambda pair=pair: other_client(*pair)) for name, pair in OTHER_CLIENT.items()]
                    + [(f"next hop with {name}: 400 or closed (R-037, R-030)", lambda uri=uri: bad_next(uri)) for name, uri in BAD_NEXT.items()])
    tap.run(cases)
