"""A spreadsheet's columns and rows, and every fault in them by line and column."""

from dataclasses import replace

import pytest

from status_mapping.spreadsheets.files import open_pasted
from status_mapping.spreadsheets.laying import lay
from status_mapping.spreadsheets.reading import read_sheets
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.status_mapping.platforms import make_platform
from vitrines.statuses import OrderStatus

NOTHING = MappingTables()
PAID = OrderStatus.PAGAMENTO_CONFIRMADO
SENT = OrderStatus.DESPACHADO
PLATFORM = make_platform(channels={"url": [s.name for s in OrderStatus], "xml": [SENT.name]})
STATUSES = (
    "Status da vitrine\tStatus da plataforma\tTambém recebe\tEnvio\tAtivo\tProcessa Inclusão\t"
    "Não enviar este status"
)
PAYMENT = "Palavra da plataforma\tCódigo no ERP\tDescrição\tAtivo"
DELIVERY = (
    "Palavra da plataforma\tCódigo no ERP\tDescrição\tTransportadora\tRetirada na loja\tAtivo"
)
OF_PAYMENT = (
    "As colunas de Tipos de Pagamentos são: Palavra da plataforma, Código no ERP, Descrição, Ativo."
)
EIGHT = (
    "Aguardando pagamento, Pagamento Confirmado, Em preparação, Despachado, Embarcado, Entregue, "
    "Cancelado, Problemas"
)


def laid(*lines, current=NOTHING, platform=PLATFORM, **how):
    sheets = open_pasted("\n".join(lines)).sheets
    return lay(current, read_sheets(sheets, platform), platform, **how)


def problems(*lines, **kwargs):
    return [str(problem) for problem in laid(*lines, **kwargs).problems]


def test_a_row_replaces_the_one_that_it_names_and_the_others_stay():
    current = MappingTables((StatusRow(PAID, "PAID"), StatusRow(SENT, "INVOICED")))

    found = laid(STATUSES, "despachado\tFATURADO\tfaturado, nota\txml\tx\tnao\t", current=current)

    assert found.problems == []
    assert found.tables.statuses == (
        StatusRow(PAID, "PAID"),
        StatusRow(SENT, "FATURADO", channel="xml", also_receives=("faturado", "nota")),
    )


def test_a_row_left_empty_in_the_spreadsheet_is_emptied():
    current = MappingTables((StatusRow(PAID, "PAID"),))

    found = laid(STATUSES, "Pagamento Confirmado\t\t\t\t\t\t", current=current)

    assert found.tables.statuses == ()


def test_columns_come_in_any_order_and_lines_may_be_blank():
    found = laid("", "ATIVO\tcodigo no erp\tDescricao\tPalavra da Plataforma", "", "sim\t17\t\tpix")

    assert (found.problems, found.tables.payment_types) == ([], (PaymentType("pix", "17"),))


@pytest.mark.parametrize("word", ["1", "Pagamento Confirmado", "PAGAMENTO  CONFIRMADO"])
def test_a_status_is_known_by_its_label_or_its_code(word):
    found = laid(STATUSES, f"{word}\tPAID\t\tpadrão\tsim\t\t")

    assert found.tables.statuses == (StatusRow(PAID, "PAID"),)


def test_the_table_is_known_by_its_columns():
    found = laid(DELIVERY, "sedex\t2\tSedex\tCorreios\tnão\tsim")

    assert found.tables.delivery_types == (DeliveryType("sedex", "2", "Sedex", carrier="Correios"),)


def test_types_that_the_spreadsheet_does_not_have_stay_or_are_removed():
    current = MappingTables(payment_types=(PaymentType("Pix", "1"), PaymentType("boleto", "5")))
    lines = (PAYMENT, "pix\t17\t\tsim")

    assert [row.word for row in laid(*lines, current=current).tables.payment_types] == [
        "pix",
        "boleto",
    ]
    removing = laid(*lines, current=current, remove_absent=True)
    assert removing.tables.payment_types == (PaymentType("pix", "17"),)
    assert [row.removed for row in removing.types["payment_types"]] == [False, True]


def test_a_tick_that_is_none_says_where_and_what_to_write():
    assert problems(PAYMENT, "pix\t17\t\tsim", "", "boleto\t5\t\ttalvez") == [
        "linha 4, coluna “Ativo”: use sim ou não"
    ]


def test_every_fault_is_told_not_only_the_first():
    assert problems(
        STATUSES,
        "Faturado\tX\t\t\tsim\t\t",
        "Despachado\tY\t\tcorreio\tsim\ttalvez\t",
        "\tZ\t\t\tsim\t\t",
    ) == [
        f"linha 2, coluna “Status da vitrine”: “Faturado” não é um dos oito status ({EIGHT})",
        "linha 3, coluna “Envio”: use padrão, XML, Rastreio ou URL",
        "linha 3, coluna “Processa Inclusão”: use sim ou não",
        f"linha 4, coluna “Status da vitrine”: informe um dos oito status ({EIGHT})",
    ]


def test_columns_that_are_wrong_are_named_with_the_expected_ones():
    assert problems("Palavra da plataforma\tCodigo\tDescrição\tAtivo", "pix\t17\t\tsim") == [
        f"linha 1, coluna “Codigo”: não é desta tabela. {OF_PAYMENT}",
    ]


def test_the_column_that_says_which_row_it_is_must_be_there_beside_another_one():
    assert problems("Código no ERP\tDescrição\tAtivo", "17\t\tsim") == [
        f"linha 1, coluna “Palavra da plataforma”: falta esta coluna. {OF_PAYMENT}"
    ]
    assert problems("Palavra da plataforma", "pix") == [
        f"linha 1: traga ao menos mais uma coluna. {OF_PAYMENT}"
    ]


def test_columns_that_the_spreadsheet_lacks_keep_what_is_stored_and_are_told():
    stored = StatusRow(
        SENT,
        "INVOICED",
        channel="xml",
        active=False,
        also_receives=("nota",),
        processa_inclusao=True,
    )

    found = laid(
        "Status da vitrine\tStatus da plataforma",
        "Despachado\tFATURADO",
        current=MappingTables((stored,)),
    )

    assert found.problems == []
    assert found.tables.statuses == (replace(stored, platform_status="FATURADO"),)
    assert found.notes == [
        "Status de Pedidos: a planilha não traz Também recebe, Envio, Ativo, Processa Inclusão e "
        "Não enviar este status; nessas colunas fica o que está salvo."
    ]


def test_a_row_that_is_new_is_active_where_no_column_says_otherwise():
    """As on the screen, where a first code ticks Ativo."""
    found = laid("Status da vitrine\tStatus da plataforma", "1\tPAID", "Despachado\t")

    assert found.tables.statuses == (StatusRow(PAID, "PAID"),)
    (note,) = found.notes
    assert note.endswith("; nessas colunas fica o que está salvo. Linhas novas entram ativas.")


def test_a_status_may_be_declared_not_to_be_sent_by_that_column_alone():
    found = laid("Status da vitrine\tNão enviar este status", "Entregue\tsim")

    assert found.problems == []
    assert found.tables.statuses == (StatusRow(OrderStatus.ENTREGUE, active=False),)


def test_a_status_that_sends_cannot_be_declared_not_to_be_sent():
    told = "linha 2, coluna “Não enviar este status”: só com as outras células vazias e Ativo: não"
    current = MappingTables((StatusRow(PAID, "PAID"),))

    assert problems(STATUSES, "Pagamento Confirmado\tPAID\t\t\tsim\t\tsim") == [told]
    assert problems("Status da vitrine\tNão enviar este status", "1\tsim", current=current) == [
        told
    ]


def test_a_type_that_is_new_needs_its_code_also_where_the_column_is_missing():
    current = MappingTables(payment_types=(PaymentType("pix", "17"),))
    lines = ("Palavra da plataforma\tDescrição\tTransportadora", "motoboy\tMoto\t")

    assert problems(*lines) == ["linha 2, coluna “Código no ERP”: Informe o código no ERP."]
    assert laid(*lines, current=current).tables.payment_types == (PaymentType("pix", "17"),)


def test_a_part_of_the_columns_that_both_tables_of_types_have_is_asked_about():
    """It may not be guessed into the wrong one."""
    lines = ("Palavra da plataforma\tCódigo no ERP", "pix\t17")

    assert problems(*lines) == [
        "linha 1: estas colunas servem a Tipos de Pagamentos e a Tipos de Entrega. Para Tipos de "
        "Pagamentos, traga todas: Palavra da plataforma, Código no ERP, Descrição, Ativo. Para "
        "Tipos de Entrega, traga também Transportadora ou Retirada na loja."
    ]
    (sheet,) = open_pasted("\n".join(lines)).sheets
    named = read_sheets([replace(sheet, name="Tipos de pagamentos")], PLATFORM)
    assert (named.problems, [row.key for row in named.tables[0].rows]) == ([], ["pix"])


def test_a_column_that_is_there_twice_is_named():
    assert problems(f"{PAYMENT}\tativo", "pix\t17\t\tsim\tnão") == [
        "linha 1, coluna “ativo”: aparece duas vezes"
    ]


def test_columns_of_no_table_are_told_with_those_of_all_three():
    (told,) = problems("nome\tvalor", "a\tb")

    assert told.startswith(
        "linha 1: as colunas não são de nenhuma das três tabelas. Esperadas em Status de Pedidos: "
        "Status da vitrine, Status da plataforma, "
    )
    assert told.endswith("Tipos de Entrega: " + DELIVERY.replace("\t", ", ") + ".")


def test_a_cell_under_no_caption_is_told():
    assert problems(PAYMENT, "pix\t17\t\tsim\t\tobservação") == [
        "linha 2: a 6ª coluna está preenchida e não tem título"
    ]


def test_a_status_or_a_word_that_comes_twice_names_both_lines():
    assert problems(STATUSES, "Entregue\tA\t\t\tsim\t\t", "4\tB\t\t\tsim\t\t") == [
        "linha 3, coluna “Status da vitrine”: este status já está na linha 2"
    ]
    assert problems(PAYMENT, "pix\t17\t\tsim", "boleto\t5\t\tsim", " PIX \t18\t\tsim") == [
        "linha 4, coluna “Palavra da plataforma”: “PIX” já está na linha 2"
    ]


def test_what_may_not_be_saved_is_told_at_its_line():
    lines = (PAYMENT, "pix\t\t\tsim", f"boleto\t{'5' * 41}\t\tsim", "\t9\t\tsim")

    assert problems(*lines) == [
        "linha 4, coluna “Palavra da plataforma”: informe a palavra da plataforma"
    ]
    assert problems(*lines[:3]) == [
        "linha 2, coluna “Código no ERP”: Informe o código no ERP.",
        "linha 3, coluna “Código no ERP”: Use até 40 caracteres (aqui há 41).",
    ]


def test_a_channel_that_the_platform_does_not_offer_is_told_at_its_line():
    assert problems(STATUSES, "Entregue\tX\t\tXML\tsim\t\t") == [
        "linha 2, coluna “Envio”: Exemplo não oferece este envio para Entregue."
    ]


def test_a_word_that_a_stored_row_lists_already_is_told_for_both():
    current = MappingTables((StatusRow(PAID, "PAID", also_receives=("novo",)),))

    assert problems(STATUSES, "Despachado\tX\tnovo\t\tsim\t\t", current=current) == [
        "Pagamento Confirmado, Também recebe: “novo” também está em Despachado: deixe em uma só.",
        "linha 2, coluna “Também recebe”: “novo” também está em Pagamento Confirmado: deixe em "
        "uma só.",
    ]


def test_more_types_than_a_table_takes_are_refused():
    lines = [f"palavra {number}\t{number}\t\tsim" for number in range(301)]

    assert problems(PAYMENT, *lines) == [
        "linha 302, coluna “Palavra da plataforma”: A tabela aceita até 300 linhas."
    ]


def test_ids_of_another_platform_are_left_out_with_a_note():
    header = STATUSES.replace("\tAtivo", "\tID Status EZ Core\tID Fluxo EZ Core\tAtivo")
    found = laid(header, "Pagamento Confirmado\tPAID\t\t\t4\t\tsim\t\t")

    assert (found.problems, found.notes) == (
        [],
        ["ID Status EZ Core ficou de fora: Exemplo não usa."],
    )
    assert found.tables.statuses == (StatusRow(PAID, "PAID"),)


def test_the_captions_alone_are_told():
    assert problems(PAYMENT) == ["A planilha não tem nenhuma linha além dos títulos."]


def test_true_and_false_of_a_spreadsheet_are_ticks_and_no_words():
    assert problems(PAYMENT, "pix\t17\t\tVERDADEIRO", "FALSO\t18\t\tFALSO") == [
        "linha 3, coluna “Palavra da plataforma”: virou FALSO na planilha: formate a célula como "
        "texto e digite de novo"
    ]


def test_formulas_are_told_at_their_line():
    assert problems(PAYMENT, "=HIPERLINK(1)\t17\t\tsim") == [
        "linha 2, coluna “Palavra da plataforma”: é uma fórmula: cole só o valor"
    ]
