"""`parley import dss`: from one server with the doors of F3548 to another, beside a USS that shows its volumes. Both are servers of this build; the USS is a few lines here."""
import http.server
import json
import os
import re
import subprocess
import threading
import time

import client as cl
import table_base as base
from client import h

INTENTS, CONSTRAINTS, SUBSCRIPTIONS = base.INTENTS, base.CONSTRAINTS, base.SUBSCRIPTIONS
ALL = {base.STRATEGIC, base.CONFORMANCE, base.MANAGEMENT, base.PROCESSING}


class Uss(http.server.BaseHTTPRequestHandler):
    """GET /utm/uss/v1/…/{id}: what `shows` has under that path."""
    shows, asked = {}, []

    def do_GET(self):
        Uss.asked.append((self.path, self.headers.get("Authorization")))
        body = json.dumps(Uss.shows.get(self.path, {"message": "no such entity"})).encode()
        self.send_response(200 if self.path in Uss.shows else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Pair:
    """Source, target and USS; tokens of uss1 in files."""

    def __enter__(self):
        self.folder = h.scratch("parley-import-")
        with open(os.path.join(self.folder, "key.pem"), "wb") as f:
            f.write(cl.ISSUER.pem())
        self.from_, self.to = (h.Server(token_key=f.name, audience=cl.AUDIENCE, plain_http_urls=True) for _ in range(2))
        self.source, self.target = cl.Client(self.from_), cl.Client(self.to)
        self.uss = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Uss)
        Uss.shows, Uss.asked = {}, []
        threading.Thread(target=self.uss.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/utm" % self.uss.server_port
        self.token("mine", ALL)
        self.token("uss", ALL, aud=["127.0.0.1", "uss.example"])
        return self

    def __exit__(self, kind, value, trace):
        self.uss.shutdown()
        self.uss.server_close()
        self.source.close()
        self.target.close()
        self.from_.stop()
        self.to.stop()

    def token(self, name, scopes, **changes):
        self.secret(name, cl.ISSUER.token("uss1", scopes, **changes) + "\n")

    def secret(self, name, text):
        with open(os.path.join(self.folder, name), "w") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(text)

    def load(self, status, *more, source="mine", target="mine", area="46,7,20000", url=None, uss="uss"):
        command = [os.environ["PARLEY_BIN"], "import", "dss", url or "http://%s:%d/" % (self.from_.host, self.from_.port),
                   *(() if "--server" in more else ("--server", "http://%s:%d" % (self.to.host, self.to.port))), "--token-file", os.path.join(self.folder, source), "--to-token-file", os.path.join(self.folder, target), "--area", area] + list(more) + (["--uss-token-file", os.path.join(self.folder, uss)] if uss and "--uss-token-file" not in more else [])
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, (status, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def shows(self, kind, id, name, *volumes, off=()):
        Uss.shows["/utm/uss/v1/%s/%s" % (kind, id)] = {name: {"reference": {}, "details": {"volumes": list(volumes), "off_nominal_volumes": list(off)}}}

    def make(self, path, id, body, sub="uss1", version=None):
        status, reply = self.source.ask("PUT", path + "/" + id + ("/" + version if version else ""), body, sub, ALL)
        assert status in (200, 201), (status, reply)
        return reply[base.NAMES[path]]

    def there(self, path, id):
        return self.target.ask("GET", path + "/" + id, None, "uss1", ALL)


def what_is_ours_comes_over_and_nothing_else():
    with Pair() as p:
        here, off, beside = base.block(46, 7), base.block(46.05, 7, radius=500), base.block(46, 7.1)
        watch, rule, plain, active, lost, foreign = (cl.id4() for _ in range(6))
        p.make(SUBSCRIPTIONS, watch, base.subscription(base.block(46, 7, start=0, end=base.HOUR * 20), uss_base_url=p.url, notify_for_constraints=True))
        p.make(CONSTRAINTS, rule, base.constraint(beside, uss_base_url=p.url))
        made = p.make(INTENTS, plain, base.intent(here, uss_base_url=p.url, subscription_id=watch))
        first = p.make(INTENTS, active, base.intent(off, uss_base_url=p.url, new_subscription={"uss_base_url": p.url}))
        p.make(INTENTS, active, base.intent(off, uss_base_url=p.url, state="Activated", key=[made["ovn"]], new_subscription={"uss_base_url": p.url}), version=first["ovn"])
        p.make(INTENTS, lost, base.intent(base.block(46.1, 7.1), uss_base_url=p.url))
        p.make(INTENTS, foreign, base.intent(base.block(45.95, 6.95, radius=100), uss_base_url="https://other.example"), sub="uss2")
        p.shows("constraints", rule, "constraint", beside)
        p.shows("operational_intents", plain, "operational_intent", here)
        p.shows("operational_intents", active, "operational_intent", off)
        out = p.load(5)
        assert "4 taken, 0 refused, 1 whose volumes no USS shows, 1 of others" in out, out
        assert lost in out and "status 404" in out and foreign in out and "uss2" in out and "subscriptions of other managers" in out, out
        status, reply = p.there(INTENTS, plain)
        assert status == 200 and reply["operational_intent_reference"]["subscription_id"] == watch and reply["operational_intent_reference"]["state"] == "Accepted", reply
        status, reply = p.there(INTENTS, active)
        assert status == 200 and reply["operational_intent_reference"]["state"] == "Activated" and reply["operational_intent_reference"]["uss_base_url"] == p.url, reply
        assert reply["operational_intent_reference"]["ovn"] not in (first["ovn"], made["ovn"])
        assert p.there(CONSTRAINTS, rule)[0] == 200 and p.there(INTENTS, lost)[0] == 404 and p.there(INTENTS, foreign)[0] == 404
        status, reply = p.there(SUBSCRIPTIONS, watch)
        assert status == 200 and reply["subscription"]["notify_for_constraints"] and reply["subscription"]["dependent_operational_intents"] == [plain], reply
        assert len(p.target.ask("POST", SUBSCRIPTIONS + "/query", {"area_of_interest": here}, "uss1", ALL)[1]["subscriptions"]) >= 1
        with open(os.path.join(p.folder, "uss")) as f:
            told = "Bearer " + f.read().strip()
        assert Uss.asked and all(sent == told for _, sent in Uss.asked)
        again = p.load(4)
        assert "0 taken, 4 refused" in again and "status 409" in again, again
        lines = [json.loads(line) for line in p.load(4, "--json").splitlines()]
        assert [(x["kind"], x["became"]) for x in lines if x["id"] == rule] == [("constraint", "refused")] and all(set(x) == {"kind", "id", "became", "detail"} for x in lines)


def what_meets_others_here_is_refused():
    with Pair() as p:
        mine, other, here = cl.id4(), cl.id4(), base.block(46, 7)
        p.make(INTENTS, mine, base.intent(here, uss_base_url=p.url))
        p.shows("operational_intents", mine, "operational_intent", here)
        status, reply = p.target.ask("PUT", INTENTS + "/" + other, base.intent(here), "uss2", ALL)
        assert status == 201, reply
        out = p.load(4)
        assert "0 taken, 1 refused" in out and "status 409" in out, out


def tokens_and_arguments():
    with Pair() as p:
        p.token("narrow", {base.STRATEGIC})
        out = p.load(5, source="narrow")
        assert "constraint" in out and "the token's scopes do not open them" in out, out
        p.token("late", ALL, exp=int(time.time()) - 1000)
        assert "status 401" in p.load(4, source="late")
        p.secret("two", "one two")
        assert "more than one token" in p.load(3, source="two")
        p.secret("none", "")
        assert "holds no token" in p.load(3, target="none")
        for area in ("46,7", "91,7,10", "46,181,10", "46,7,0", "46,7,20000001", "46,7,10,3", "x"):
            assert "--area" in p.load(64, area=area)
        assert "no http:// or https:// address" in p.load(64, url="nowhere")
        assert "is URL its address?" in p.load(6, url="http://127.0.0.1:9")
        assert "no DSS answers at http://127.0.0.1:%d/there: status 501" % p.uss.server_port in p.load(3, url="http://127.0.0.1:%d/there" % p.uss.server_port)
        with h.Server() as doorless:
            url = "http://%s:%d" % (doorless.host, doorless.port)
            assert "URL: no DSS answers at %s: status 404" % url in p.load(5, url=url)
            id = cl.id4()
            p.make(SUBSCRIPTIONS, id, base.subscription(base.block(46, 7), uss_base_url=p.url))
            out = p.load(4, "--server", url)
            assert id in out and "refused    status 404: no DSS answers at %s\n" % url in out, out
            p.make(INTENTS, cl.id4(), base.intent(base.block(46, 7), uss_base_url="http://nobody.invalid/utm"))
            p.token("nobody", ALL, aud="nobody.invalid")
            out = p.load(4, "--server", url, uss="nobody")
            assert "its USS at http://nobody.invalid/utm does not show its volumes: no machine has this name: is its uss_base_url spelled right?" in out, out
        os.chmod(os.path.join(p.folder, "narrow"), 0o644)
        assert "chmod 600" in p.load(4, source="narrow")
        os.chmod(os.path.join(p.folder, "narrow"), 0o600)
        assert "1 taken, 0 refused, 1 whose" in p.load(5, "--uss-token-file", os.path.join(p.folder, "narrow"))


def a_token_goes_to_its_own_host_alone():
    """Whoever is sent a token can use it: that for a DSS goes to no USS, that for a USS to no second one."""
    with Pair() as p:
        elsewhere, mine = sorted((cl.id4(), cl.id4()))  # as they are listed: the opaque token goes to the first one
        p.make(INTENTS, mine, base.intent(base.block(46, 7), uss_base_url=p.url))
        p.shows("operational_intents", mine, "operational_intent", base.block(46, 7))
        out = p.load(5, uss=None)
        assert "0 taken, 0 refused, 1 whose" in out and mine in out and "--uss-token-file is missing, and a token for the DSS is not sent to another machine" in out, out
        assert Uss.asked == [], Uss.asked
        p.make(INTENTS, elsewhere, base.intent(base.block(46.1, 7), uss_base_url="http://localhost:%d/utm" % p.uss.server_port))
        p.shows("operational_intents", elsewhere, "operational_intent", base.block(46.1, 7))
        out = p.load(5)
        assert "1 taken, 0 refused, 1 whose" in out and "is for another machine and is not sent to this one: run it again with one for localhost (its 'aud')" in out, out
        assert re.search(r"^operational intent +%s +not read +its USS at " % elsewhere, out, re.M), out
        with open(os.path.join(p.folder, "uss")) as f:
            assert [t for _, t in Uss.asked] == ["Bearer " + f.read().strip()], Uss.asked
        Uss.asked.clear()
        p.secret("opaque", "no-jwt")  # it does not say for whom it is: to one alone
        out = p.load(5, uss="opaque")
        assert "is for another machine and is not sent to this one" in out and [t for _, t in Uss.asked] == ["Bearer no-jwt"], (out, Uss.asked)


def a_dss_that_answers_nonsense():
    with Pair() as p:
        class Odd(http.server.BaseHTTPRequestHandler):
            says, status = b"", 200

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(Odd.status)
                self.send_header("Content-Length", str(len(Odd.says)))
                self.end_headers()
                self.wfile.write(Odd.says)

            def log_message(self, *arguments):
                pass
        odd = http.server.HTTPServer(("127.0.0.1", 0), Odd)
        threading.Thread(target=odd.serve_forever, daemon=True).start()
        for says, status, why in ((b"{", 200, "status 200"), (b"[]", 200, "status 200"), (b'{"subscriptions":7}', 200, "status 200"), (b'{"message":"no"}', 500, "no"),
                                  (b'{"subscriptions":[{"id":"../../x"}]}', 200, "an id that is none"), (b'{"subscriptions":[{}]}', 200, "an id that is none")):
            Odd.says, Odd.status = says, status
            assert why in p.load(3, url="http://127.0.0.1:%d/dss" % odd.server_port), says
        odd.shutdown()
        odd.server_close()


if __name__ == "__main__":
    h.run([what_is_ours_comes_over_and_nothing_else, what_meets_others_here_is_refused, tokens_and_arguments, a_token_goes_to_its_own_host_alone, a_dss_that_answers_nonsense])
