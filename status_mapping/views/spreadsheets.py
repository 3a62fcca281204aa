"""*Planilha*: the three tables to take away, and to bring back for a look before they are saved."""

from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from status_mapping.cells import TABLE_LABELS, cells_of
from status_mapping.changes import RowChange, changes_between
from status_mapping.mapping_form import MappingForm
from status_mapping.pending import pending_types
from status_mapping.queries import stored_mapping, tables_of
from status_mapping.spreadsheet_form import SpreadsheetForm
from status_mapping.spreadsheets.columns import SLUGS, TABLES, expected_columns
from status_mapping.spreadsheets.laying import Laid, lay
from status_mapping.spreadsheets.reading import Reading, read_sheets
from status_mapping.spreadsheets.writing import as_csv, as_xlsx
from vitrines.models import Vitrine
from vitrines.platforms import Platform, UnknownPlatform, get_platform

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Problems that a report shows one by one.
SHOWN = 100


@dataclass(frozen=True)
class DryRun:
    """What a spreadsheet would change; ``form`` carries it to the screen if nothing is wrong."""

    reading: Reading
    laid: Laid
    changes: list[RowChange]
    form: MappingForm
    note: str = ""
    several_sheets: bool = False

    @property
    def problems(self) -> list[str]:
        told = [
            f"{found.sheet}, {found}" if self.several_sheets and found.sheet else str(found)
            for found in self.laid.problems
        ]
        return told[:SHOWN]

    @property
    def more_problems(self) -> int:
        return max(0, len(self.laid.problems) - SHOWN)

    @property
    def read(self) -> list[tuple[str, int]]:
        return [(TABLE_LABELS[found.table], len(found.rows)) for found in self.reading.tables]


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("status_mapping.view_statusmapping", raise_exception=True)
def spreadsheet(request: HttpRequest, code: str) -> HttpResponse:
    """POST shows what the spreadsheet would change; nothing is stored here, whatever it holds."""
    vitrine = get_object_or_404(Vitrine, code=code)
    try:
        platform = get_platform(vitrine.platform)
    except UnknownPlatform:
        return redirect("status_mapping:edit", code)
    if request.method != "POST":
        return _show(request, vitrine, platform, SpreadsheetForm())
    if not request.user.has_perm("status_mapping.change_statusmapping"):
        raise PermissionDenied
    form = SpreadsheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, vitrine, platform, form, status=422)
    found = _dry_run(vitrine, platform, form)
    return _show(request, vitrine, platform, form, found, status=422 if found.problems else 200)


def _dry_run(vitrine: Vitrine, platform: Platform, form: SpreadsheetForm) -> DryRun:
    opened = form.cleaned_data["opened"]
    stored = stored_mapping(vitrine)
    reading = read_sheets(opened.sheets, platform)
    laid = lay(stored.tables, reading, platform, remove_absent=form.cleaned_data["remover"])
    carried = MappingForm.of_merge(
        platform=platform,
        current=cells_of(stored.tables),
        revision=stored.number,
        reason=form.reason,
        statuses=laid.statuses,
        types=laid.types,
        pending=pending_types(vitrine, stored.tables),
    )
    changes = [] if laid.problems else changes_between(stored.tables, laid.tables)
    return DryRun(reading, laid, changes, carried, opened.note, len(opened.sheets) > 1)


def _show(
    request: HttpRequest,
    vitrine: Vitrine,
    platform: Platform,
    form: SpreadsheetForm,
    found: DryRun | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "vitrine": vitrine,
        "form": form,
        "found": found,
        "tables": [
            (TABLE_LABELS[table], SLUGS[table], expected_columns(table, platform).values())
            for table in TABLES
        ],
    }
    return render(request, "status_mapping/spreadsheet.html", context, status=status)


@require_safe
@permission_required("status_mapping.view_statusmapping", raise_exception=True)
def workbook(request: HttpRequest, code: str) -> HttpResponse:
    vitrine, platform = _exported(code)
    content = as_xlsx(tables_of(vitrine), platform)
    return _download(content, XLSX, f"de-para-{vitrine.code}.xlsx")


@require_safe
@permission_required("status_mapping.view_statusmapping", raise_exception=True)
def csv_file(request: HttpRequest, code: str, table: str) -> HttpResponse:
    vitrine, platform = _exported(code)
    name = next((name for name, slug in SLUGS.items() if slug == table), None)
    if name is None:
        raise Http404
    content = as_csv(tables_of(vitrine), name, platform)
    return _download(content, "text/csv; charset=utf-8", f"{table}-{vitrine.code}.csv")


def _exported(code: str) -> tuple[Vitrine, Platform]:
    vitrine = get_object_or_404(Vitrine, code=code)
    try:
        return vitrine, get_platform(vitrine.platform)
    except UnknownPlatform as error:
        raise Http404 from error


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
