from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from backoffice.health import healthz, readyz

urlpatterns = [
    path("entrar/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sair/", LogoutView.as_view(), name="logout"),
    path("", include("integrations.urls")),
    path("", include("status_mapping.urls")),
    path("", include("vitrines.urls")),
    path("api/v1/", include("integrations.api.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
]
