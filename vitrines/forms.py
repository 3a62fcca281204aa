"""The ERP's screen of a vitrine as a form."""

from typing import Any

from django import forms

from vitrines.models import Vitrine
from vitrines.operations import EDITABLE, version_of
from vitrines.platforms import all_platforms

PREFIX_CHANGE = (
    " Se o prefixo mudar, os pedidos já recebidos continuam aqui, com o prefixo novo; um número "
    "que ainda chegue com o anterior não é mais reconhecido."
)


def platform_choices(current: str = "") -> list[tuple[str, str]]:
    """Every platform by label; a vitrine whose platform file is gone keeps showing its name."""
    choices = sorted(
        ((name, platform.label) for name, platform in all_platforms().items()),
        key=lambda choice: choice[1].casefold(),
    )
    if current and current not in dict(choices):
        choices.append((current, f"{current} (arquivo da plataforma ausente)"))
    return choices


class VitrineForm(forms.ModelForm):
    """Código is fixed once registered. Changing Exportador asks to be confirmed."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)
    confirm_platform = forms.BooleanField(
        label="Confirmo a troca do exportador",
        required=False,
        help_text="Parâmetros de envio e DE-PARA foram preenchidos para o exportador anterior e "
        "precisam ser revistos; o que já está na fila foi decidido com eles.",
    )

    class Meta:
        model = Vitrine
        fields = [
            "code",
            "description",
            "platform",
            "published",
            "log_policy",
            "order_prefix",
        ]
        widgets = {"log_policy": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.platform_before = self.instance.platform
        self.fields["platform"] = forms.ChoiceField(
            label="Exportador",
            choices=[("", "Escolha…"), *platform_choices(self.platform_before)],
            help_text="A plataforma da loja, que recebe os status.",
        )
        self.fields["code"].label = "Código"
        self.fields["description"].label = "Descrição"
        self.fields["description"].help_text = "O nome da loja, como as pessoas a conhecem."
        self.fields["published"].label = "Publicar no servidor atual"
        self.fields["log_policy"].label = "Configuração dos logs"
        self.fields["order_prefix"].label = "Prefixo do código do pedido"
        self.fields["code"].widget.attrs.update(autocapitalize="characters", autocomplete="off")
        if self.instance.pk:
            self.fields["code"].disabled = True
            self.fields["code"].help_text = "Fixo: identifica a vitrine no ERP e na API."
            self.fields["order_prefix"].help_text += PREFIX_CHANGE
            self.initial["version"] = version_of(self.instance)
        else:
            self.fields["code"].help_text = "Ex.: LOJA-SP. Não muda depois do cadastro."

    def upper_first(self, name: str) -> None:
        """Lower case typed into an upper-case field is not an error."""
        if self.is_bound and not self.fields[name].disabled and self.data.get(name):
            self.put(name, self.data[name].strip().upper())

    def full_clean(self) -> None:
        self.upper_first("code")
        self.upper_first("order_prefix")
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        platform = cleaned.get("platform")
        if self.platform_changes(platform) and not cleaned.get("confirm_platform"):
            labels = dict(platform_choices(self.platform_before))
            self.add_error(
                "platform",
                f"Isto troca o exportador de {labels[self.platform_before]} para "
                f"{labels[str(platform)]}. Confirme abaixo e salve de novo.",
            )
        return cleaned

    def platform_changes(self, platform: str | None) -> bool:
        return bool(self.instance.pk and platform and platform != self.platform_before)

    @property
    def asks_confirmation(self) -> bool:
        """Whether the page shows the box that confirms another platform."""
        return self.is_bound and self.platform_changes(self.data.get("platform"))

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in EDITABLE}

    def tell_stale(self, current: Vitrine) -> None:
        """Say what another person saved meanwhile; keep what was typed, ready to save again."""
        told = [
            f"{self.fields[name].label}: {_shown(current, name)}"
            for name in EDITABLE
            if getattr(current, name) != self.cleaned_data.get(name)
        ]
        self.add_error(
            None,
            "Outra pessoa alterou esta vitrine enquanto você editava. Nada foi salvo e o que você "
            "digitou continua aqui. Salve de novo para manter os seus valores."
            + (f" Agora está gravado — {'; '.join(told)}." if told else ""),
        )
        self.put("version", version_of(current))

    def put(self, name: str, value: str) -> None:
        """Change one posted value."""
        self.data = dict(self.data.items()) | {name: value}


def _shown(vitrine: Vitrine, name: str) -> str:
    value = getattr(vitrine, name)
    if isinstance(value, bool):
        return "sim" if value else "não"
    if name == "platform":
        return dict(platform_choices(value))[value]
    if name == "log_policy":
        return vitrine.get_log_policy_display()
    return value or "(vazio)"
