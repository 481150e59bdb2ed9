"""`make bench`: every figure in one run, as ratios against a named peer or a limit.

`python -m tests.bench [NAME…]`, or `make bench ONLY="points change"`, runs the ones that are named; the names are those
of the modules beside this one.
"""

import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.bench import (
    bench_change,
    bench_codes,
    bench_drape,
    bench_flat,
    bench_follow,
    bench_history,
    bench_load,
    bench_matching,
    bench_meshes,
    bench_past,
    bench_points,
    bench_slider,
    bench_terrain,
    bench_textures,
    bench_things,
    bench_tiles,
)

BENCHES: Final = {
    "load": bench_load.bench,
    "follow": bench_follow.bench,
    "codes": bench_codes.bench,
    "flat": bench_flat.bench,
    "drape": bench_drape.bench,
    "matching": bench_matching.bench,
    "things": bench_things.bench,
    "points": bench_points.bench,
    "terrain": bench_terrain.bench,
    "meshes": bench_meshes.bench,
    "textures": bench_textures.bench,
    "tiles": bench_tiles.bench,
    "change": bench_change.bench,
    "history": bench_history.bench,
    "past": bench_past.bench,
    "slider": bench_slider.bench,
}


def main(*names: str) -> None:
    """Run benchmarks one after another, each in a folder of its own, and print their lines as they come."""
    unknown = set(names) - BENCHES.keys()
    if unknown:
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}: there are {', '.join(BENCHES)}")
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {load:.1f} at the start", flush=True)
    for name in names or BENCHES:
        with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
            for line in BENCHES[name](Path(folder)):
                print(line, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
