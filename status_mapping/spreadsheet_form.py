"""What a person brings to the page *Planilha*."""

from typing import Any

from django import forms

from status_mapping.spreadsheets.files import (
    MAX_BYTES,
    NotASpreadsheet,
    OpenedFile,
    open_file,
    open_pasted,
)
from status_mapping.validation import shown_word


class SpreadsheetForm(forms.Form):
    arquivo = forms.FileField(
        label="Arquivo",
        required=False,
        allow_empty_file=True,
        help_text="XLSX ou CSV, até 1 MB. Comece pelo arquivo baixado aqui ao lado.",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv"}),
    )
    colado = forms.CharField(
        label="Ou cole as células",
        required=False,
        strip=False,
        help_text="Copie na planilha, com a linha dos títulos. Uma tabela de cada vez.",
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "code"}),
    )
    remover = forms.BooleanField(
        label="Marcar para remover os tipos que não estão na planilha",
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """``opened`` is what was brought, taken apart."""
        data = super().clean() or self.cleaned_data
        file, pasted = data.get("arquivo"), data.get("colado", "")
        if self.errors:
            return data  # of what is not there only because it is wrong, nothing is asked
        if file and pasted.strip():
            self.add_error(None, "Escolha um arquivo ou cole as células, não os dois.")
        elif not file and not pasted.strip():
            self.add_error(None, "Escolha um arquivo ou cole as células da planilha.")
        else:
            field = "arquivo" if file else "colado"
            try:
                data["opened"] = self._opened(file, pasted)
            except NotASpreadsheet as refusal:
                self.add_error(field, str(refusal))
        return data

    @staticmethod
    def _opened(file: Any, pasted: str) -> OpenedFile:
        # One byte more than may be, so that a file of any size is refused by its first megabyte.
        return open_file(file.read(MAX_BYTES + 1)) if file else open_pasted(pasted)

    @property
    def reason(self) -> str:
        """Of the revision that may come of it."""
        file = self.cleaned_data.get("arquivo")
        return f"importado de “{shown_word(file.name)}”" if file else "colado de uma planilha"
