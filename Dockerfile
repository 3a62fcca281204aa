# One image for web, worker, beat and migrate (compose.yaml). Settings come from the environment.
FROM python:3.11-slim

WORKDIR /app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=backoffice.settings DOTENV_PATH=

COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY manage.py ./
COPY backoffice backoffice
COPY integrations integrations
COPY status_mapping status_mapping
COPY templates templates
COPY vitrines vitrines
# The two secrets are not used in it, and must be there to read the settings.
RUN SECRET_KEY=unused FIELD_ENCRYPTION_KEYS=unused python manage.py collectstatic --noinput \
    && useradd --system --no-create-home backoffice
USER backoffice

CMD ["gunicorn", "backoffice.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4"]
