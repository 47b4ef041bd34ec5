#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Front pages for `teiten probe`, by the loopback address that is asked; a line for each request.

web.py LOG [CERTIFICATE-AND-KEY]
"""
import http.server
import ssl
import sys
import threading
import time

PAGES = {
    "127.0.1.1": (200, {"Server": "Apache/2.4"}, b"<html><head><title>\nFreePBX Administration </title></head></html>"),
    "127.0.1.2": (302, {"Server": "Apache/2.4", "Location": "/admin/config.php"}, b""),
    "127.0.1.3": (404, {"Server": "Asterisk/16.28.0"}, b"<title>404 Not Found</title>"),
    "127.0.1.4": (200, {"Server": "nginx\x1b[31m"}, b"<title><script>alert(1)</script> \xff</title>"),
    "127.0.1.6": (302, {"Server": "nginx", "Location": "http://127.0.1.9/elsewhere"}, b""),
    "127.0.1.8": (200, {"Server": "lighttpd"}, b"<title>plain</title>"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        address, port = self.connection.getsockname()[:2]
        with open(sys.argv[1], "a", encoding="ascii") as log:
            log.write(f"{address} {port} {self.path}\n")
        if address == "127.0.1.5":  # never ends
            self.wfile.write(b"HTTP/1.1 200 OK\r\nServer: endless\r\n\r\n<title>endless</title>")
            while True:
                self.wfile.write(b"x" * 65536)
        if address == "127.0.1.7":  # never begins
            time.sleep(60)
        status, headers, body = PAGES.get(address, (500, {}, b""))
        self.wfile.write(f"HTTP/1.1 {status} X\r\n".encode())
        for name, value in headers.items():
            self.wfile.write(f"{name}: {value}\r\n".encode())
        self.wfile.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def log_message(self, *_):
        pass


def serve(address, port):
    server = http.server.ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    if port == 443:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever).start()


for n in (1, 2, 3, 4, 5, 6, 7, 9):
    serve(f"127.0.1.{n}", 80)
if len(sys.argv) > 2:
    serve("127.0.1.8", 443)
print("listening", flush=True)
