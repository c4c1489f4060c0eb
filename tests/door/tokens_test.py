"""The doors of other systems, as their clients meet them: access tokens signed by another library, keys from files and from a server that changes
them, hangs or is away, and what every DSS shows beside its standard."""
import base64
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h

RID_READ, RID_WRITE = "dss.read.identification_service_areas", "dss.write.identification_service_areas"
SC = "utm.strategic_coordination"
POOL, VERSIONS = "interuss.pool_status.read", "interuss.versioning.read_system_versions"


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """An authority with one key."""
    def __init__(self, algorithm, kid=None):
        self.algorithm, self.kid = algorithm, kid
        self.key = {"RS256": lambda: rsa.generate_private_key(65537, 2048), "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
                    "EdDSA": ed25519.Ed25519PrivateKey.generate}[algorithm]()

    def sign(self, data):
        if self.algorithm == "RS256":
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if self.algorithm == "ES256":
            r, s = utils.decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.key.sign(data)

    def token(self, scope="", **changes):
        head = {"alg": self.algorithm, "typ": "JWT"}
        if self.kid:
            head["kid"] = self.kid
        claims = dict({"iss": "https://issuer.example", "sub": "uss1", "aud": "sorrel.example", "exp": int(time.time()) + 3600, "scope": scope}, **changes)
        claims = {name: value for name, value in claims.items() if value is not None}
        said = url64(json.dumps(head).encode()) + "." + url64(json.dumps(claims).encode())
        return said + "." + url64(self.sign(said.encode()))

    def pem(self):
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def jwk(self):
        public, out = self.key.public_key(), {"kid": self.kid, "use": "sig", "alg": self.algorithm}
        if self.algorithm == "RS256":
            n = public.public_numbers()
            return dict(out, kty="RSA", n=url64(n.n.to_bytes(256, "big")), e=url64(n.e.to_bytes(3, "big")))
        if self.algorithm == "ES256":
            n = public.public_numbers()
            return dict(out, kty="EC", crv="P-256", x=url64(n.x.to_bytes(32, "big")), y=url64(n.y.to_bytes(32, "big")))
        return dict(out, kty="OKP", crv="Ed25519", x=url64(public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)))


class Keys:
    """A server of key sets on loopback; `answer` is (status, bytes), or None to hang."""
    def __init__(self):
        keys = self
        self.answer, self.asked, self.ended = (503, b""), 0, threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                keys.asked += 1
                answer = keys.answer
                if answer is None:
                    keys.ended.wait(30)
                    return
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/keys" % self.server.server_port

    def give(self, *issuers):
        self.answer = (200, json.dumps({"keys": [i.jwk() for i in issuers]}).encode())

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


def keys_in(folder, name, *issuers):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(b"".join(i.pem() for i in issuers))
    return path


def refused(answer, status, field):
    code, headers, body = answer
    assert code == status and headers["Content-Type"] == "application/json", answer
    assert body["field"] == field and body["message"].startswith(field + ": ") and body["request"] == headers["Request-Id"], body
    if status == 401:
        assert headers["WWW-Authenticate"].startswith("Bearer"), headers
    return body["message"]


def until(what, seconds=30):
    end = time.time() + seconds
    while True:
        got = what()
        if got:
            return got
        assert time.time() < end, "it did not come"
        time.sleep(0.05)


def they_are_off_without_keys():
    with h.Server() as server:
        for path in ("/aux/v1/version", "/aux/v1/pool", "/versions/x"):
            assert server.ask("GET", path)[0] == 404, path


def three_algorithms_and_what_a_dss_shows():
    folder = h.scratch("parley-keys-")
    issuers = [Issuer(a) for a in ("RS256", "ES256", "EdDSA")]
    files = [keys_in(folder, "two.pem", *issuers[:2]), os.path.join(folder, "set.json")]
    with open(files[1], "w") as f:
        json.dump({"keys": [issuers[2].jwk()]}, f)
    with h.Server(token_key=files, audience=["sorrel.example", "localhost"]) as server:
        status, _, version = server.ask("GET", "/aux/v1/version")
        assert status == 200 and version["version"].startswith("parley/"), version
        pools = set()
        for issuer in issuers:
            status, headers, pool = server.ask("GET", "/aux/v1/pool", token=issuer.token(POOL))
            assert status == 200 and headers["Content-Type"] == "application/json", pool
            pools.add(pool["dar_id"])
        assert pools == {server.log_hash}, pools
        status, _, shown = server.ask("GET", "/versions/uk.example.dss-1", token=issuers[0].token(VERSIONS + " other"))
        assert status == 200 and shown == {"system_identity": "uk.example.dss-1", "system_version": version["version"]}, shown
        for scope in (RID_READ, RID_WRITE):
            assert server.ask("GET", "/aux/v1/validate_oauth", token=issuers[0].token(scope))[0] == 200
            assert server.ask("GET", "/aux/v1/validate_oauth?owner=uss1&more=1", token=issuers[0].token(scope, aud="localhost"))[0] == 200
        refused(server.ask("GET", "/aux/v1/validate_oauth?owner=uss2", token=issuers[0].token(RID_READ)), 403, "owner")
        for method, path in (("GET", "/aux/v1/none"), ("POST", "/aux/v1/version"), ("PATCH", "/aux/v1/pool"), ("GET", "/dss/v1/none"), ("GET", "/versions/")):
            status, headers, body = server.ask(method, path)
            assert status in (404, 501) and "message" in body and headers["Content-Type"] == "application/json", (method, path, status, body)
        assert server.ask("DELETE", "/aux/v1/version")[0] == 404
        # The native door is as it was: its errors are problem details, and an access token opens none of it.
        status, headers, _ = server.ask("GET", "/v1/tracks", token=issuers[0].token(POOL))
        assert status == 401 and headers["Content-Type"] == "application/problem+json"


def a_bad_token_is_told_what_is_wrong():
    folder = h.scratch("parley-keys-")
    issuer, other = Issuer("RS256"), Issuer("RS256")
    with h.Server(token_key=keys_in(folder, "key.pem", issuer), audience="sorrel.example", token_skew=0) as server:
        def ask(token, **more):
            return server.ask("GET", "/aux/v1/pool", token=token, **more)
        now = int(time.time())
        refused(server.ask("GET", "/aux/v1/pool"), 401, "Authorization")
        refused(server.ask("GET", "/aux/v1/pool", headers={"Authorization": "Basic dTpw"}), 401, "Authorization")
        refused(ask("x"), 401, "Authorization")
        refused(ask(other.token(POOL)), 401, "signature")
        said = refused(ask(issuer.token(POOL, aud="http://sorrel.example")), 401, "aud")
        assert 'expected "sorrel.example", got "http://sorrel.example"' in said, said
        assert "ago" in refused(ask(issuer.token(POOL, exp=now - 5)), 401, "exp")
        assert "one hour" in refused(ask(issuer.token(POOL, exp=now + 4000)), 401, "exp")
        refused(ask(issuer.token(POOL, nbf=now + 300)), 401, "nbf")
        for claim in ("iss", "sub", "exp", "aud"):
            assert "missing" in refused(ask(issuer.token(POOL, **{claim: None})), 401, claim)
        for scope in ("", POOL + "x", RID_READ, "a b"):
            assert POOL in refused(ask(issuer.token(scope)), 403, "scope")
        assert POOL in refused(ask(issuer.token(None)), 403, "scope")
        head, claims, signature = issuer.token(POOL).split(".")
        none = url64(b'{"alg":"none"}')
        for bad in (none + "." + claims + ".", none + "." + claims + "." + signature):
            refused(ask(bad), 401, "alg")
        refused(ask(head + "." + url64(b'{"sub":"operator"}') + "." + signature), 401, "signature")
        # HMAC with the public key as its secret, which is what careless verifiers take.
        import hashlib
        import hmac
        said = url64(b'{"alg":"HS256"}') + "." + claims
        refused(ask(said + "." + url64(hmac.new(issuer.pem(), said.encode(), hashlib.sha256).digest())), 401, "alg")
        # Who may call is judged before what is asked; nothing of a token is in the log.
        refused(server.ask("GET", "/aux/v1/pool", body=b"{", token="x"), 401, "Authorization")
        assert signature not in server.stderr() and claims not in server.stderr()
        token = issuer.token(POOL, exp=int(time.time()) + 2)
        assert ask(token)[0] == 200
        time.sleep(3)
        assert "ago" in refused(ask(token), 401, "exp")  # though it was seen


def what_leaves_no_record_is_explained_in_the_log():
    """Code, field and message of each 400, 401 and 403, as its sender was told; where there is no room for the message it is left out."""
    folder = h.scratch("parley-keys-")
    issuer = Issuer("RS256")
    with h.Server(token_key=keys_in(folder, "key.pem", issuer), audience="sorrel.example") as server:
        asked = {}
        good, long = issuer.token(SC), b"{" + b" " * 100000
        put = "/dss/v1/operational_intent_references/0a000000-0000-4000-8000-000000000001"
        for status, method, path, body, token in (
                (401, "GET", put, None, issuer.token(SC, aud="old.example")), (401, "GET", put, None, None), (403, "GET", put, None, issuer.token("other")),
                (401, "PUT", put, long, issuer.token(SC, aud="old.example")), (401, "GET", put, None, issuer.token(SC, aud="\u00e9" * 300)), (401, "GET", put, None, issuer.token(SC, aud="x" + "\u00e9" * 300)),
                (401, "GET", put, None, issuer.token(SC, aud='"' * 300)), (403, "GET", put, None, issuer.token("utm.constraint_management utm.constraint_processing utm.availability_arbitration", sub='"' * 128)), (400, "PUT", put, b"{", good)):
            got, headers, reply = server.ask(method, path, body=body, token=token)
            assert got == status, (got, status, reply)
            asked[headers["Request-Id"]] = (status, reply)
        lines = until(lambda: [found for found in [{l["request"]: l for l in map(json.loads, server.stderr().splitlines()) if l["event"] == "request"}] if set(asked) <= set(found)])[0]
        left_out = 0
        for id, (status, reply) in asked.items():
            line = lines[id]
            assert line["status"] == status and line["level"] == "info" and line["code"] == reply["code"] and line["field"] == reply["field"], (line, reply)
            whole = reply["message"][len(reply["field"]) + 2:]
            left_out += "message" not in line
            assert "message" not in line or line["message"] == whole, (line, whole)
        print("# %d without their message" % left_out)
        assert left_out == 1, asked


def files_are_read_anew():
    folder = h.scratch("parley-keys-")
    first, second = Issuer("ES256"), Issuer("ES256")
    path = keys_in(folder, "key.pem", first)
    with h.Server(token_key=path, audience="sorrel.example") as server:
        one, two = first.token(POOL), second.token(POOL)
        assert [server.ask("GET", "/aux/v1/pool", token=t)[0] for t in (one, two)] == [200, 401]
        keys_in(folder, "key.pem")  # an empty file: refused, and what was in force stays
        os.kill(server.process.pid, signal.SIGHUP)
        until(lambda: '"reload_refused"' in server.stderr())
        assert [server.ask("GET", "/aux/v1/pool", token=t)[0] for t in (one, two)] == [200, 401]
        keys_in(folder, "key.pem", second)
        os.kill(server.process.pid, signal.SIGHUP)
        until(lambda: '"reloaded"' in server.stderr())
        assert [server.ask("GET", "/aux/v1/pool", token=t)[0] for t in (one, two)] == [401, 200]


def a_set_by_url_comes_late_and_changes():
    first, second = Issuer("ES256", "one"), Issuer("EdDSA", "two")
    with Keys() as keys, h.Server(token_key=keys.url, audience="sorrel.example", no_keeper=1) as server:
        def ask(issuer):
            return server.ask("GET", "/aux/v1/pool", token=issuer.token(POOL))
        until(lambda: '"token_keys_failed"' in server.stderr())
        status, headers, body = ask(first)
        assert status == 503 and headers["Retry-After"] and "message" in body, (status, body)
        assert server.ask("GET", "/aux/v1/version")[0] == 200 and server.ask("GET", "/healthy")[2] == b"ok\n"  # they need no key
        keys.give(first)
        until(lambda: ask(first)[0] == 200)
        # The issuer changes its key: the first token of the new one makes us ask.
        keys.give(second)
        until(lambda: ask(second)[0] == 200)
        refused(ask(first), 401, "kid")
        # It is away, answers nonsense, or hangs: what came is trusted on.
        for answer in ((500, b""), (200, b"<html>"), (200, b"x" * (1024 * 1024 + 1)), (302, b"")):
            asked, keys.answer = keys.asked, answer
            until(lambda: ask(Issuer("EdDSA", "three"))[0] == 401 and keys.asked > asked)
            assert ask(second)[0] == 200
        figures = server.ask("GET", "/metrics")[2].decode()
        assert "parley_token_keys 1\n" in figures and 'parley_tokens_total{how="seen"}' in figures, figures
        courier = [int(p) for p in os.listdir("/proc") if p.isdigit() and parent_of(int(p)) == server.process.pid and name_of(int(p)) == "parley-keys"]
        assert len(courier) == 1, courier
        # A courier that dies is told of; the server goes on.
        os.kill(courier[0], signal.SIGKILL)
        until(lambda: '"key_courier_died"' in server.stderr())
        assert ask(second)[0] == 200


def name_of(pid):
    try:
        with open("/proc/%d/comm" % pid) as f:
            return f.read().strip()
    except OSError:
        return ""


def parent_of(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return int(f.read().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return -1


def nothing_is_left_of_it():
    with Keys() as keys:
        keys.answer = None  # it hangs while the server ends
        server = h.Server(token_key=keys.url, audience="sorrel.example")
        until(lambda: keys.asked > 0)
        mine = [int(p) for p in os.listdir("/proc") if p.isdigit() and parent_of(int(p)) == server.process.pid]
        server.kill()
        until(lambda: all(parent_of(p) in (-1,) or zombie(p) for p in mine))


def zombie(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def a_small_authority_of_ones_own():
    parley = os.environ.get("PARLEY_BIN")
    if not parley:
        raise h.Skip("no parley: set PARLEY_BIN")
    key = os.path.join(h.scratch("parley-keys-"), "authority")

    def command(*more):
        done = subprocess.run([parley, "dev-token", key, "--sub", "uss1", "--audience", "localhost", "--scope", POOL, *more], capture_output=True, text=True)
        return done.returncode, done.stdout.strip(), done.stderr
    status, token, said = command()
    assert status == 0 and key + ".pub" in said and key + " was not there: made a new authority" in said and os.stat(key).st_mode & 0o777 == 0o600, (status, said)
    with h.Server(token_key=key + ".pub", audience="localhost") as server:
        assert server.ask("GET", "/aux/v1/pool", token=token)[0] == 200
        status, second, said = command("--seconds", "60")  # by the key that is there
        assert status == 0 and said == "" and second != token and server.ask("GET", "/aux/v1/pool", token=second)[0] == 200
    with h.Server(mode=2, token_key=key + ".pub", audience="localhost") as server:
        assert "LIVE" in refused(server.ask("GET", "/aux/v1/pool", token=token), 401, "iss")
    done = subprocess.run([parley, "dev-token", key, "--sub", "uss1", "--audience", "localhost", "--scope", POOL + " nonsense.scope"], capture_output=True, text=True)
    assert done.returncode == 0 and "no door here knows 'nonsense.scope'\n" in done.stderr and "they know utm.strategic_coordination, " in done.stderr and POOL + "'" not in done.stderr, done.stderr
    assert command("--seconds", "3601")[0] in (3, 64) and command("--seconds", "0")[0] in (3, 64)
    os.chmod(key, 0o644)
    status, _, said = command()
    assert status == 4 and "chmod" in said, (status, said)
    os.chmod(key, 0o600)
    with open(key, "w") as f:
        f.write("x")
    assert command()[0] == 3


def settings_that_do_not_go():
    folder = h.scratch("parley-keys-")
    key = keys_in(folder, "key.pem", Issuer("ES256"))
    for options, words in (({"token_key": key}, "audience"), ({"audience": "x"}, "token-key"), ({"token_key": folder + "/none", "audience": "x"}, "none"),
                           ({"token_key": folder, "audience": "x"}, "is no file"), ({"token_key": keys_in(folder, "empty.pem"), "audience": "x"}, "PEM"),
                           ({"token_key": key, "audience": "x", "token_skew": 301}, "token-skew"), ({"token_key": [key] * 17, "audience": "x"}, "more than 16")):
        try:
            h.Server(**options).kill()
        except RuntimeError as why:
            assert words in str(why), (options, why)
        else:
            raise AssertionError("it started with %s" % options)


if __name__ == "__main__":
    h.run([what_leaves_no_record_is_explained_in_the_log, they_are_off_without_keys, three_algorithms_and_what_a_dss_shows, a_bad_token_is_told_what_is_wrong, files_are_read_anew,
           a_set_by_url_comes_late_and_changes, nothing_is_left_of_it, a_small_authority_of_ones_own, settings_that_do_not_go])
