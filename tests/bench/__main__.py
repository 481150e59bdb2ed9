"""`make bench`: every figure in one run, as ratios against a named peer or a limit."""

import os
import platform
import tempfile
from pathlib import Path

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


def main() -> None:
    """Run the benchmarks one after another, and print their lines as they come."""
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start"
    )
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench_load.bench(Path(folder)):
            print(line, flush=True)
        for line in bench_follow.bench(Path(folder)):
            print(line, flush=True)
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench_codes.bench(Path(folder)):
            print(line, flush=True)
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in (*bench_flat.bench(Path(folder)), *bench_flat.imagery(Path(folder)), *bench_flat.ground()):
            print(line, flush=True)
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench_drape.bench(Path(folder)):
            print(line, flush=True)
    for line in bench_matching.bench():
        print(line, flush=True)
    for line in bench_things.bench():
        print(line, flush=True)
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench_points.bench(Path(folder)):
            print(line, flush=True)
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench_terrain.bench(Path(folder)):
            print(line, flush=True)
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench_meshes.bench(Path(folder)):
            print(line, flush=True)
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench_textures.bench(Path(folder)):
            print(line, flush=True)
    bench_tiles.main()
    bench_change.main()
    bench_history.main()
    bench_past.main()
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench_slider.bench(Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
