"""Pipelines and stages: read, create, change, delete."""

from __future__ import annotations

from typing import Any, cast

from werkzeug.wrappers import Response

from sandbox.hubspot.errors import error, invalid_input, not_found
from sandbox.hubspot.http.calls import ApiCall, answer, no_content, required
from sandbox.hubspot.pipelines import MAX_STAGES, Pipeline, Stage

JsonObject = dict[str, Any]


def list_pipelines(call: ApiCall) -> Response:
    """Answer every pipeline of a type with its stages."""
    return answer({"results": [pipeline.as_json() for pipeline in _pipelines(call).values()]})


def read_pipeline(call: ApiCall) -> Response:
    """Answer one pipeline."""
    return answer(_find(call).as_json())


def create_pipeline(call: ApiCall) -> Response:
    """Create a pipeline with its stages."""
    body = call.json()
    required(body, "label", "stages", "displayOrder")
    book = call.portal.state.pipelines
    pipeline = Pipeline(
        pipeline_id=str(body.get("pipelineId") or book.new_id()),
        label=str(body["label"]),
        display_order=int(body["displayOrder"]),
        created_ms=call.now_ms,
        updated_ms=call.now_ms,
    )
    pipelines = _pipelines(call)
    if any(known.label == pipeline.label for known in pipelines.values()) or pipeline.pipeline_id in pipelines:
        raise error(409, f"A pipeline {pipeline.label} already exists", "CONFLICT")
    for raw in cast("list[JsonObject]", body["stages"]):
        _add_stage(call, pipeline, raw)
    pipelines[pipeline.pipeline_id] = pipeline
    return answer(pipeline.as_json(), 201)


def update_pipeline(call: ApiCall) -> Response:
    """Change a pipeline's label or place."""
    body, pipeline = call.json(), _find(call)
    pipeline.label = str(body.get("label", pipeline.label))
    pipeline.display_order = int(body.get("displayOrder", pipeline.display_order))
    pipeline.updated_ms = call.now_ms
    return answer(pipeline.as_json())


def delete_pipeline(call: ApiCall) -> Response:
    """Delete a pipeline; with ``validateReferencesBeforeDelete`` only an unused one."""
    pipeline, pipelines = _find(call), _pipelines(call)
    _check_references(call, list(pipeline.stages))
    if len(pipelines) == 1:
        raise invalid_input("The last pipeline cannot be deleted")
    del pipelines[pipeline.pipeline_id]
    return no_content()


def list_stages(call: ApiCall) -> Response:
    """Answer the stages of a pipeline."""
    return answer({"results": _find(call).as_json()["stages"]})


def read_stage(call: ApiCall) -> Response:
    """Answer one stage."""
    return answer(_find_stage(call).as_json())


def create_stage(call: ApiCall) -> Response:
    """Add a stage to a pipeline."""
    pipeline = _find(call)
    return answer(_add_stage(call, pipeline, call.json()).as_json(), 201)


def update_stage(call: ApiCall) -> Response:
    """Change a stage; its id stays."""
    body, stage = call.json(), _find_stage(call)
    if "metadata" in body:
        stage.metadata = {**stage.metadata, **_metadata(call, body)}
    stage.label = str(body.get("label", stage.label))
    stage.display_order = int(body.get("displayOrder", stage.display_order))
    stage.updated_ms = call.now_ms
    return answer(stage.as_json())


def delete_stage(call: ApiCall) -> Response:
    """Delete a stage; with ``validateReferencesBeforeDelete`` only an unused one."""
    pipeline, stage = _find(call), _find_stage(call)
    _check_references(call, [stage.stage_id])
    del pipeline.stages[stage.stage_id]
    return no_content()


def _pipelines(call: ApiCall) -> dict[str, Pipeline]:
    kind = call.table.kind
    found = call.portal.state.pipelines.by_type.get(kind.name)
    if found is None:
        raise invalid_input(f"Object type {kind.name} has no pipelines")
    return found


def _find(call: ApiCall) -> Pipeline:
    found = _pipelines(call).get(call.params["pipelineId"])
    if found is None:
        raise not_found(f"Pipeline {call.params['pipelineId']} does not exist")
    return found


def _find_stage(call: ApiCall) -> Stage:
    found = _find(call).stages.get(call.params["stageId"])
    if found is None:
        raise not_found(f"Stage {call.params['stageId']} does not exist")
    return found


def _add_stage(call: ApiCall, pipeline: Pipeline, raw: JsonObject) -> Stage:
    required(raw, "label", "displayOrder", "metadata")
    most = MAX_STAGES.get(call.table.kind.name, 100)
    if len(pipeline.stages) >= most:
        raise invalid_input(f"A pipeline has at most {most} stages")
    stage = Stage(
        stage_id=str(raw.get("stageId") or call.portal.state.pipelines.new_id()),
        label=str(raw["label"]),
        display_order=int(raw["displayOrder"]),
        metadata=_metadata(call, raw),
        created_ms=call.now_ms,
        updated_ms=call.now_ms,
    )
    if stage.stage_id in pipeline.stages or stage.label in {item.label for item in pipeline.stages.values()}:
        raise error(409, f"A stage {stage.label} already exists", "CONFLICT")
    pipeline.stages[stage.stage_id] = stage
    return stage


def _metadata(call: ApiCall, raw: JsonObject) -> dict[str, str]:
    given = cast("JsonObject", raw.get("metadata") or {})
    metadata = {str(name): str(value) for name, value in given.items()}
    if call.table.kind.name != "deals":
        return metadata
    probability = metadata.get("probability", "")
    try:
        number = float(probability)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise invalid_input('Deal stages need metadata.probability from "0.0" to "1.0"')
    metadata.setdefault("isClosed", "true" if number in {0.0, 1.0} else "false")
    return metadata


def _check_references(call: ApiCall, stage_ids: list[str]) -> None:
    if not call.flag("validateReferencesBeforeDelete"):
        return
    table = call.table
    name = table.kind.pipeline[1]
    users = [
        record.record_id
        for record in table.records.values()
        if record.archived_ms is None and record.properties.get(name) in stage_ids
    ]
    if users:
        stages, objects = f"[{', '.join(stage_ids)}]", f"[{', '.join(users)}]"
        raise invalid_input(
            f"Stage IDs: {stages} are being referenced by object IDs: {objects}",
            subCategory="PipelineError.STAGE_ID_IN_USE",
            context={"stageIds": [stages], "objectIds": [objects]},
        )
