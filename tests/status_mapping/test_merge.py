"""What each of two people typed, and what the second of them is shown."""

from status_mapping.cells import EMPTY_STATUS, EMPTY_TYPE, PAYMENT_TYPES
from status_mapping.merge import MergedRow, PostedType, merge_row, merge_statuses, merge_types

BASE = EMPTY_STATUS | {"platform_status": "PAID", "active": True}


def pix(**cells):
    return EMPTY_TYPE[PAYMENT_TYPES] | {"word": "pix", "erp_code": "17"} | cells


def merged_types(*, base, mine, theirs):
    return merge_types(table=PAYMENT_TYPES, base=base, mine=mine, theirs=theirs)


def test_a_cell_that_i_did_not_touch_takes_theirs():
    theirs = BASE | {"platform_status": "APPROVED"}
    assert merge_row(base=BASE, mine=BASE, theirs=theirs) == MergedRow(theirs)


def test_a_cell_that_i_touched_keeps_mine():
    mine = BASE | {"platform_status": "PAYED"}
    assert merge_row(base=BASE, mine=mine, theirs=BASE) == MergedRow(mine)


def test_two_cells_of_one_row_keep_both_changes():
    mine, theirs = BASE | {"active": False}, BASE | {"platform_status": "APPROVED"}
    expected = BASE | {"active": False, "platform_status": "APPROVED"}
    assert merge_row(base=BASE, mine=mine, theirs=theirs) == MergedRow(expected)


def test_a_cell_that_both_touched_keeps_mine_and_tells_theirs():
    mine, theirs = BASE | {"platform_status": "PAYED"}, BASE | {"platform_status": "APPROVED"}
    expected = MergedRow(mine, conflicts={"platform_status": "APPROVED"})
    assert merge_row(base=BASE, mine=mine, theirs=theirs) == expected


def test_a_cell_that_both_changed_alike_is_no_conflict():
    same = BASE | {"platform_status": "APPROVED"}
    assert merge_row(base=BASE, mine=same, theirs=same) == MergedRow(same)


def test_statuses_are_merged_row_by_row():
    base = {"PAGAMENTO_CONFIRMADO": BASE, "PROBLEMAS": EMPTY_STATUS}
    mine = base | {"PROBLEMAS": EMPTY_STATUS | {"not_sent": True}}
    theirs = base | {"PAGAMENTO_CONFIRMADO": BASE | {"channel": "xml"}}
    assert merge_statuses(base=base, mine=mine, theirs=theirs) == {
        "PAGAMENTO_CONFIRMADO": MergedRow(BASE | {"channel": "xml"}),
        "PROBLEMAS": MergedRow(EMPTY_STATUS | {"not_sent": True}),
    }


def test_a_type_that_they_added_is_appended():
    theirs = {"pix": pix(), "boleto": pix(word="boleto")}
    merged = merged_types(base={"pix": pix()}, mine=[PostedType(pix(), "pix")], theirs=theirs)
    assert merged == [MergedRow(pix(), "pix"), MergedRow(pix(word="boleto"), "boleto")]


def test_a_type_that_they_removed_goes_if_i_did_not_touch_it():
    merged = merged_types(base={"pix": pix()}, mine=[PostedType(pix(), "pix")], theirs={})
    assert merged == []


def test_a_type_that_they_removed_stays_if_i_edited_it():
    mine = [PostedType(pix(erp_code="18"), "pix")]
    merged = merged_types(base={"pix": pix()}, mine=mine, theirs={})
    assert merged == [MergedRow(pix(erp_code="18"), gone="pix")]


def test_a_type_that_i_removed_stays_marked():
    mine = [PostedType(pix(), "pix", removed=True)]
    merged = merged_types(base={"pix": pix()}, mine=mine, theirs={"pix": pix()})
    assert merged == [MergedRow(pix(), "pix", removed=True)]


def test_a_type_that_i_removed_and_they_edited_says_so():
    mine, theirs = [PostedType(pix(), "pix", removed=True)], {"pix": pix(erp_code="18")}
    merged = merged_types(base={"pix": pix()}, mine=mine, theirs=theirs)
    assert merged == [MergedRow(pix(erp_code="18"), "pix", removed=True, kept=True)]


def test_a_type_that_both_removed_is_gone():
    mine = [PostedType(pix(), "pix", removed=True)]
    assert merged_types(base={"pix": pix()}, mine=mine, theirs={}) == []


def test_a_word_that_both_added_is_one_row_with_the_conflict():
    mine, theirs = [PostedType(pix(word="PIX"))], {"pix": pix(erp_code="99", label="Pix")}
    merged = merged_types(base={}, mine=mine, theirs=theirs)
    expected = pix(word="pix", erp_code="17", label="Pix")
    assert merged == [MergedRow(expected, "pix", conflicts={"erp_code": "99"})]


def test_a_type_that_both_edited_keeps_mine_and_tells_theirs():
    mine, theirs = [PostedType(pix(erp_code="18"), "pix")], {"pix": pix(erp_code="19")}
    merged = merged_types(base={"pix": pix()}, mine=mine, theirs=theirs)
    assert merged == [MergedRow(pix(erp_code="18"), "pix", conflicts={"erp_code": "19"})]
