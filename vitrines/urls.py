from django.urls import URLPattern

app_name = "vitrines"

urlpatterns: list[URLPattern] = []
