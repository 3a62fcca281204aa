from django.urls import path

from status_mapping import views

app_name = "status_mapping"

_PAGE = "vitrines/<str:code>/configuracoes-adicionais/"

urlpatterns = [
    path(_PAGE, views.edit, name="edit"),
    path(f"{_PAGE}historico/", views.history, name="history"),
]
