"""Two states of the DE-PARA beside each other, cell by cell."""

from status_mapping.side_by_side import side_by_side
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from vitrines.statuses import SCREEN_ORDER, OrderStatus

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO


def told(side):
    return side.absent or [
        f"{'≠ ' if cell.differs else ''}{cell.caption}: {cell.words}" for cell in side.cells
    ]


def line_of(compared, label):
    return next(line for line in compared.lines if line.label == label)


def test_all_eight_statuses_are_there_whatever_is_mapped():
    statuses, payment, delivery = side_by_side(MappingTables(), MappingTables())

    assert [line.label for line in statuses.lines] == [status.label for status in SCREEN_ORDER]
    assert (statuses.different, payment.lines, delivery.lines) == (0, (), ())


def test_each_cell_that_differs_says_so_on_both_sides():
    left = MappingTables((StatusRow(PAID, "PAID", also_receives=("approved",)),))
    right = MappingTables(
        (StatusRow(PAID, "APPROVED", channel="url", also_receives=("approved",)),)
    )

    (statuses, *_) = side_by_side(left, right)
    line = line_of(statuses, "Pagamento Confirmado")

    assert told(line.left) == [
        "≠ Status da plataforma: “PAID”",
        "Também recebe: “approved”",
        "≠ Envio: padrão",
        "Ativo: sim",
    ]
    assert told(line.right) == [
        "≠ Status da plataforma: “APPROVED”",
        "Também recebe: “approved”",
        "≠ Envio: URL",
        "Ativo: sim",
    ]
    assert statuses.different == 1


def test_a_row_that_one_side_does_not_have_differs():
    (statuses, *_) = side_by_side(
        MappingTables((StatusRow(PREPARING, "PICKING"),)), MappingTables()
    )
    line = line_of(statuses, "Em preparação")

    assert (line.differs, told(line.right)) == (True, "sem mapeamento")
    assert told(line.left) == ["Status da plataforma: “PICKING”", "Ativo: sim"]


def test_a_status_declared_not_sent_differs_from_one_that_nobody_mapped():
    declared = MappingTables((StatusRow(PAID, active=False),))

    (statuses, *_) = side_by_side(declared, MappingTables())

    assert told(line_of(statuses, "Pagamento Confirmado").left) == [
        "Ativo: não",
        "Não enviar este status: sim",
    ]
    assert statuses.different == 1


def test_types_are_matched_by_their_word_however_it_is_written():
    left = MappingTables(
        payment_types=(PaymentType("Pix", "17"),), delivery_types=(DeliveryType("sedex", "2"),)
    )
    right = MappingTables(payment_types=(PaymentType("pix", "17"), PaymentType("boleto", "5")))

    _, payment, delivery = side_by_side(left, right)

    assert [(line.label, line.differs) for line in payment.lines] == [
        ("“boleto”", True),
        ("“Pix”", False),
    ]
    assert [(told(line.left), told(line.right)) for line in delivery.lines] == [
        (["Código no ERP: “2”", "Ativo: sim"], "não tem")
    ]
