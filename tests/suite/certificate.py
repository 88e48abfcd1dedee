"""A certificate that `giaoban certs` does not make: of the suite's authority, and for nobody."""

import datetime
import shutil

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

DAY = datetime.timedelta(days=1)


def issue_for_nobody(suite, name: str) -> None:
    """Makes an identity folder of the suite whose certificate carries no identity."""
    authority = suite.authority
    read = lambda file: (authority / file).read_bytes()
    issuer = x509.load_pem_x509_certificate(read("ca.pem"))
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.utcnow()
    certificate = (x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(issuer.subject)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now - DAY).not_valid_after(now + DAY)
                   .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                   .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
                   .sign(serialization.load_pem_private_key(read("ca.key"), None), hashes.SHA256()))
    folder = suite.identity(name)
    folder.mkdir()
    shutil.copy(authority / "ca.pem", folder)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
