from typing import Any

from crmbridge.runtime import api

app = api.Api()


@app.post("/auth/<crm>/login")
def login(crm: str) -> dict[str, Any]:
    """Begin an OAuth login."""
    return api.login(app, crm)


@app.post("/auth/<crm>/complete")
def complete(crm: str) -> dict[str, Any]:
    """Activate an integration with the one-time code."""
    return api.complete(app, crm)


@app.get("/auth/<crm>/status")
def status(crm: str) -> dict[str, Any]:
    """Tell how a CRM is connected."""
    return api.connection_status(app, crm)


@app.post("/auth/<crm>/refresh")
def refresh(crm: str) -> dict[str, Any]:
    """Refresh the access token now."""
    return api.refresh(app, crm)


@app.post("/auth/<crm>/logout")
def logout(crm: str) -> dict[str, Any]:
    """Revoke the grant and forget it."""
    return api.logout(app, crm)


handler = app.resolve
