from django.urls import path

from status_mapping.views import comparing, history, mapping, spreadsheets

app_name = "status_mapping"

_PAGE = "vitrines/<str:code>/configuracoes-adicionais/"

urlpatterns = [
    path(_PAGE, mapping.edit, name="edit"),
    path(f"{_PAGE}continuar/", mapping.resume, name="resume"),
    path(f"{_PAGE}comparar/", comparing.compare, name="compare"),
    path(f"{_PAGE}historico/", history.history, name="history"),
    path(f"{_PAGE}historico/comparar/", history.compare, name="compare_revisions"),
    path(f"{_PAGE}historico/<int:number>/", history.revision, name="revision"),
    path(f"{_PAGE}planilha/", spreadsheets.spreadsheet, name="spreadsheet"),
    path(f"{_PAGE}planilha/de-para.xlsx", spreadsheets.workbook, name="workbook"),
    path(f"{_PAGE}planilha/<slug:table>.csv", spreadsheets.csv_file, name="csv"),
]
