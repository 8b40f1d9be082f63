from crmbridge.runtime.api import Api
from crmbridge.runtime.routes import connecting

app = Api(connecting.ROUTES)

handler = app.resolve
