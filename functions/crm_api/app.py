from crmbridge.runtime.api import Api
from crmbridge.runtime.routes import crm_api

app = Api(crm_api.ROUTES)

handler = app.resolve
