"""Give the emulated HTTP API the routes that the template's OpenAPI body asks for.

The emulator makes the API and its stage and ignores the body; on AWS nothing of this is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from local.cloud import ACCOUNT, REGION, STACK, Cloud
from local.errors import LocalError

_PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::Region": REGION, "AWS::StackName": STACK}
_PLACE = re.compile(r"\$\{([^}]+)\}")
_INVOKED = re.compile(r"functions/(arn:aws:lambda:[^/]+)/invocations")
_OPEN = "NONE"


@dataclass(frozen=True)
class Route:
    """One route of the template.

    Attributes:
        key: method and path, as ``GET /health/crm``.
        function_arn: what answers.
        authorizer: name of the authorizer, ``None`` for an open route.
    """

    key: str
    function_arn: str
    authorizer: str | None


@dataclass(frozen=True)
class Authorizer:
    """One JWT authorizer of the template."""

    name: str
    issuer: str
    audience: tuple[str, ...]
    identity_source: str


def open_routes(cloud: Cloud) -> str:
    """Create, change and remove routes until the API is what the deployed template says.

    Returns:
        The API's id.

    Raises:
        LocalError: the stack has no API, or its body says something this cannot read.
    """
    physical = physical_ids(cloud)
    if "Api" not in physical:
        raise LocalError("the deployed template has no HTTP API called Api")
    api_id = physical["Api"]
    body = _api_body(cloud)
    authorizers = {item.name: _put_authorizer(cloud, api_id, item) for item in read_authorizers(body, physical)}
    routes = read_routes(body, physical)
    integrations = {arn: _put_integration(cloud, api_id, arn) for arn in {route.function_arn for route in routes}}
    _put_routes(cloud, api_id, routes, integrations=integrations, authorizers=authorizers)
    return api_id


def physical_ids(cloud: Cloud) -> dict[str, str]:
    """Return what each resource of the stack is called in the account, by logical id."""
    pages = cloud.stacks.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        item["LogicalResourceId"]: item.get("PhysicalResourceId", "")
        for page in pages
        for item in page["StackResourceSummaries"]
    }


def read_routes(body: Mapping[str, Any], physical: Mapping[str, str]) -> list[Route]:
    """Read the routes of an OpenAPI body as SAM writes it.

    Raises:
        LocalError: an integration is not a Lambda function of the stack.
    """
    routes: list[Route] = []
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            uri = resolve(operation["x-amazon-apigateway-integration"]["uri"], physical)
            invoked = _INVOKED.search(uri)
            if invoked is None:
                raise LocalError(f"{method} {path} is answered by {uri}, which is not a function")
            names = [name for item in operation.get("security", []) for name in item]
            authorizer = next((name for name in names if name != _OPEN), None)
            routes.append(Route(f"{method.upper()} {path}", invoked.group(1), authorizer))
    return routes


def read_authorizers(body: Mapping[str, Any], physical: Mapping[str, str]) -> list[Authorizer]:
    """Read the JWT authorizers of an OpenAPI body as SAM writes it."""
    schemes = cast("dict[str, Any]", body.get("components", {}).get("securitySchemes", {}))
    found: list[Authorizer] = []
    for name, scheme in schemes.items():
        jwt = scheme["x-amazon-apigateway-authorizer"]
        configuration = jwt["jwtConfiguration"]
        found.append(
            Authorizer(
                name=name,
                issuer=resolve(configuration["issuer"], physical),
                audience=tuple(resolve(item, physical) for item in configuration["audience"]),
                identity_source=jwt["identitySource"],
            )
        )
    return found


def resolve(value: object, physical: Mapping[str, str]) -> str:
    """Turn a string, ``Ref`` or ``Fn::Sub`` of a template into text.

    Args:
        value: as parsed from the template.
        physical: names of the stack's resources; ``X.Arn`` is understood for functions only.

    Raises:
        LocalError: it names something that does not exist, or is another intrinsic function.

    Example:
        >>> resolve({"Fn::Sub": "arn:${AWS::Partition}:x:${Api}"}, {"Api": "a1"})
        'arn:aws:x:a1'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value)
        if isinstance(name := items.get("Ref"), str):
            return _named(name, physical)
        if isinstance(text := items.get("Fn::Sub"), str):
            return _PLACE.sub(lambda place: _named(place.group(1), physical), text)
    raise LocalError(f"cannot resolve {value!r}")


def _named(name: str, physical: Mapping[str, str]) -> str:
    if name in _PSEUDO:
        return _PSEUDO[name]
    logical, _, attribute = name.partition(".")
    if logical not in physical or attribute not in ("", "Arn"):
        raise LocalError(f"the stack has no {name}")
    if attribute:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical[logical]}"
    return physical[logical]


def _api_body(cloud: Cloud) -> Mapping[str, Any]:
    template = cast("Any", cloud.stacks.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"])
    parsed = json.loads(template) if isinstance(template, str) else template
    return cast("Mapping[str, Any]", parsed["Resources"]["Api"]["Properties"]["Body"])


def _put_authorizer(cloud: Cloud, api_id: str, wanted: Authorizer) -> str:
    apis: Any = cloud.apis
    jwt = {"Issuer": wanted.issuer, "Audience": list(wanted.audience)}
    for item in apis.get_authorizers(ApiId=api_id)["Items"]:
        if item["Name"] == wanted.name:
            apis.update_authorizer(ApiId=api_id, AuthorizerId=item["AuthorizerId"], JwtConfiguration=jwt)
            return str(item["AuthorizerId"])
    made = apis.create_authorizer(
        ApiId=api_id,
        Name=wanted.name,
        AuthorizerType="JWT",
        IdentitySource=[wanted.identity_source],
        JwtConfiguration=jwt,
    )
    return str(made["AuthorizerId"])


def _put_integration(cloud: Cloud, api_id: str, function_arn: str) -> str:
    for item in cloud.apis.get_integrations(ApiId=api_id)["Items"]:
        if item.get("IntegrationUri") == function_arn:
            return item.get("IntegrationId", "")
    made = cloud.apis.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion="2.0"
    )
    return made["IntegrationId"]


def _put_routes(
    cloud: Cloud,
    api_id: str,
    routes: list[Route],
    *,
    integrations: Mapping[str, str],
    authorizers: Mapping[str, str],
) -> None:
    apis: Any = cloud.apis
    existing = {item["RouteKey"]: item["RouteId"] for item in apis.get_routes(ApiId=api_id)["Items"]}
    for route in routes:
        wanted: dict[str, str] = {
            "ApiId": api_id,
            "RouteKey": route.key,
            "Target": f"integrations/{integrations[route.function_arn]}",
            "AuthorizationType": "JWT" if route.authorizer else "NONE",
        }
        if route.authorizer:
            wanted["AuthorizerId"] = authorizers[route.authorizer]
        if route.key in existing:
            apis.update_route(RouteId=existing.pop(route.key), **wanted)
        else:
            apis.create_route(**wanted)
    for route_id in existing.values():
        apis.delete_route(ApiId=api_id, RouteId=route_id)
