"""Several requests in one: composite, batch and tree."""

from __future__ import annotations

import json
import re
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call, JsonObject, refusal
from sandbox.salesforce.errors import BadJsonError, SalesforceError
from sandbox.salesforce.routes.route import Route

MAX_SUBREQUESTS = 25
MAX_HEAVY = 5
_REFERENCE = re.compile(r"@\{([A-Za-z]\w*)\.([\w.\[\]]+)\}")
_HEAVY = re.compile(r"/services/data/v\d\d\.0/(?:composite/sobjects|query|queryAll|sobjects/?$)")
_KEYS = frozenset({"method", "url", "referenceId", "body", "httpHeaders"})


def composite(api: Api, call: Call) -> Answer:
    """Run up to 25 subrequests in order; later ones may refer to earlier answers."""
    body = call.object()
    requests = cast("list[JsonObject]", body.get("compositeRequest") or [])
    all_or_none = bool(body.get("allOrNone", False))
    _check(requests)
    start = api.org.journal.mark()
    answers: dict[str, Answer] = {}
    for request in requests:
        name = str(request["referenceId"])
        answers[name] = _run(api, call, request, answers)
        if answers[name].status >= 400 and all_or_none:
            api.org.journal.roll_back(start)
            _halt(requests, answers, failed=name)
            break
    parts = [
        {"body": each.body, "httpHeaders": each.headers, "httpStatusCode": each.status, "referenceId": name}
        for name, each in answers.items()
    ]
    return Answer(body={"compositeResponse": parts}, records=len(parts))


def batch(api: Api, call: Call) -> Answer:
    """Run up to 25 independent subrequests."""
    body = call.object()
    requests = cast("list[JsonObject]", body.get("batchRequests") or [])
    if not 1 <= len(requests) <= MAX_SUBREQUESTS:
        raise _limit(len(requests))
    results: list[JsonObject] = []
    halted = False
    for request in requests:
        if halted:
            error = SalesforceError("BATCH_PROCESSING_HALTED", "Batch processing halted by an earlier error.")
            results.append({"statusCode": 412, "result": [error.as_answer()]})
            continue
        url = str(request.get("url", ""))
        full = url if url.startswith("/services/data/") else f"/services/data/{url.lstrip('/')}"
        answer = _dispatch(api, call, str(request.get("method")), full, request.get("richInput"))
        results.append({"statusCode": answer.status, "result": answer.body})
        halted = answer.status >= 400 and bool(body.get("haltOnError"))
    failed = any(result["statusCode"] >= 400 for result in results)
    return Answer(body={"hasErrors": failed, "results": results}, records=len(results))


def _check(requests: list[JsonObject]) -> None:
    if not 1 <= len(requests) <= MAX_SUBREQUESTS:
        raise _limit(len(requests))
    names = [str(request.get("referenceId") or "") for request in requests]
    if not all(names) or len(set(names)) < len(names):
        raise BadJsonError("Each subrequest needs a referenceId of its own at [line:1, column:2]")
    for request in requests:
        unknown = set(request) - _KEYS
        if unknown:
            raise BadJsonError(f"Unrecognized field '{sorted(unknown)[0]}' at [line:1, column:2]")
    heavy = sum(1 for request in requests if _HEAVY.match(str(request.get("url", ""))))
    if heavy > MAX_HEAVY:
        message = f"Limit exceeded: at most {MAX_HEAVY} query and sObject Collections subrequests"
        raise SalesforceError("LIMIT_EXCEEDED", message)


def _limit(count: int) -> SalesforceError:
    if count == 0:
        return SalesforceError("REQUIRED_FIELD_MISSING", "At least 1 subrequest is required")
    message = f"The request can't contain more than {MAX_SUBREQUESTS} operations."
    return SalesforceError("LIMIT_EXCEEDED", message)


def _run(api: Api, call: Call, request: JsonObject, answers: dict[str, Answer]) -> Answer:
    try:
        url = str(_filled(request.get("url", ""), answers))
        body = _filled(request.get("body"), answers)
    except SalesforceError as error:
        return refusal(error)
    return _dispatch(api, call, str(request.get("method")), url, body)


def _dispatch(api: Api, call: Call, method: str, url: str, body: Any) -> Answer:
    parts = urlsplit(url)
    sub = Call(
        method=method.upper(),
        path=parts.path,
        args=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={**call.headers, "content-type": "application/json"},
        body=b"" if body is None else json.dumps(body).encode(),
        actor=call.actor,
        depth=call.depth + 1,
    )
    mark = api.org.journal.mark()
    answer = api.dispatch(sub)
    if answer.status >= 400:
        api.org.journal.roll_back(mark)
    return answer


def _halt(requests: list[JsonObject], answers: dict[str, Answer], *, failed: str) -> None:
    message = "The transaction was rolled back since another operation in the same transaction failed."
    for request in requests:
        name = str(request["referenceId"])
        if name != failed:
            answers[name] = refusal(SalesforceError("PROCESSING_HALTED", message))
    ordered = {str(request["referenceId"]): answers[str(request["referenceId"])] for request in requests}
    answers.clear()
    answers.update(ordered)


def _filled(value: Any, answers: dict[str, Answer]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, answers) for name, each in cast("JsonObject", value).items()}
    if isinstance(value, list):
        return [_filled(each, answers) for each in cast("list[Any]", value)]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _referred(whole, answers)
    return _REFERENCE.sub(lambda found: str(_referred(found, answers)), value)


def _referred(found: re.Match[str], answers: dict[str, Answer]) -> Any:
    name, path = found.groups()
    answer = answers.get(name)
    at: Any = answer.body if answer is not None and answer.status < 400 else None
    for step in re.findall(r"\w+", path):
        if isinstance(at, list) and step.isdigit() and int(step) < len(cast("list[Any]", at)):
            at = cast("list[Any]", at)[int(step)]
        elif isinstance(at, dict) and step in at:
            at = cast("JsonObject", at)[step]
        else:
            message = f"Invalid reference specified. No value for {path} found in {name}"
            raise SalesforceError("PROCESSING_HALTED", message)
    return at


ROUTES = (Route("POST", "/composite", composite), Route("POST", "/composite/batch", batch))
