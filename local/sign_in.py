"""Tokens for the local API, from the local Cognito: a real sign-in, through the real pre-token trigger."""

from __future__ import annotations

from local.cloud import Cloud
from local.errors import LocalError

WORKSPACE = "demo"
EMAIL = "olga@demo.example"
PASSWORD = "Local-Only-7-Lanterns"


def sign_in(cloud: Cloud, *, user_pool_id: str, client_id: str) -> str:
    """Create the local person when missing, sign in, and return an access token.

    The token carries ``workspace`` and ``role`` because the function ``add_claims`` put them there.

    Raises:
        LocalError: Cognito wants something else than a password, or refused it.
    """
    _put_person(cloud, user_pool_id=user_pool_id)
    answer = cloud.users.admin_initiate_auth(
        UserPoolId=user_pool_id,
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
    )
    token = answer.get("AuthenticationResult", {}).get("AccessToken", "")
    if not token:
        raise LocalError(f"sign-in was not completed: {answer.get('ChallengeName', 'no token')}")
    return token


def _put_person(cloud: Cloud, *, user_pool_id: str) -> None:
    try:
        cloud.users.admin_get_user(UserPoolId=user_pool_id, Username=EMAIL)
    except cloud.users.exceptions.UserNotFoundException:
        cloud.users.admin_create_user(
            UserPoolId=user_pool_id,
            Username=EMAIL,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": EMAIL},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "custom:workspace", "Value": WORKSPACE},
                {"Name": "custom:role", "Value": "admin"},
            ],
        )
        cloud.users.admin_set_user_password(UserPoolId=user_pool_id, Username=EMAIL, Password=PASSWORD, Permanent=True)
