"""nginx as a receiver that answers 200 to every request, as fast as one core allows."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
    uwsgi_temp_path {directory}; scgi_temp_path {directory};
    server {{ listen {port}; location / {{ return 200; }} }}
}}
"""


class NginxReceiver:
    """Listens on one port of every loopback address, so that it can be any number of origins."""

    def __init__(self, directory: Path, port: int) -> None:
        self._port = port
        path = directory / "nginx.conf"
        path.write_text(CONFIGURATION.format(directory=directory, port=port))
        self.process = subprocess.Popen(["nginx", "-c", str(path), "-e", str(directory / "nginx.log")])
        self._wait()

    def _wait(self) -> None:
        for _ in range(200):
            try:
                urlopen(self.urls(1)[0]).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("nginx does not answer")

    def urls(self, count: int) -> list[str]:
        """URLs of this many origins."""
        return [f"http://127.0.{1 + number // 250}.{1 + number % 250}:{self._port}/hook" for number in range(count)]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
