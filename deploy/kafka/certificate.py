# ruff: noqa: INP001 - scripts in a folder of their own, run by their path
"""A certificate authority of one broker's own, and what it signs: the broker's certificate, and one for each user."""

import datetime
import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path

from java import Trouble

_DAYS = 825


def make_certificates(folder: Path, users: Iterable[str] = ()) -> None:
    """Write ``ca.pem``, ``broker.pem`` and ``<user>.pem`` (key, certificate, CA; 0600); the CA's key is not kept.

    The broker's names loopback, a user's has the user's name as its common name.

    Raises:
        Trouble: the ``cryptography`` package is missing.
    """
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID
    except ImportError:
        raise Trouble("The secure broker needs the cryptography package: run it with .venv/bin/python.") from None

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    def certificate(name: str, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("Survivor Voice broker CA"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=_DAYS))
        )

    signer = ec.generate_private_key(ec.SECP256R1())
    authority = (
        certificate("Survivor Voice broker CA", signer.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(signer.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(signer, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM

    def write(file: str, name: str, *extensions: x509.ExtensionType) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = certificate(name, key.public_key())
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        signed = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        write_private(folder / file, private + signed.public_bytes(pem) + authority.public_bytes(pem))

    addresses = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    write("broker.pem", "survivor-voice-broker", x509.SubjectAlternativeName(addresses))
    for user in users:
        write(f"{user}.pem", user)
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whatever stood there before."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
