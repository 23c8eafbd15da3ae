"""The client of the bench: blocking sockets, TCP_NODELAY, one process for each session, nothing but the standard library.

Gets a job as JSON in its first argument, prints one line of JSON for each thing it has measured. It runs in a process of
its own, so that its time is never the server's, and does as little between two replies as Python can do.
"""

import json
import os
import resource
import socket
import ssl
import sys
import time

BUFFER_BYTES = 256 * 1024


class Session:
    """One control connection, logged in."""

    def __init__(self, job):
        self.host, self.port = job["host"], job["port"]
        self.tls = tls_context() if job["tls"] else None
        self.buffer = bytearray(BUFFER_BYTES)
        self.control = connected(self.host, self.port)
        self.rest = b""
        self.expect(b"2")
        if self.tls is not None:
            self.command(b"AUTH TLS", b"2")
            self.control = self.tls.wrap_socket(self.control)
        self.command(b"USER " + job["user"].encode(), b"3")
        self.command(b"PASS " + job["password"].encode(), b"2")

    def prepare(self):
        """What comes once before transfers."""
        if self.tls is not None:
            self.command(b"PBSZ 0", b"2")
            self.command(b"PROT P", b"2")
        self.command(b"TYPE I", b"2")
        return self

    def reply(self):
        """The last line of the next reply."""
        while True:
            end = self.rest.find(b"\n")
            if end < 0:
                more = self.control.recv(65536)
                if not more:
                    raise RuntimeError("the server closed the control connection")
                self.rest += more
                continue
            line, self.rest = self.rest[: end + 1], self.rest[end + 1 :]
            if line[3:4] == b" " and line[:3].isdigit():
                return line

    def expect(self, kind):
        line = self.reply()
        if line[:1] != kind:
            raise RuntimeError("unexpected reply: " + line.decode(errors="replace").strip())
        return line

    def command(self, line, kind):
        self.control.sendall(line + b"\r\n")
        return self.expect(kind)

    def open_data(self, line):
        """EPSV, connect, the transfer command, and TLS on the data connection, resumed where the server allows it."""
        told = self.command(b"EPSV", b"2")
        data = connected(self.host, int(told.rsplit(b"|", 2)[1]))
        self.command(line, b"1")
        if self.tls is not None:
            data = self.tls.wrap_socket(data, session=self.control.session)
        return data

    def download(self, line):
        """Bytes that came; they are thrown away."""
        data = self.open_data(line)
        total, buffer, take = 0, self.buffer, data.recv_into
        while True:
            count = take(buffer)
            if count == 0:
                break
            total += count
        data.close()
        self.expect(b"2")
        return total

    def upload(self, line, content, pace=None):
        data = self.open_data(line)
        if pace is None:
            data.sendall(content)
        else:
            send_slowly(data, content, pace)
        if self.tls is not None:
            say_close_notify(data)
        data.shutdown(socket.SHUT_WR)
        if self.tls is not None:
            # Closing over what the server still sends (tickets, its close_notify) would reset the connection.
            while data.recv_into(self.buffer):
                pass
        data.close()
        self.expect(b"2")
        return len(content)

    def lines(self, line):
        """Lines of a listing."""
        data = self.open_data(line)
        count = 0
        while True:
            chunk = data.recv(BUFFER_BYTES)
            if not chunk:
                break
            count += chunk.count(b"\n")
        data.close()
        self.expect(b"2")
        return count

    def quit(self):
        try:
            self.command(b"QUIT", b"2")
        finally:
            self.control.close()


def connected(host, port):
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.settimeout(None)
    made.connect((host, port))
    return made


CONTEXT = None


def tls_context():
    """AES-128-GCM for everybody; for TLS 1.3 the caller's OPENSSL_CONF says so, Python has no call for it."""
    global CONTEXT
    if CONTEXT is None:
        CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        CONTEXT.check_hostname = False
        CONTEXT.verify_mode = ssl.CERT_NONE
        CONTEXT.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    return CONTEXT


SLOW_BYTES = 32 * 1024


def send_slowly(data, content, pace):
    """So many bytes a second."""
    started = time.perf_counter()
    for at in range(0, len(content), SLOW_BYTES):
        time.sleep(max(0, started + at / pace - time.perf_counter()))
        data.sendall(content[at : at + SLOW_BYTES])


def say_close_notify(data):
    data.setblocking(False)
    try:
        data.unwrap()
    except (ssl.SSLWantReadError, ssl.SSLEOFError, ConnectionResetError):
        pass  # sent; nobody waits for the answer here
    except ssl.SSLError as error:
        # OpenSSL complains of tickets that arrive after the close_notify it has just sent.
        if error.reason != "APPLICATION_DATA_AFTER_CLOSE_NOTIFY":
            raise
    data.setblocking(True)


def parallel(job, work):
    """Runs work(session, number) in a process for each session, all let go at once. Seconds until the last is done."""
    ready_read, ready_write = os.pipe()
    go_read, go_write = os.pipe()
    end_read, end_write = os.pipe()
    done_read, done_write = os.pipe()
    children = []
    for number in range(job["sessions"]):
        pid = os.fork()
        if pid == 0:
            os.close(go_write), os.close(end_write)
            try:
                session = Session(job).prepare()
                os.write(ready_write, b"r")
                os.read(go_read, 1)
                moved = work(session, number)
                os.write(done_write, b"%020d" % moved)
                os.read(end_read, 1)
                session.quit()
                status = 0
            except BaseException as error:  # the parent must learn of everything
                sys.stderr.write("session %d: %r\n" % (number, error))
                os.write(ready_write, b"x")
                os.write(done_write, b"x" * 20)
                status = 1
            os._exit(status)
        children.append(pid)
    os.close(go_read), os.close(end_read), os.close(ready_write), os.close(done_write)
    gather(ready_read, len(children), 1)
    started = time.perf_counter()
    os.write(go_write, b"g" * len(children))
    moved = gather(done_read, len(children), 20)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "moved": sum(int(one) for one in moved)}), flush=True)
    # The server's processes are counted before they end: the caller says when.
    sys.stdin.readline()
    os.close(end_write)
    for pid in children:
        os.waitpid(pid, 0)


def gather(pipe, count, size):
    found = []
    while len(found) < count:
        one = os.read(pipe, size)
        if len(one) < size or one[:1] == b"x":
            raise SystemExit("a session failed")
        found.append(one)
    return found


def job_files(job):
    """`count` files in each session: down, up, or in turn."""
    content = b"s" * job["bytes"]
    direction, first, pace = job["direction"], job.get("first", 0), job.get("bytesPerSecond")

    def work(session, number):
        moved = 0
        for index in range(first, first + job["count"]):
            if direction == "down" or (direction == "both" and index % 2 == 0):
                got = session.download(b"RETR %s/%d" % (job["folder"].encode(), index))
                if got != job["bytes"]:
                    raise RuntimeError("%d bytes instead of %d" % (got, job["bytes"]))
                moved += got
            else:
                name = b"STOR up/%s-%d-%d" % (job["tag"].encode(), number, index)
                moved += session.upload(name, content, pace)
        return moved

    parallel(job, work)


def job_logins(job):
    """`count` logins for each of `sessions` clients at once: connect, USER, PASS, QUIT."""

    def work(session, number):
        for _ in range(job["count"]):
            Session(job).quit()
        return job["count"]

    parallel(job, work)


def job_commands(job):
    """One session that sends lines."""
    session = Session(job).prepare()
    for line in job["lines"]:
        session.command(line.encode(), b"3" if line.startswith("RNFR") else b"2")
    print(json.dumps({"lines": len(job["lines"])}), flush=True)
    session.quit()


def job_list(job):
    """Seconds of each listing of a folder, one after another."""
    session = Session(job).prepare()
    for _ in range(job["count"]):
        started = time.perf_counter()
        lines = session.lines(job["command"].encode())
        print(json.dumps({"seconds": time.perf_counter() - started, "lines": lines}), flush=True)
    session.quit()


def job_idle(job):
    """Keeps `sessions` logged-in sessions until the standard input ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sessions = [Session(job) for _ in range(job["sessions"])]
    print(json.dumps({"sessions": len(sessions)}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    JOB = json.loads(sys.argv[1])
    JOBS = {"files": job_files, "logins": job_logins, "list": job_list, "idle": job_idle, "commands": job_commands}
    JOBS[JOB["job"]](JOB)
