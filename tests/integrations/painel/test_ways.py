"""One way out of each cause: a button for whoever may press it, else a link to look."""

import pytest

from integrations.needs_a_person.causes import Cause
from integrations.needs_a_person.ways import Way, list_of, way_out
from tests.factories import NOW

LISTED = "/atualizacoes/?vitrine=L&state="
REPLAY = "/atualizacoes/reprocessar/?about=filter&mode=renderizar&vitrine=L&state=failed"
MAPPING = "/vitrines/L/configuracoes-adicionais/#status-de-pedidos"
CONNECTION = "/vitrines/L/envio/"
VITRINE = "/vitrines/L/"


def anything(permission):
    return True


def to_look(permission):
    return ".view_" in permission


def nothing(permission):
    return False


BUTTONS = {
    Cause.CREDENTIAL: ("Corrigir credencial", CONNECTION),
    Cause.GONE: ("Corrigir endereço", CONNECTION),
    Cause.LANE_CONFIG: ("Corrigir parâmetros", CONNECTION),
    Cause.PAUSED: ("Retomar", VITRINE),
    Cause.SILENT: ("Ver a vitrine", VITRINE),
    Cause.REJECTED: ("Ver recusadas", LISTED + "failed&reason=rejected"),
    Cause.EXHAUSTED: ("Reprocessar", REPLAY + "&reason=exhausted"),
    Cause.CONFIG: ("Corrigir parâmetros", CONNECTION),
    Cause.CHANNEL: ("Escolher outro envio", MAPPING),
    Cause.DESTINATION: ("Corrigir parâmetros", CONNECTION),
    Cause.UNMAPPED: ("Mapear status", MAPPING),
    Cause.ORDERS_HELD: ("Mapear status", MAPPING),
    Cause.WAITING_XML: ("Ver pedidos aguardando XML", LISTED + "held&reason=waiting_invoice_xml"),
    Cause.WAITING_TRACKING: (
        "Ver pedidos aguardando rastreio",
        LISTED + "held&reason=waiting_tracking",
    ),
    Cause.UNPUBLISHED: ("Publicar", "/vitrines/L/editar/"),
    Cause.ORPHANS: ("Ver órfãos", "/orfaos/?vitrine=L"),
    Cause.UNWELL: ("Ver a vitrine", VITRINE),
    Cause.NOT_INCLUDED: (
        "Ver pedidos não incluídos",
        "/pedidos/?vitrine=L&inclusion=not_included&since=2026-11-17",
    ),
}
LOOKS = {
    Cause.CREDENTIAL: ("Ver os parâmetros", CONNECTION),
    Cause.GONE: ("Ver os parâmetros", CONNECTION),
    Cause.LANE_CONFIG: ("Ver os parâmetros", CONNECTION),
    Cause.PAUSED: ("Ver a vitrine", VITRINE),
    Cause.EXHAUSTED: ("Ver esgotadas", LISTED + "failed&reason=exhausted"),
    Cause.CONFIG: ("Ver os parâmetros", CONNECTION),
    Cause.CHANNEL: ("Ver o DE-PARA", MAPPING),
    Cause.DESTINATION: ("Ver os parâmetros", CONNECTION),
    Cause.UNMAPPED: ("Ver o DE-PARA", MAPPING),
    Cause.ORDERS_HELD: ("Ver o DE-PARA", MAPPING),
    Cause.UNPUBLISHED: ("Ver a vitrine", VITRINE),
}


#: On pages that not everybody may see.
HIDDEN = {cause for cause, (_, url) in LOOKS.items() if url in (CONNECTION, MAPPING)}


@pytest.mark.parametrize("cause", Cause)
def test_whoever_may_end_a_cause_gets_a_button_there(cause):
    assert way_out(cause, "L", may=anything, now=NOW) == Way(*BUTTONS[cause], button=True)


@pytest.mark.parametrize("cause", Cause)
def test_whoever_may_not_gets_a_link_to_look(cause):
    label, url = LOOKS.get(cause, BUTTONS[cause])
    assert way_out(cause, "L", may=to_look, now=NOW) == Way(label, url, button=cause not in LOOKS)


@pytest.mark.parametrize("cause", sorted(HIDDEN))
def test_whoever_may_not_even_look_there_is_led_to_the_vitrine(cause):
    assert way_out(cause, "L", may=nothing, now=NOW) == Way("Ver a vitrine", VITRINE, button=False)


@pytest.mark.parametrize(
    ("cause", "url"),
    [
        (Cause.REJECTED, LISTED + "failed&reason=rejected"),
        (Cause.UNMAPPED, LISTED + "held&reason=unmapped"),
        (Cause.CONFIG, LISTED + "failed&reason=config"),
        (Cause.CHANNEL, LISTED + "failed&reason=not_offered"),
        (Cause.PAUSED, LISTED + "pending"),
        (Cause.ORDERS_HELD, "/pedidos/?vitrine=L&inclusion=held"),
        (Cause.ORPHANS, "/orfaos/?vitrine=L"),
        (Cause.SILENT, ""),
    ],
)
def test_number_leads_to_what_it_counts(cause, url):
    assert list_of(cause, "L", now=NOW) == url
