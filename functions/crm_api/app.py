from integrations import router as integrations
from records import router as records

from crmbridge.runtime import api

app = api.Api()
app.include_router(integrations(app))
app.include_router(records(app))

handler = app.resolve
