"""Drawing sheets and pages: a painter owns the drawing process, starts it again once if it dies, else refuses."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from entities.errors import Conflict, NotAcceptable
from tiling.maps.compose import compose
from tiling.maps.fonts import Fonts
from tiling.maps.jobs import Failure, Job, receive, send
from tiling.maps.page import Page
from tiling.maps.settings import FONTS
from tiling.maps.sheet import Sheet

INCH: Final = 25.4

WORKER: Final = "tiling.maps.worker"
"""The module of the drawing process."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format sheets are drawn in: its kind of file, and its dots an inch or its width in pixels."""

    kind: str
    dpi: float | None = None
    width: int | None = None

    def pixels(self, page: Page) -> float:
        """Pixels a millimetre."""
        return self.width / page.width if self.width else (self.dpi or 72) / INCH


FORMATS: Final = {
    "png": Format("png", dpi=150),
    "png300": Format("png", dpi=300),
    "jpg": Format("jpg", dpi=150),
    "svg": Format("svg"),
    "pdf": Format("pdf"),
    "preview": Format("png", width=640),
}
"""Every format a sheet is drawn in."""


class SheetPainter:
    """Draws sheets; a context manager, since it owns a process. One drawing at a time, from any thread."""

    def __init__(self, fonts: Path = FONTS) -> None:
        self._fonts = Fonts(fonts).files()
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._composed: tuple[tuple[str, str], Page] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def draw(self, sheet: Sheet, form: str = "png", language: str = "zh") -> bytes:
        """Draw a sheet. Raises `NotAcceptable` (`map.format`), `Conflict` (`map.font`, `map.failed`)."""
        if form not in FORMATS:
            raise NotAcceptable.because("map.format", format=form, formats="、".join(FORMATS))
        page = self._page(sheet, language)
        chosen = FORMATS[form]
        return self.draw_job(Job(page, chosen.kind, chosen.pixels(page)))

    def draw_job(self, job: Job) -> bytes:
        """Have a page drawn; a process that died is started again once. Raises `Conflict` (`map.failed`)."""
        with self._lock:
            answer = self._ask(job)
            if answer is None:
                self._stop()
                answer = self._ask(job)
            if isinstance(answer, bytes):
                return answer
            if answer is None:
                self._stop()
            why = answer.why if isinstance(answer, Failure) else "drawing process died"
            raise Conflict.because("map.failed", title=job.page.title, why=why)

    def close(self) -> None:
        """End the drawing process."""
        with self._lock:
            self._stop()

    def _page(self, sheet: Sheet, language: str) -> Page:
        """The composed sheet; the last one is kept, since a sheet is drawn in several formats one after the other."""
        key, kept = (sheet.name, language), self._composed
        if kept is None or kept[0] != key:
            kept = self._composed = (key, compose(sheet, language))
        return kept[1]

    def _ask(self, job: Job) -> bytes | Failure | None:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            send(process.stdin, job)
        except BrokenPipeError:
            return None
        answer = receive(process.stdout)
        return None if isinstance(answer, Job) else answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-m", WORKER, *map(str, self._fonts)]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._process

    def _stop(self) -> None:
        """End the process, whatever its state, and wait for its end."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
