from integrations import router as integrations
from readings import router as readings
from records import router as records

from crmbridge.runtime import api

app = api.Api()
app.include_router(integrations(app))
app.include_router(readings(app))
app.include_router(records(app))

handler = app.resolve
