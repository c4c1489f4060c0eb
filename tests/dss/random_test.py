"""Random requests of several managers to the running server and to the models, both doors: status and body must agree at every step. A difference names
its seed, its step, the request and both answers. PARLEY_SEED is the first seed (or `--seed N`: that one alone), PARLEY_ROUNDS how many, PARLEY_STEPS how long."""
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client as cl
import random_f3411
import random_f3548
import schema
import harness as h

ALONE = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else None
FIRST = ALONE if ALONE is not None else int(os.environ.get("PARLEY_SEED", "1"))
ROUNDS = 1 if ALONE is not None else int(os.environ.get("PARLEY_ROUNDS", "8"))
STEPS = int(os.environ.get("PARLEY_STEPS", "250"))
AT_ONCE = 4  # seeds that share the server: their worlds lie apart, their managers have other names
A_SERVER = 16  # seeds; a log has room for so many managers, and whose availability was stated stays one


def live(kind):
    """All seeds; the first differences are told."""
    counted, failed = {}, []
    for first in range(FIRST, FIRST + ROUNDS, A_SERVER):
        with cl.server() as server:
            live_some(kind, server, list(range(first, min(first + A_SERVER, FIRST + ROUNDS))), counted, failed)
        if failed:
            break
    print("# %d answers: %s" % (sum(counted.values()), ", ".join("%d of %d" % (n, s) for s, n in sorted(counted.items()))), flush=True)
    assert not failed, "\n".join(failed[:3])


def live_some(kind, server, seeds, counted, failed):
    lock = threading.Lock()

    def work():
        client = cl.Client(server)
        while True:
            with lock:
                if not seeds or failed:
                    return
                seed = seeds.pop(0)
            run = kind.Run(client, seed)
            try:
                for _ in range(STEPS):
                    run.step()
                run.clear()
            except Exception as why:  # told by live(), of whatever thread
                if not isinstance(why, (random_f3548.Different, schema.Unfit)):
                    why = "seed %d, step %d: %s: %s" % (seed, run.done, type(why).__name__, why)
                with lock:
                    failed.append(str(why))
            with lock:
                for key, count in run.counted.items():
                    counted[key[-1]] = counted.get(key[-1], 0) + count
    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def f3548_agrees_with_the_model():
    live(random_f3548)


def f3411_agrees_with_the_model():
    live(random_f3411)


if __name__ == "__main__":
    try:
        h.binary()
    except h.Skip as no_server:
        print("1..0 # SKIP %s" % no_server)
        sys.exit(0)
    h.run([f3548_agrees_with_the_model, f3411_agrees_with_the_model])
