"""Routes are read out of the OpenAPI body exactly as SAM writes it."""

from __future__ import annotations

import pytest

from local.errors import LocalError
from local.gateway import read_authorizers, read_routes, resolve

PHYSICAL = {"Api": "a1", "CrmApiFunction": "stack-crm-api", "PeopleClient": "client1", "UserPool": "us-east-1_P"}
ARN = "arn:aws:lambda:us-east-1:000000000000:function:stack-crm-api"
URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${CrmApiFunction.Arn}/invocations"
)


def operation(*, security, uri=URI):
    return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": {"Fn::Sub": uri}}, "security": security}


def body(**paths):
    return {"paths": paths}


def test_a_guarded_route_names_its_authorizer():
    (route,) = read_routes({"paths": {"/x/{id}": {"get": operation(security=[{"Token": []}])}}}, PHYSICAL)
    assert (route.key, route.function_arn, route.authorizer) == ("GET /x/{id}", ARN, "Token")


def test_an_open_route_has_no_authorizer():
    (route,) = read_routes({"paths": {"/health": {"get": operation(security=[{"NONE": []}])}}}, PHYSICAL)
    assert route.authorizer is None


def test_every_method_of_a_path_is_a_route():
    methods = {"get": operation(security=[]), "patch": operation(security=[]), "delete": operation(security=[])}
    routes = read_routes({"paths": {"/x": methods}}, PHYSICAL)
    assert [route.key for route in routes] == ["GET /x", "PATCH /x", "DELETE /x"]


def test_a_route_to_something_else_than_a_function_is_refused():
    with pytest.raises(LocalError, match="not a function"):
        read_routes({"paths": {"/x": {"get": operation(security=[], uri="https://example.com")}}}, PHYSICAL)


def test_the_authorizers_issuer_and_audience_are_resolved():
    scheme = {
        "x-amazon-apigateway-authorizer": {
            "jwtConfiguration": {
                "audience": [{"Ref": "PeopleClient"}],
                "issuer": {"Fn::Sub": "https://cognito-idp.${AWS::Region}.amazonaws.com/${UserPool}"},
            },
            "identitySource": "$request.header.Authorization",
        }
    }
    (found,) = read_authorizers({"components": {"securitySchemes": {"Token": scheme}}}, PHYSICAL)
    assert found.audience == ("client1",)
    assert found.issuer == "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_P"


@pytest.mark.parametrize(
    "value", [{"Ref": "Nobody"}, {"Fn::Sub": "${CrmApiFunction.Name}"}, {"Fn::Join": ["", []]}, 7, None]
)
def test_what_cannot_be_resolved_is_said_and_not_guessed(value):
    with pytest.raises(LocalError):
        resolve(value, PHYSICAL)
