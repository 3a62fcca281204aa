import os

from django.core.wsgi import get_wsgi_application

from vitrines.platforms import platform_paths

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
application = get_wsgi_application()
# A web server runs no system checks: refuse to start with a platform file that is not valid.
platform_paths()
