#!/usr/bin/env python3
"""One relay of ours and Debian's Kamailio in a chain, each client at its own relay. Kamailio runs its guide's example, adapted to free ports."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

import relay as e2e
from msrp import Client, authorization, unique
from relay import HOST, Relay, tap

KAMAILIO = shutil.which("kamailio", path=os.environ.get("PATH", "") + ":/usr/sbin")
# Adapted: ports, paths, the AUTH of any user, and the address of the other relay, whose name no DNS knows here. tcp_conn_wq_max: while it
# connects, Kamailio queues what it has answered with 200, and when the queue is full (32 KiB by default) it drops all of it without a word.
CONFIG = """#!KAMAILIO
debug=1
children=2
log_stderror=yes
auto_aliases=no
tcp_accept_no_cl=yes
tcp_connection_lifetime=1810
tcp_conn_wq_max=1048576
listen=tcp:127.0.0.1:{port}
loadmodule "sl.so"
loadmodule "kex.so"
loadmodule "msrp.so"
loadmodule "pv.so"
loadmodule "auth.so"
loadmodule "cfgutils.so"
loadmodule "htable.so"
loadmodule "xlog.so"
modparam("htable", "htable", "msrp=>size=8;autoexpire=1800;")
request_route {{
  sl_send_reply("403", "No SIP Here");
  exit;
}}
reply_route {{
  drop;
}}
event_route[msrp:frame-in] {{
  msrp_reply_flags("1");
  if (msrp_is_reply()) {{
    msrp_relay();
    exit;
  }}
  if ($msrp(method) == "AUTH") {{
    if ($msrp(nexthops) > 0) {{
      msrp_relay();
      exit;
    }}
    $var(passwd) = "xyz123";
    if (!pv_www_authenticate("myrealm", "$var(passwd)", "0")) {{
      if (auth_get_www_authenticate("myrealm", "0", "$var(wauth)")) {{
        msrp_reply("401", "Authorization Required", "$var(wauth)");
      }} else {{
        msrp_reply("500", "Server Error");
      }}
      exit;
    }}
    $var(cnt) = $var(cnt) + 1;
    pv_printf("$var(sessid)", "s.$(pp).$(var(cnt)).$(RANDOM)");
    $sht(msrp=>$var(sessid)::srcaddr) = $msrp(srcaddr);
    $sht(msrp=>$var(sessid)::srcsock) = $msrp(srcsock);
    $var(UsePath) = "Use-Path: msrp://127.0.0.1:{port}/" + $var(sessid) + ";tcp\\r\\n";
    msrp_reply("200", "OK", "$var(UsePath)");
    exit;
  }}
  if ($msrp(method) == "SEND") {{
    if ($msrp(nexthops) > 1) {{
      msrp_reply("200", "Received");
      msrp_set_dst("msrp://127.0.0.1:{other}/x;tcp", "tcp:127.0.0.1:{port}");
      msrp_relay();
      exit;
    }}
    $var(sessid) = $msrp(sessid);
    if ($sht(msrp=>$var(sessid)::srcaddr) == $null) {{
      msrp_reply("481", "No Such Session");
      exit;
    }}
    msrp_relay_flags("1");
    msrp_set_dst("$sht(msrp=>$var(sessid)::srcaddr)", "$sht(msrp=>$var(sessid)::srcsock)");
    msrp_relay();
    exit;
  }}
  msrp_relay();
}}
"""


@contextlib.contextmanager
def kamailio(other, text=CONFIG):
    """A Kamailio whose next relay listens on port `other`; its own port. text: its configuration, with {port} and {other} to be filled in."""
    if not KAMAILIO:
        raise tap.Skip("kamailio is not installed")
    port = e2e.free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "kamailio.cfg")
        config.write_text(text.format(port=port, other=other), encoding="utf-8")
        log = pathlib.Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen([KAMAILIO, "-f", config, "-DD", "-E", "-m", "64", "-M", "8", "-Y", folder, "-P", f"{folder}/pid"],
                                       stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            for _ in range(20_000):
                assert process.poll() is None, log.read_text(errors="replace")
                with contextlib.suppress(ConnectionRefusedError), contextlib.closing(e2e.msrp.Link(("127.0.0.1", port))):
                    break
            yield port
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def at_kamailio(port, by_address=False):
    """A client with a URI of Kamailio's: it wants `uri` in the credentials and computes the digest with its own method's name. by_address: the
    client's own URI is the address it connects from."""
    bob = Client(("127.0.0.1", port), f"msrp://127.0.0.1:{port};tcp", "bob")
    if by_address:
        bob.uri = f"msrp://127.0.0.1:{bob.socket.getsockname()[1]}/{unique('s')};tcp"
    answer = bob.ask_auth(authorization(bob.challenge(), "bob", "xyz123", bob.relay_uri, style="crocodile", method="MSRP"))
    assert answer.code == 200, answer
    bob.use_path = answer.get("Use-Path")
    return bob


@contextlib.contextmanager
def chain():
    with Relay() as relay, kamailio(relay.port) as port:
        with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(at_kamailio(port)) as bob:
            yield alice, bob


def test_to_kamailio():
    """alice at our relay to bob at Kamailio: exact path, our 200 at once, bob's 200 ends at Kamailio"""
    with chain() as (alice, bob):
        for number in range(3):
            sent = alice.send(alice.message(bob.path(), b"message %d" % number))
            got = bob.read()
            assert got.to_path == [bob.uri] and got.from_path == [bob.use_path, alice.use_path, alice.uri], got
            assert got.body == b"message %d" % number, got
            answer = alice.read()
            assert answer.tid == sent.tid and answer.code == 200, answer
            bob.answer(got)


def test_from_kamailio():
    """bob at Kamailio to alice at our relay, over a link that Kamailio opens; each relay answers its own hop"""
    with chain() as (alice, bob):
        for number in range(3):
            sent = bob.send(bob.message(alice.path(), b"answer %d" % number))
            got = alice.read()
            assert got.to_path == [alice.uri] and got.from_path == [alice.use_path, bob.use_path, bob.uri], got
            assert got.body == b"answer %d" % number, got
            answer = bob.read()
            assert answer.tid == sent.tid and answer.code == 200, answer
            alice.answer(got)


def test_large_to_kamailio():
    """a message in chunks that Kamailio can hold (8 KiB each), both ways at once"""
    with chain() as (alice, bob):
        for sender, reader in ((alice, bob), (bob, alice)):
            message_id, body = unique("big"), bytes(range(256)) * 256
            for at in range(0, len(body), 8192):
                part = body[at:at + 8192]
                last = at + 8192 >= len(body)
                sender.send(sender.message(reader.path(), part, byte_range=f"{at + 1}-{at + len(part)}/{len(body)}", flag="$" if last else "+",
                                           message_id=message_id))
                assert sender.read().code == 200
            _, got, flag = reader.read_message()
            assert got == body and flag == "$"


def test_unknown_at_kamailio():
    """a session that Kamailio does not know: its 481 ends at our relay or comes as a REPORT; alice's link serves on"""
    with chain() as (alice, bob):
        gone = bob.use_path.split("/s.")[0] + "/s.none;tcp"
        alice.send(alice.message(f"{gone} {bob.uri}", b"lost", [("Failure-Report", "no")]))
        alice.send(alice.message(bob.path(), b"found"))
        assert bob.read().body == b"found"
        assert alice.read().code == 200


if __name__ == "__main__":
    tap.run(tap.functions(globals()))
