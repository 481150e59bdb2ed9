"""A submission as JSON: how far it is, step by step, and what came of it, in words."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from entities.report import OUTCOMES, said
from entities.text import Text
from service.desk import Desk, now
from service.intake.submissions import OPEN, Submission
from service.shapes.features import instant
from service.shapes.links import Link, link
from service.work import jobs
from service.work.jobs import Job

STEPS: Final = MappingProxyType(
    {
        "receive": Text("接收文件", "Received"),
        "intake": Text("读取、检查、匹配、入库", "Read, checked, matched, written"),
        "tiles": Text("更新三维瓦片", "3D tiles updated"),
        "maps": Text("更新图幅", "Map sheets updated"),
    }
)
"""The steps of a submission, in their order."""

SENTENCES: Final = MappingProxyType(
    {
        "queued": (
            Text("文件已收到，正在排队。", "The file has arrived and waits its turn."),
            Text("可以离开本页，稍后回来看。", "You can leave this page and come back."),
        ),
        "running": (
            Text("正在处理。", "It is being processed."),
            Text("可以离开本页，稍后回来看。", "You can leave this page and come back."),
        ),
        "confirm": (
            Text(
                "文件的字段含义是推断的，等待确认；底库没有改动。",
                "What the fields mean was guessed and waits to be confirmed; the base is unchanged.",
            ),
            Text("核对推断，确认或改正后继续。", "Check the guess; confirm or correct it to go on."),
        ),
        "done": (
            Text("已入库，事务号{number}。", "It is in the base as no. {number}."),
            Text("不需要再做什么。", "Nothing more to do."),
        ),
        "same": (
            Text("文件与底库一致，没有改动。", "The file says what the base holds; nothing changed."),
            Text("不需要再做什么。", "Nothing more to do."),
        ),
        "refused": (
            Text(
                "底库没有改动：{rules}条规则、{features}个要素不符合。",
                "The base is unchanged: {rules} rules are broken by {features} features.",
            ),
            Text("按下面的说明改好后重新报送。", "Mend them as said below and send the file again."),
        ),
        "unread": (
            Text("底库没有改动：文件不能接收。", "The base is unchanged: the file cannot be taken in."),
            Text("按下面的说明改好后重新报送。", "Mend it as said below and send it again."),
        ),
        "failed": (
            Text(
                "处理时服务出错，底库没有改动，文件已保存。",
                "The service failed while processing; the base is unchanged and your file is kept.",
            ),
            Text("请把报送号告诉管理员。", "Tell the administrator the number of this submission."),
        ),
        "withdrawn": (
            Text("已撤回，底库没有改动。", "It was withdrawn; the base is unchanged."),
            Text("需要时重新报送。", "Send it again when needed."),
        ),
    }
)
"""What is to be said of each state, and what to do."""


def brief_json(submission: Submission) -> dict[str, Any]:
    """What a list says of a submission."""
    return {
        "id": submission.name,
        "department": submission.department,
        "state": submission.state,
        "created": instant(submission.created),
        "files": [dict(file) for file in submission.files],
        "counts": submission.summary.get("outcomes", dict.fromkeys(OUTCOMES, 0)),
        "transaction": submission.number,
        **words_of(submission),
        "links": submission_links(submission),
    }


def submission_json(submission: Submission, desk: Desk) -> dict[str, Any]:
    """Everything about a submission but its features."""
    summary = submission.summary
    return {
        **brief_json(submission),
        "options": dict(submission.options),
        "guess": submission.guess,
        "steps": steps_json(submission, jobs.of_submission(desk, submission.name), now()),
        "read": summary.get("read", 0),
        "broken": summary.get("broken", 0),
        "timings": summary.get("steps", []),
        "source": summary.get("source"),
        "findings": summary.get("findings", []),
        "rules": summary.get("rules", []),
        "since": summary.get("since"),
    }


def words_of(submission: Submission) -> dict[str, dict[str, str]]:
    """The sentence on a submission's state, and what to do about it."""
    sentence, remedy = SENTENCES[_wording(submission)]
    rules: Sequence[Mapping[str, Any]] = submission.summary.get("rules", [])
    broken = [rule for rule in rules if rule["severity"] == "error"]
    values = {"number": submission.number, "rules": len(broken), "features": submission.summary.get("broken", 0)}
    return {"sentence": said(sentence.fill(values)), "remedy": said(remedy)}


def _wording(submission: Submission) -> str:
    """Which sentence is to be said: that of the state, or of what is special about it."""
    if submission.state == "done" and submission.number is None:
        return "same"
    unread = submission.state == "refused" and not submission.summary.get("broken")
    return "unread" if unread else submission.state


def steps_json(submission: Submission, work: Sequence[Job], moment: int) -> list[dict[str, object]]:
    """Each step in words, with its state and its own time; steps that may still come wait."""
    latest = {job.kind: job for job in work}
    received = {"name": "receive", "titles": said(STEPS["receive"]), "state": "done", "done": None, "total": None}
    coming = STEPS if submission.state in OPEN else latest
    steps = [_step(name, latest.get(name), moment) for name in STEPS if name in coming and name != "receive"]
    if submission.state in ("refused", "failed") and steps:
        steps[0]["state"] = "failed"
    kept = [step for step in steps if step["state"] != "dropped"]
    return [{**received, "seconds": None, "doing": None}, *kept]


def _step(name: str, job: Job | None, moment: int) -> dict[str, object]:
    return {
        "name": name,
        "titles": said(STEPS[name]),
        "state": job.state if job else "waiting",
        "doing": job.step if job and job.state == "running" else None,
        "done": job.done if job else None,
        "total": job.total if job else None,
        "seconds": job.seconds(moment) if job else None,
    }


def submission_links(submission: Submission) -> list[Link]:
    """What can be asked and done about a submission in its state."""
    path = f"/submissions/{submission.name}"
    found = [link("self", path)]
    if submission.summary:
        found.append(link("report", f"{path}/report"))
    if submission.summary.get("broken"):
        found.append(link("failures", f"{path}/failures.gpkg", "application/geopackage+sqlite3"))
    if submission.state == "confirm":
        found.append(link("confirm", f"{path}/confirm"))
    return found + ([link("withdraw", f"{path}/withdraw")] if submission.state in OPEN else [])
