from django.urls import path

from vitrines import views

app_name = "vitrines"

urlpatterns = [
    path("vitrines/", views.vitrine_list, name="list"),
    path("vitrines/nova/", views.vitrine_create, name="create"),
    path("vitrines/<str:code>/", views.vitrine_detail, name="detail"),
    path("vitrines/<str:code>/editar/", views.vitrine_edit, name="edit"),
]
