#!/usr/bin/env python3
"""msrps: TLS listeners and next hops, against OpenSSL; what is no TLS, what is cut off, whose certificate is not good."""

import contextlib
import hashlib
import os
import pathlib
import re
import select
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

import msrp
from dns import NameServer, address, service
from msrp import Closed, Frame
from relay import HOST, PROGRAM, Peer, free_port, tap
from tls import TlsRelay, certificates, client_context, expired, ocsp_response, revoke, server_context

OPENSSL, GNUTLS = shutil.which("openssl") or "openssl", shutil.which("gnutls-cli") or "gnutls-cli"


class Shared:
    relay = None

    def __call__(self):
        if not self.relay:
            self.relay = TlsRelay()
        return self.relay


shared = Shared()


@contextlib.contextmanager
def two(first=None, second=None):
    with contextlib.closing(shared().secure_client("alice", context=first)) as alice, \
            contextlib.closing(shared().secure_client("bob", context=second)) as bob:
        yield alice, bob


def exchanged(sender, reader, body):
    sender.send(sender.message(reader.path(), body))
    got = reader.read_message()
    assert got[1] == body, (len(got[1]), len(body))
    reader.answer(got[0], 200)
    assert sender.read().code == 200


def test_versions():
    """AUTH gives msrps URIs; messages both ways between TLS 1.2, TLS 1.3 and plain TCP"""
    old, new = (client_context(least=version, most=version) for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))
    with two(old, new) as (alice, bob):
        assert alice.socket.version() == "TLSv1.2" and bob.socket.version() == "TLSv1.3"
        assert alice.use_path.startswith(f"msrps://{HOST}:{shared().secure_port}/"), alice.use_path
        exchanged(alice, bob, b"to TLS 1.3")
        exchanged(bob, alice, b"to TLS 1.2")
        with contextlib.closing(shared().client("carol")) as carol:
            exchanged(carol, alice, b"from plain TCP")
            exchanged(bob, carol, b"to plain TCP")


def test_large():
    """16 MiB in one chunk through TLS on both sides arrive as they were sent"""
    with two() as (alice, bob):
        body = os.urandom(1 << 20) * 16
        octets = alice.message(bob.path(), body, headers=[("Failure-Report", "no")]).encode()
        writing = threading.Thread(target=alice.write, args=(octets,))
        writing.start()
        _, got, flag = bob.read_message()
        writing.join()
        assert flag == "$" and hashlib.sha256(got).digest() == hashlib.sha256(body).digest()


def test_octet_by_octet():
    """a frame that comes in records of one octet each"""
    with two() as (alice, bob):
        for octet in alice.message(bob.path(), b"slowly").encode():
            alice.write(bytes([octet]))
        assert bob.read().body == b"slowly" and alice.read().code == 200


def test_certificate_by_name():
    """each client gets a certificate whose key it understands: ECDSA first, RSA for those without"""
    rsa = client_context(least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_2)
    rsa.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    with two(rsa) as (alice, bob):
        assert alice.socket.cipher()[0] == "ECDHE-RSA-AES128-GCM-SHA256"
        exchanged(alice, bob, b"RSA to ECDSA")


def test_old_versions():
    """TLS 1.1 and ciphers without AEAD are refused"""
    for arguments in (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_2", "-cipher", "AES128-SHA"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"]):
        done = subprocess.run([OPENSSL, "s_client", "-connect", f"127.0.0.1:{shared().secure_port}", *arguments], input=b"", capture_output=True, check=False)
        assert done.returncode != 0 and b"Cipher is (NONE)" in done.stdout, (arguments, done.stdout[-500:])
    shared().alive()


def test_resumption():
    """a session ticket of one core is good on the others, in both versions; who comes back sends his messages as before"""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = client_context(least=version, most=version)
        with contextlib.closing(shared().secure_client("alice", context=context)) as alice:
            session = alice.socket.session
            assert session.has_ticket
        for _ in range(8):
            raw = socket.create_connection(("127.0.0.1", shared().secure_port), 10)
            with contextlib.closing(context.wrap_socket(raw, server_hostname=HOST, session=session)) as again:
                assert again.session_reused, version


def test_close_notify():
    """close_notify ends a link in order, and is answered; a FIN without it is told apart"""
    with two() as (alice, bob):
        message = alice.message(bob.path(), b"last words")
        alice.send(message)
        assert bob.read().body == b"last words" and alice.read().code == 200
        raw = alice.socket.unwrap()  # sends it and waits for the relay's
        assert raw.recv(1) == b""
        raw.close()
    relay = shared()
    with contextlib.closing(relay.secure_client("bob")) as bob:
        plain = socket.socket(fileno=os.dup(bob.socket.fileno()))
        plain.shutdown(socket.SHUT_WR)
        relay.wait_for("cut off: the end was not said in TLS")
        plain.close()


def test_handshake_given_up():
    """a FIN in the middle of a handshake is a failed handshake, not one that was cut off; a connection that says nothing is neither"""
    with TlsRelay() as relay:
        with contextlib.closing(msrp.Link(("127.0.0.1", relay.secure_port))) as silent:
            silent.socket.shutdown(socket.SHUT_WR)
            assert silent.closed()
        with contextlib.closing(msrp.Link(("127.0.0.1", relay.secure_port))) as link:
            link.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
            link.socket.shutdown(socket.SHUT_WR)
            assert link.closed()
        relay.wait_for("TLS: it ended before the handshake was over")
        relay.ask_counters()
        told = relay.wait_for("handshakes_failed=")
        assert "handshakes_failed=1 " in told and " truncated=0 " in told, told


def test_stop_says_so():
    """a relay that stops says close_notify"""
    with TlsRelay() as relay:
        with contextlib.closing(relay.secure_client()) as alice:
            relay.terminate()
            assert alice.closed() and not alice.truncated


def test_not_tls():
    """plain MSRP, HTTP and noise on the TLS port: closed at once, without a word; TLS on the plain port gets no answer either"""
    for octets in (Frame("AUTH", shared().uri, "msrp://a.invalid:1/x;tcp").encode(), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(300).replace(b"\x16", b"x"),
                   b"\x16\x03\x01\x00\x02\x01\x00", b"\x80\x2e\x01\x03\x01"):
        with contextlib.closing(msrp.Link(("127.0.0.1", shared().secure_port))) as link:
            link.write(octets)
            assert link.closed() and len(link.buffer) <= 7, octets  # an alert at most
    with contextlib.closing(socket.create_connection(shared().address, 10)) as raw:
        try:
            client_context().wrap_socket(raw, server_hostname=HOST)
            raise AssertionError("a handshake on the plain port")
        except (ssl.SSLError, ConnectionResetError):
            pass
    shared().alive()


def test_stalled_handshake():
    """a handshake that stalls ends with [timers] first_request, and disturbs nobody"""
    with TlsRelay(more='[timers]\nfirst_request = "300ms"') as relay:
        with contextlib.closing(msrp.Link(("127.0.0.1", relay.secure_port))) as link:
            link.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
            with contextlib.closing(relay.secure_client()) as alice:
                assert alice.use_path
                assert link.closed()


def test_others():
    """GnuTLS and OpenSSL's s_client agree with it in both versions; a KeyUpdate is followed, a renegotiation is not"""
    relay = shared()
    request = Frame("AUTH", f"msrps://{HOST}:{relay.secure_port};tcp", "msrps://a.invalid:1/x;tcp").encode().decode()
    for priority in ("NORMAL:-VERS-ALL:+VERS-TLS1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.2"):
        command = [GNUTLS, "--x509cafile", certificates() / "ca.pem", "--priority", priority, "-p", str(relay.secure_port),
                   "--sni-hostname", HOST, "--verify-hostname", HOST, "127.0.0.1"]
        assert "401 Unauthorized" in spoken(command, [request], "401 Unauthorized"), priority
    command = [OPENSSL, "s_client", "-connect", f"127.0.0.1:{relay.secure_port}", "-servername", HOST, "-CAfile", certificates() / "ca.pem"]
    # "K" asks for a KeyUpdate both ways, "R" for a renegotiation.
    told = spoken([*command, "-tls1_3"], ["K\n", request], "401 Unauthorized")
    assert "KEYUPDATE" in told and "401 Unauthorized" in told, told[-800:]
    told = spoken([*command, "-tls1_2"], ["R\n"], "RENEGOTIATING", until_end=True)
    assert "RENEGOTIATING" in told and ("no renegotiation" in told or "closed" in told or "error" in told), told[-800:]
    relay.alive()


def spoken(command, lines, awaited, until_end=False):
    """What the program says until `awaited` comes; the lines are typed once it is connected."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        os.set_blocking(process.stdout.fileno(), False)
        text, deadline, typed = "", time.monotonic() + msrp.PATIENCE, 0
        while time.monotonic() < deadline:
            if typed < len(lines) and ("Verify return code" in text or "Handshake was completed" in text):
                if text.count("KEYUPDATE") >= typed:
                    process.stdin.write(lines[typed])
                    process.stdin.flush()
                    typed += 1
            ready, _, _ = select.select([process.stdout], [], [], 0.2)
            if not ready:
                continue
            piece = process.stdout.read()
            if piece == "":
                break
            text += piece or ""
            if awaited in text and not until_end:
                break
            if until_end and awaited in text and ("error" in text.split(awaited)[1] or "closed" in text.split(awaited)[1]):
                break
        process.kill()
    return text


class SecurePeer(Peer):
    """An endpoint with a certificate, whose URI says msrps and `host`."""

    def __init__(self, host, context=None):
        super().__init__("peer")
        self.context = context or server_context()
        self.uri = f"msrps://{host}:{self.port}/{msrp.unique('s')};tcp"

    def accept(self):
        self.socket.settimeout(msrp.PATIENCE)
        client = msrp.Client(self.socket.accept()[0], "", self.name, tls=(self.context, True))
        client.uri = self.uri
        return client


def test_dialled():
    """a next hop with an msrps URI is dialled with TLS and SNI, its name verified; messages go both ways"""
    asked = []
    context = server_context()
    context.sni_callback = lambda _, name, __: asked.append(name)
    with TlsRelay(more='[dns]\nhosts = { "localhost" = "127.0.0.1" }', ) as relay, SecurePeer("localhost", context) as peer:
        with contextlib.closing(relay.secure_client()) as alice:
            alice.send(alice.message(peer.uri, b"hello"))
            with contextlib.closing(peer.accept()) as bob:
                assert bob.read().body == b"hello" and alice.read().code == 200
                assert asked == ["localhost"], asked
                bob.send(Frame("SEND", f"{alice.use_path} {alice.uri}", bob.uri, [("Message-ID", "m1"), ("Byte-Range", "1-2/2"), ("Content-Type", "text/plain")], b"hi"))
                assert alice.read().body == b"hi" and bob.read().code == 200


def test_services():
    """an AUTH for a relay without a port goes where SRV _msrps._tcp says, the next one when that is not there; the certificate is for the name that
    was asked for, and who is asked again is not asked twice (R-210, R-240, R-242)"""
    folder = certificates("far", "far.example.net")
    names = []
    context = server_context(folder)
    context.sni_callback = lambda _, name, __: names.append(name)
    with SecurePeer("far.example.net", context) as peer:
        server = NameServer({("_msrps._tcp.far.example.net", "SRV"): [service(2, 0, peer.port, "second.example.net"),
                                                                      service(1, 0, free_port(), "first.example.net")],
                             ("first.example.net", "A"): [address("127.0.0.1")], ("second.example.net", "A"): [address("127.0.0.1")]})
        more = f'[dns]\nservers = ["{server.address}"]'
        with contextlib.closing(server), TlsRelay(more=more, ca=folder / "ca.pem") as relay, contextlib.closing(relay.secure_client()) as alice:
            for _ in range(2):
                asked = alice.send(Frame("AUTH", f"{alice.use_path} msrps://far.example.net;tcp", alice.uri))
                with contextlib.closing(peer.accept()) as far:
                    got = far.read()
                    assert got.start == "AUTH" and got.to_path == ["msrps://far.example.net;tcp"], got
                    far.send(Frame("403", " ".join(got.from_path), got.to_path[0], tid=got.tid))
                    answer = alice.read()
                    assert (answer.tid, answer.code) == (asked.tid, 403), answer
            assert names == ["far.example.net"] * 2, names
            assert server.asked.count(("_msrps._tcp.far.example.net", "SRV")) == 1, server.asked


def dialled_again(alice, peer, body=b"hello"):
    """The relay dials the peer, which gets a message and hangs up. (version, resumed) of that link."""
    alice.send(alice.message(peer.uri, body))
    with contextlib.closing(peer.accept()) as bob:
        got = bob.read()
        bob.answer(got, 200)
        assert got.body == body and alice.read().code == 200
        told = bob.socket.version(), bob.socket.session_reused
        bob.socket.unwrap().close()
    return told


def test_dialled_resumption():
    """a next hop that is dialled again is met with the ticket that it gave over TLS 1.3; other ticket keys make a full handshake of it, and after SIGHUP
    nobody comes back with a ticket of before"""
    def context(version):
        fresh = server_context()
        fresh.minimum_version = fresh.maximum_version = version
        return fresh

    with TlsRelay(cores=1, more='[dns]\nhosts = { "localhost" = "127.0.0.1" }') as relay, SecurePeer("localhost") as peer, \
            contextlib.closing(relay.secure_client()) as alice:
        for version, name, resumed in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2", False), (ssl.TLSVersion.TLSv1_3, "TLSv1.3", True)):
            peer.context = context(version)
            told = [dialled_again(alice, peer) for _ in range(3)]
            assert told == [(name, False), (name, resumed), (name, resumed)], told
            peer.context = context(version)  # with other ticket keys
            told = [dialled_again(alice, peer) for _ in range(2)]
            assert told == [(name, False), (name, resumed)], told
        relay.ask_counters()
        assert " handshakes_resumed=3 " in relay.wait_for("event=counters")
        # wolfSSL does not understand a server that has gone back to TLS 1.2 since: once.
        peer.context = context(ssl.TLSVersion.TLSv1_2)
        alice.send(alice.message(peer.uri, b"misunderstood"))
        with contextlib.suppress(ssl.SSLError, OSError):
            peer.accept()
            raise AssertionError("TLS 1.2 with a ticket of TLS 1.3")
        assert sorted([alice.read().start, alice.read().start]) == ["200 OK", "REPORT"]
        assert dialled_again(alice, peer) == ("TLSv1.2", False)
        peer.context = context(ssl.TLSVersion.TLSv1_3)
        assert [dialled_again(alice, peer)[1] for _ in range(2)] == [False, True]
        relay.hang_up()
        relay.wait_for('area=tls event="read again"')
        assert [dialled_again(alice, peer)[1] for _ in range(2)] == [False, True]


def refused(relay, peer, reason):
    with contextlib.closing(relay.secure_client()) as alice:
        sent = alice.send(alice.message(peer.uri, b"secret"))
        with contextlib.suppress(ssl.SSLError, OSError, Closed):
            bob = peer.accept()
            bob.fill()
            raise AssertionError(f"it was given {bytes(bob.buffer)[:100]}")
        answers = [alice.read(), alice.read()]
        assert sorted(answer.start for answer in answers) == ["200 OK", "REPORT"], answers
        report = [answer for answer in answers if answer.start == "REPORT"][0]
        assert report.get("Message-ID") == sent.get("Message-ID") and report.get("Status").startswith("000 408"), report
        assert reason in relay.wait_for("TLS: "), reason


def test_dialled_in_vain():
    """a next hop whose certificate is for another name, or that nobody vouches for, gets nothing: a REPORT says so (R-210)"""
    with TlsRelay(more='[dns]\nhosts = { "other.example.org" = "127.0.0.1", "localhost" = "127.0.0.1" }') as relay:
        with SecurePeer("other.example.org") as peer:
            refused(relay, peer, "the certificate is not for other.example.org")
        with SecurePeer("localhost", server_context(certificates("stranger"))) as peer:
            refused(relay, peer, "the certificate is not good")


def test_no_downgrade():
    """a peer that speaks no TLS is told nothing although it would take it (R-211)"""
    with TlsRelay() as relay, Peer() as peer:
        with contextlib.closing(relay.secure_client()) as alice:
            alice.send(alice.message(peer.uri.replace("msrp:", "msrps:"), b"secret"))
            with contextlib.closing(peer.accept()) as bob:
                bob.fill()
                assert bob.buffer[:1] == b"\x16" and b"secret" not in bob.buffer
                bob.write(b"MSRP a786hjs2 200 OK\r\n")
                assert sorted([alice.read().start, alice.read().start]) == ["200 OK", "REPORT"]


def check(text, environment=None):
    with tempfile.TemporaryDirectory(prefix="msrp-relay-tls-") as folder:
        config = pathlib.Path(folder, "relay.toml")
        (config.parent / "users").write_text("", encoding="utf-8")
        config.write_text(f'[relay]\nname = "{HOST}"\n[users]\nfile = "users"\n{text}', encoding="utf-8")
        done = subprocess.run([PROGRAM, "--config", config, "--check"], capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})})
        return done.returncode, done.stdout + done.stderr


def listener(certificate, key, more=""):
    return f'[[listen]]\nuri = "msrps://127.0.0.1:2855"\ncertificate = "{certificate}"\nprivate_key = "{key}"\n{more}'


def test_faults():
    """--check names what is wrong with a certificate: missing, not a pair, expired, a key for all to read, another name"""
    folder = certificates()
    assert check(listener(folder / "relay.pem", folder / "relay.key"))[0] == 0
    for certificate, key, reason in (("relay.pem", "client.key", "the private key is not that of the certificate"),
                                     ("relay.key", "relay.key", "no certificate in PEM form"),
                                     ("gone.pem", "relay.key", "No such file")):
        status, output = check(listener(folder / certificate, folder / key))
        assert status == 1 and reason in output, (certificate, key, output)
    status, output = check('[[listen]]\nuri = "msrps://127.0.0.1:2855"\n')
    assert status == 1 and "TLS needs a certificate" in output, output
    with tempfile.TemporaryDirectory() as other:
        shutil.copy(folder / "relay.key", f"{other}/open.key")
        pathlib.Path(other, "no.key").write_text("not a key", encoding="utf-8")
        os.chmod(f"{other}/no.key", 0o400)
        status, output = check(listener(folder / "relay.pem", f"{other}/no.key"))
        assert status == 1 and "the private key cannot be read" in output, output
        os.chmod(f"{other}/open.key", 0o644)
        status, output = check(listener(folder / "relay.pem", f"{other}/open.key"))
        assert status == 1 and "others may read" in output and "chmod 0400" in output, output
    status, output = check(listener(folder / "client.pem", folder / "client.key"))
    assert status == 0 and f"it does not name {HOST}" in output, output
    status, output = check(listener(expired() / "relay.pem", expired() / "relay.key"))
    assert status == 1 and "it has expired" in output, output


def test_credential():
    """a private key from a systemd credential; without one --check says what is missing"""
    folder = certificates()
    text = listener(folder / "relay.pem", "credential:relay.key")
    status, output = check(text)
    assert status == 1 and "systemd has given none" in output, output
    with tempfile.TemporaryDirectory() as credentials:
        shutil.copy(folder / "relay.key", f"{credentials}/relay.key")
        os.chmod(f"{credentials}/relay.key", 0o400)
        status, output = check(text, {"CREDENTIALS_DIRECTORY": credentials})
        assert status == 0, output


def test_read_again():
    """SIGHUP brings a new certificate to new links, the old ones go on; a pair that does not fit leaves the old one in force"""
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        for file in certificates().iterdir():
            shutil.copy(file, folder)
        other = certificates("other")
        with TlsRelay(folder=folder, own=("relay",)) as relay:
            with contextlib.closing(relay.secure_client()) as alice:
                os.replace(shutil.copy(other / "relay.pem", folder / "new"), folder / "relay.pem")
                relay.hang_up()
                assert "the private key is not that of the certificate" in relay.wait_for("area=tls event=fault")
                relay.wait_for("the old certificates stay")
                with contextlib.closing(relay.secure_client("bob")) as bob:
                    exchanged(alice, bob, b"as before")
                os.replace(shutil.copy(other / "relay.key", folder / "new"), folder / "relay.key")
                relay.hang_up()
                relay.wait_for('area=tls event="read again"')
                with contextlib.closing(relay.secure_client("bob", context=client_context(other))) as bob:
                    exchanged(alice, bob, b"old link to new link")
                try:
                    relay.secure_client("carol")
                    raise AssertionError("the old certificate")
                except ssl.SSLCertVerificationError:
                    pass


def test_relay_by_certificate():
    """a peer whose certificate [tls] relays names is a relay for the hosts that it is for, and for no others; without one it is a client (R-206, R-207)"""
    with TlsRelay(tls='relays = ["*.example.org"]') as relay:
        with contextlib.closing(relay.secure_client("alice", context=client_context(own="client"))) as near, \
                contextlib.closing(relay.secure_client("bob")) as bob:
            # AUTH of a client behind it: From-Path has the relay first.
            def auth_through(link, host):
                uri = f"msrps://{host}:2855/s1;tcp"
                challenge = link.challenge(from_path=[uri, link.uri])
                answer = link.ask_auth(msrp.authorization(challenge, "alice", "alice-pw", link.relay_uri), from_path=[uri, link.uri])
                assert answer.code == 200, answer
                return answer.all("Use-Path")[0].split(" ")[-1], uri

            minted, through = auth_through(near, "client.example.org")
            body = [("Message-ID", "m1"), ("Byte-Range", "1-2/2"), ("Content-Type", "text/plain")]
            bob.send(Frame("SEND", [bob.use_path, minted, through, near.uri], bob.uri, body, b"hi"))
            assert near.read().body == b"hi" and bob.read().code == 200
            # On another link of that relay the session is good as well, on a stranger's not.
            with contextlib.closing(relay.secure_client("near", auth=False, context=client_context(own="client"))) as second:
                second.send(Frame("SEND", [minted, bob.use_path, bob.uri], [through, near.uri], body, b"2!"))
                assert bob.read().body == b"2!" and second.read().code == 200
            with contextlib.closing(relay.secure_client("stranger", auth=False)) as stranger:
                stranger.send(Frame("SEND", [minted, bob.use_path, bob.uri], [through, near.uri], body, b"no"))
                assert stranger.read().code in (403, 481)
            minted, through = auth_through(near, "elsewhere.example.net")  # not its name: a client that speaks for itself
            with contextlib.closing(relay.secure_client("near", auth=False, context=client_context(own="client"))) as second:
                second.send(Frame("SEND", [minted, bob.use_path, bob.uri], [through, near.uri], body, b"no"))
                assert second.read().code in (403, 481)


def test_chain_of_strangers():
    """who shows a certificate and with it the CA that nobody trusts is nobody's relay, this time and the next, with or without that CA"""
    rule = """[[rule]]
name = "seen"
when = { method = "SEND", tls.version = { exists = true } }
action = "reply"
reply = { code = 415, reason = "by <${tls.peer}>" }
"""
    strangers, chain = certificates("stranger"), pathlib.Path(certificates("stranger"), "chain.pem")
    chain.write_text((strangers / "client.pem").read_text(encoding="utf-8") + (strangers / "ca.pem").read_text(encoding="utf-8"), encoding="utf-8")
    with TlsRelay(cores=1, more=rule, tls='relays = ["client.example.org"]') as relay:
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            for own in (chain, chain, strangers / "client.pem"):
                context = client_context(least=version, most=version)
                context.load_cert_chain(own, strangers / "client.key")
                with contextlib.closing(relay.secure_client("alice", context=context)) as alice:
                    alice.send(alice.message(alice.path(), b"x"))
                    assert alice.read().start == "415 by <>", (version, own)
        with contextlib.closing(relay.secure_client("alice", context=client_context(own="client"))) as alice:
            alice.send(alice.message(alice.path(), b"x"))
            assert alice.read().start == "415 by <client.example.org>"


def test_revoked():
    """[tls] crl_file: a revoked peer relay and a revoked next hop end in the handshake with the reason, others pass; a list is read again when it changes,
    a faulty one leaves the old one in force; coming back with a ticket is no way around it"""
    folder = certificates("revoking")
    lists = folder / "crl.pem"

    def write(text):
        (folder / "new").write_text(text, encoding="utf-8")
        os.replace(folder / "new", lists)

    def peer_relay(relay):
        with contextlib.closing(relay.secure_client("alice", context=client_context(folder, own="client"))):
            pass

    write(revoke(folder))
    more = '[dns]\nhosts = { "localhost" = "127.0.0.1" }'
    with TlsRelay(cores=1, folder=folder, own=("relay-rsa",), tls=f'relays = ["client.example.org"]\ncrl_file = "{lists}"', more=more) as relay, \
            SecurePeer("localhost", server_context(folder)) as peer, \
            contextlib.closing(relay.secure_client("bob", context=client_context(folder))) as bob:
        peer_relay(relay)
        assert [dialled_again(bob, peer)[1] for _ in range(2)] == [False, True]
        write(revoke(folder, "client", "relay"))
        relay.hang_up()
        relay.wait_for('area=tls event="read again"')
        try:
            peer_relay(relay)
            raise AssertionError("a revoked peer relay")
        except (ssl.SSLError, OSError, Closed):
            pass
        assert "the certificate is not good: it has been revoked" in relay.wait_for("TLS: ")
        bob.send(bob.message(peer.uri, b"secret"))
        with contextlib.suppress(ssl.SSLError, OSError):
            peer.accept()
            raise AssertionError("a revoked next hop")
        assert sorted([bob.read().start, bob.read().start]) == ["200 OK", "REPORT"]
        assert "the certificate is not good: it has been revoked" in relay.wait_for("TLS: ")
        relay.ask_counters()
        assert " handshakes_failed=2 " in relay.wait_for("event=counters")
        for text, reason in ((revoke(folder)[:-60], "cut off"), ("nothing", "no revocation list in PEM form"),
                             (revoke(certificates("stranger")), "revocation list 1 in it has not been signed by its issuer"),
                             (revoke(folder) + revoke(folder, since="20200101000000Z", until="20200201000000Z"), "revocation list 2 in it is out of date")):
            write(text)
            relay.hang_up()
            assert reason in relay.wait_for("area=tls event=fault"), reason
            relay.wait_for("the old certificates stay")
        try:
            peer_relay(relay)
            raise AssertionError("the list in force")
        except (ssl.SSLError, OSError, Closed):
            pass
        write(revoke(folder, "relay"))
        relay.hang_up()
        relay.wait_for('area=tls event="read again"')
        peer_relay(relay)


def test_ocsp_response():
    """ocsp_response is shown to clients that ask, in both versions, and to no others; one that is out of date is not shown and warned of; it is read
    again, and a faulty one leaves the old one in force"""
    folder = certificates("answering")
    answer = folder / "answer"

    def write(octets):
        (folder / "new").write_bytes(octets)
        os.replace(folder / "new", answer)

    def shown(version, *more):
        done = subprocess.run([OPENSSL, "s_client", "-connect", f"127.0.0.1:{relay.secure_port}", "-servername", HOST, "-CAfile", folder / "ca.pem",
                               version, *more], input=b"", capture_output=True, check=False)
        assert b"Verify return code: 0 (ok)" in done.stdout, done.stdout[-500:]
        return b"Cert Status: good" in done.stdout

    write(ocsp_response(folder, "relay"))
    with TlsRelay(folder=folder, own=("relay", "relay-rsa"), secure=f'ocsp_response = ["{answer}", ""]') as relay:
        for version in ("-tls1_3", "-tls1_2"):
            for _ in range(3):
                assert shown(version, "-status"), version
            assert not shown(version), version
        assert not shown("-tls1_2", "-status", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
        for octets, reason in ((ocsp_response(folder, "client"), "it is about another certificate"), (b"nothing", "no answer about a certificate"),
                               (ocsp_response(folder, "relay", revoked=True), "it says that the certificate has been revoked"),
                               (ocsp_response(folder, "relay", valid=()), "it does not say how long it is good"),
                               (ocsp_response(folder, "relay")[:-3] + b"abc", "it has not been signed by who may answer")):
            write(octets)
            relay.hang_up()
            assert reason in relay.wait_for("area=tls event=fault"), reason
            relay.wait_for("the old certificates stay")
            assert shown("-tls1_3", "-status")
        fresh = ocsp_response(folder, "relay")
        write(fresh.replace(re.findall(rb"\x18\x0f(\d{14}Z)", fresh)[2], b"20200101000000Z"))  # its next update
        relay.hang_up()
        assert "it is out of date, and is not shown" in relay.wait_for("area=tls event=fault")
        relay.wait_for('area=tls event="read again"')
        assert not shown("-tls1_3", "-status") and not shown("-tls1_2", "-status")
        write(ocsp_response(folder, "relay"))
        relay.hang_up()
        relay.wait_for('area=tls event="read again"')
        assert shown("-tls1_3", "-status")


def test_rules():
    """rules see transport, TLS version, cipher and the relay's name"""
    rule = '''[[rule]]
name = "seen"
when = { method = "SEND", tls.version = { exists = true } }
action = "reply"
reply = { code = 415, reason = "${transport} ${tls.version} ${tls.cipher} ${tls.peer} ${msrp.srcaddr.scheme}" }
'''
    with TlsRelay(more=rule, tls='relays = ["client.example.org"]') as relay:
        with contextlib.closing(relay.secure_client("alice", context=client_context(own="client"))) as alice, contextlib.closing(relay.client("bob")) as bob:
            alice.send(alice.message(bob.path(), b"x"))
            answer = alice.read()
            assert re.fullmatch(r"415 tls TLSv1.3 TLS_AES_\d+_GCM_SHA\d+ client.example.org msrps", answer.start), answer
            bob.send(bob.message(alice.path(), b"plain"))
            # Judged at bob's hop, over TCP, and once more at alice's, by the link it came on.
            assert alice.read().body == b"plain" and bob.read().code == 200


def test_key_update_flood():
    """two hundred KeyUpdates, each to be answered with another, are followed, and the link still serves"""
    relay = shared()
    command = [OPENSSL, "s_client", "-connect", f"127.0.0.1:{relay.secure_port}", "-servername", HOST, "-CAfile", certificates() / "ca.pem", "-tls1_3"]
    request = Frame("AUTH", f"msrps://{HOST}:{relay.secure_port};tcp", "msrps://a.invalid:1/x;tcp").encode().decode()
    told = spoken(command, ["K\n"] * 200 + [request], "401 Unauthorized")
    assert told.count("KEYUPDATE") == 200 and "401 Unauthorized" in told, told[-800:]


def test_kernel_required():
    """[tls] ktls = "required": a kernel without it is told, with what to do; one with it is used"""
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    told = re.search(r"^kTLS +(.*)$", version, re.M)[1]
    if not told.startswith("no: "):
        with TlsRelay(tls='ktls = "required"') as relay, contextlib.closing(relay.secure_client("alice")):
            return
    try:
        with TlsRelay(tls='ktls = "required"'):
            raise RuntimeError("it has started")
    except AssertionError as ended:
        assert "this kernel can do none of it" in str(ended) and told in str(ended), ended


def test_stops():
    """the relay of these cases is still alive, and stops with status 0"""
    shared().alive()
    with shared.relay:
        pass


if __name__ == "__main__":
    tap.run(tap.functions(globals()))
