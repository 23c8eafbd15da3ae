"""pyftpdlib as a server for the bench: PORT FOLDER USER PASSWORD CERTIFICATE-AND-KEY. Its asynchronous server, the usual one."""

import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer

port, folder, user, password, certificate = sys.argv[1:]
logging.basicConfig(level=logging.ERROR)
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, folder, perm="elradfmwMT")
handler = TLS_FTPHandler
handler.certfile = certificate
handler.authorizer = authorizer
handler.tcp_no_delay = True
handler.timeout = 3600
server = FTPServer(("127.0.0.1", int(port)), handler)
server.max_cons = 100000
server.max_cons_per_ip = 0
server.serve_forever()
