"""A certificate authority for one run, with valid and invalid certificates, made with the openssl command."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TLSEnd:
    """The TLS settings of a server. The certificate's subject is the host of the URL, unless ``name`` is set."""

    name: str = ""
    """A subject other than the host of the URL."""
    signer: str = "authority"
    """``authority`` is trusted; ``stranger`` is an authority that is not trusted; ``itself`` is self-signed."""
    days: tuple[str, str] = ("20200101000000Z", "20990101000000Z")
    """Not before, not after."""
    highest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED
    asks_for_certificate: bool = False


class Authority:
    """Makes server contexts; its keys are in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir()
        self._make_authority("authority")
        self._make_authority("stranger")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-subj", "/CN=server",
                      "-out", "server.csr")
        self._made = 0

    @property
    def trusted(self) -> bytes:
        """PEM of the authorities to trust."""
        return (self._directory / "authority.pem").read_bytes()

    def context(self, kind: TLSEnd, host: str) -> ssl.SSLContext:
        """A server context for ``host``, a name or an address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate(kind, host))
        if kind.highest < ssl.TLSVersion.TLSv1_2 and kind.highest != ssl.TLSVersion.MAXIMUM_SUPPORTED:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = kind.highest
        context.maximum_version = kind.highest
        if kind.asks_for_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self._directory / "authority.pem")
        return context

    def certificate(self, kind: TLSEnd, host: str) -> tuple[Path, Path]:
        """Files with the certificate for ``host`` and its key."""
        return self._certificate(kind, kind.name or host), self._directory / "server.key"

    def _certificate(self, kind: TLSEnd, host: str) -> Path:
        self._made += 1
        path = self._directory / f"{self._made}.pem"
        extensions = self._directory / f"{self._made}.ext"
        is_address = ":" in host or host.replace(".", "").isdigit()
        extensions.write_text(
            f"subjectAltName={'IP' if is_address else 'DNS'}:{host}\n"
            "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n")
        signer = "server" if kind.signer == "itself" else kind.signer
        index = self._directory / f"{self._made}.index"
        index.write_text("")
        self._openssl(
            "ca", "-batch", "-notext", "-config", str(self._configuration(index)), "-in", "server.csr",
            "-out", str(path), "-extfile", str(extensions), "-startdate", kind.days[0], "-enddate", kind.days[1],
            "-keyfile", f"{signer}.key", *(["-selfsign"] if signer == "server" else ["-cert", f"{signer}.pem"]))
        return path

    def _configuration(self, index: Path) -> Path:
        """The configuration of ``openssl ca``, which is needed because ``openssl x509`` cannot set the dates."""
        path = index.with_suffix(".conf")
        path.write_text(
            "[ca]\ndefault_ca=here\n[here]\n"
            f"database={index}\nnew_certs_dir={self._directory}\nrand_serial=yes\ndefault_md=sha256\n"
            "policy=any\nunique_subject=no\nemail_in_dn=no\n[any]\ncommonName=supplied\n")
        return path

    def _make_authority(self, name: str) -> None:
        self._openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem",
            "-subj", f"/CN={name} of the fault matrix", "-days", "3650",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")

    def _openssl(self, *arguments: str) -> None:
        done = subprocess.run(["openssl", *arguments], cwd=self._directory, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")
