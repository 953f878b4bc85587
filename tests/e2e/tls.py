"""Certificates for the cases, made once by tools/make-certs, and what speaks TLS with them: OpenSSL, as Python has it."""

import atexit
import functools
import pathlib
import shutil
import ssl
import subprocess
import tempfile

from msrp import Client
from relay import HOST, ROOT, Relay, free_port


@functools.cache
def certificates(name="usual", *hosts):
    """A folder as tools/make-certs makes it; one CA for each name. hosts: what the relay's certificate is for."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"msrp-relay-certs-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run([ROOT / "tools/make-certs", folder, *hosts], check=True, stdout=subprocess.DEVNULL)
    return folder


@functools.cache
def expired():
    """The usual relay's key with a certificate whose time is over."""
    folder = certificates("expired")
    (folder / "index").write_text("", encoding="utf-8")
    (folder / "ca.cnf").write_text("""[ca]
default_ca = a
[a]
database = index
new_certs_dir = .
default_md = sha256
policy = any
rand_serial = yes
[any]
commonName = supplied
""", encoding="utf-8")
    run = functools.partial(subprocess.run, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run(["openssl", "req", "-new", "-key", "relay.key", "-subj", "/CN=relay.example.org", "-addext", "subjectAltName=DNS:relay.example.org", "-out", "old.csr"])
    run(["openssl", "ca", "-config", "ca.cnf", "-batch", "-notext", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z", "-in", "old.csr",
         "-cert", "ca.pem", "-keyfile", "ca.key", "-out", "relay.pem"])
    return folder


def revoke(folder, *names, until="21000101000000Z", since=None):
    """PEM of a revocation list of the CA in that folder that names these certificates."""
    with tempfile.TemporaryDirectory() as place:
        pathlib.Path(place, "index").write_text("", encoding="utf-8")
        pathlib.Path(place, "ca.cnf").write_text("[ca]\ndefault_ca = a\n[a]\ndatabase = index\ndefault_md = sha256\n", encoding="utf-8")
        common = ["openssl", "ca", "-config", "ca.cnf", "-cert", folder / "ca.pem", "-keyfile", folder / "ca.key"]
        run = functools.partial(subprocess.run, cwd=place, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name in names:
            run([*common, "-revoke", folder / f"{name}.pem"])
        run([*common, "-gencrl", *(["-crl_lastupdate", since] if since else []), "-crl_nextupdate", until, "-out", "crl.pem"])
        return pathlib.Path(place, "crl.pem").read_text(encoding="utf-8")


def ocsp_response(folder, name, valid=("-ndays", "7"), revoked=False):
    """What the CA in that folder answers about that certificate, DER."""
    with tempfile.TemporaryDirectory() as place:
        pathlib.Path(place, "index").write_text("", encoding="utf-8")
        pathlib.Path(place, "ca.cnf").write_text("[ca]\ndefault_ca = a\n[a]\ndatabase = index\ndefault_md = sha256\n", encoding="utf-8")
        run = functools.partial(subprocess.run, cwd=place, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run(["openssl", "ca", "-config", "ca.cnf", "-cert", folder / "ca.pem", "-keyfile", folder / "ca.key", "-revoke" if revoked else "-valid",
             folder / f"{name}.pem"])
        run(["openssl", "ocsp", "-index", "index", "-CA", folder / "ca.pem", "-rsigner", folder / "ca.pem", "-rkey", folder / "ca.key",
             "-issuer", folder / "ca.pem", "-cert", folder / f"{name}.pem", "-respout", "answer", *valid])
        return pathlib.Path(place, "answer").read_bytes()


def client_context(folder=None, own=None, least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3):
    """Trusts the CA in that folder (None: the usual one); `own`: the certificate to show."""
    folder = folder or certificates()
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.minimum_version, context.maximum_version = least, most
    if own:
        context.load_cert_chain(folder / f"{own}.pem", folder / f"{own}.key")
    return context


def server_context(folder=None, own="relay"):
    folder = folder or certificates()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{own}.pem", folder / f"{own}.key")
    return context


class TlsRelay(Relay):
    """With a second listener that speaks TLS (secure_port), `secure`: more lines of it; more as Relay's."""

    def __init__(self, more="", own=("relay", "relay-rsa"), folder=None, tls="", ca=None, secure="", **options):
        folder = folder or certificates()
        self.secure_port = free_port()
        files = ", ".join(f'"{folder / name}.pem"' for name in own), ", ".join(f'"{folder / name}.key"' for name in own)
        super().__init__(more=f"""[[listen]]
name = "secure"
uri = "msrps://127.0.0.1:{self.secure_port}"
certificate = [{files[0]}]
private_key = [{files[1]}]
{secure}

[tls]
ca_file = "{ca or folder / 'ca.pem'}"
{tls}

{more}""", **options)

    def secure_client(self, name="alice", auth=True, context=None, server_name=HOST, source=None):
        client = Client(("127.0.0.1", self.secure_port), f"msrps://{HOST}:{self.secure_port};tcp", name, source,
                        (context or client_context(), server_name))
        if auth:
            client.auth()
        return client
