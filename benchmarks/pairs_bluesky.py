#!/usr/bin/python3
"""BlueSky's own conflict detection over the aircraft of a file, for benchmarks/pairs.c: prints "detected", variant, seconds, pairs, aircraft.

A line of the file: identity, latitude, longitude, track (degrees), ground speed (m/s), altitude (m), climb (m/s)."""
import sys
import time

import numpy as np

RPZ, HPZ, AHEAD = 5.0 * 1852.0, 1000.0 * 0.3048, 300.0


class Traffic:
    def __init__(self, path):
        rows = [line.split() for line in open(path)]
        self.id = [r[0] for r in rows]
        self.ntraf = len(rows)
        self.lat, self.lon, self.trk, self.gs, self.alt, self.vs = (np.array([float(r[i]) for r in rows]) for i in range(1, 7))


def run(name, detect, traffic):
    each = np.full(traffic.ntraf, 1.0)
    start = time.process_time()
    pairs = detect(traffic, traffic, each * RPZ, each * HPZ, each * AHEAD)[0]
    spent = time.process_time() - start
    print("detected", name, spent, len({tuple(sorted(p)) for p in pairs}), traffic.ntraf)


def main():
    traffic = Traffic(sys.argv[1])
    try:
        from bluesky.traffic.asas import cstatebased
    except ImportError:
        sys.exit("bluesky-simulator has no compiled detection here")
    run("compiled", cstatebased.detect, traffic)


main()
