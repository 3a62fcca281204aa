import os

from django.core.wsgi import get_wsgi_application

from vitrines.platforms import all_platforms

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
application = get_wsgi_application()
# A web server runs no system checks: refuse to start with a platform file that is not valid.
all_platforms()
