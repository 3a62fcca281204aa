from django.urls import URLPattern

app_name = "status_mapping"

urlpatterns: list[URLPattern] = []
