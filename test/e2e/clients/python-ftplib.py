# Python's own FTP client: list, upload, download, resume, rename, delete. python-ftplib.py PORT KIND VERSION FOLDER PASSWORD
import ftplib
import io
import socket
import ssl
import sys

port, kind, version, folder, password = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]


class ReusingFtps(ftplib.FTP_TLS):
    """Data connections resume the control connection's session, as careful users of ftplib do it."""

    implicit = False

    def connect(self, host, port, timeout=20):
        self.host, self.port, self.timeout = host, port, timeout
        self.sock = socket.create_connection((host, port), timeout)
        self.af = self.sock.family
        if self.implicit:
            self.sock = self.context.wrap_socket(self.sock, server_hostname=host)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def ntransfercmd(self, cmd, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            connection = self.context.wrap_socket(connection, server_hostname=self.host, session=self.sock.session)
        return connection, size


if kind == "none":
    ftp = ftplib.FTP()
else:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = (
        ssl.TLSVersion.TLSv1_2 if version == "TLSv1.2" else ssl.TLSVersion.TLSv1_3
    )
    ftp = ReusingFtps(context=context)
    ftp.implicit = kind == "implicit"
ftp.connect("127.0.0.1", port)
if kind == "implicit":
    ftplib.FTP.login(ftp, "ada", password)
else:
    ftp.login("ada", password)
if kind != "none":
    ftp.prot_p()

big = open(folder + "/big", "rb").read()
assert ftp.nlst("there") == ["there/a file"], ftp.nlst("there")
assert [(name, facts["size"]) for name, facts in ftp.mlsd("there") if facts["type"] == "file"] == [("a file", "5")]
ftp.storbinary("STOR big", io.BytesIO(big[:500000]))
assert ftp.size("big") == 500000
ftp.storbinary("STOR big", io.BytesIO(big[500000:]), rest=500000)
back = io.BytesIO()
ftp.retrbinary("RETR big", back.write, rest=1000)
assert back.getvalue() == big[1000:]
ftp.rename("big", "there/big")
ftp.rename("there/big", "kept")
ftp.storlines("STOR text", io.BytesIO(b"one\ntwo\n"))
lines = []
ftp.retrlines("RETR text", lines.append)
assert lines == ["one", "two"], lines
ftp.delete("text")
ftp.mkd("made")
ftp.cwd("made")
ftp.cwd("..")
assert ftp.pwd() == "/"
ftp.rmd("made")
try:
    ftp.nlst("missing")
    raise SystemExit("a missing folder was listed")
except ftplib.error_perm:
    pass
ftp.quit()
print("done")
