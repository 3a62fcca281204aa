"""Causes that nothing waits for: told, deliberately not told, or not an order of the ERP's."""

from integrations.explaining.sentences.story import ActionCode, Story, Words
from integrations.wording import quoted
from status_mapping.translation import fold_word
from vitrines.statuses import OrderStatus

WHEN_TOLD_AGAIN = "quando a loja mandar o pedido de novo, a inclusão é decidida de novo."


def accepted(story: Story) -> Words:
    update = story.update
    what = "o rastreio" if update.tracking else update.status.label
    word = f" como {quoted(update.platform_status)}" if update.platform_status else ""
    return Words(
        f"A loja aceitou {what}{'' if update.tracking else word} em "
        f"{story.at(update.finished_at)} (envio #{update.id})."
    )


def already_applied(story: Story) -> Words:
    update = story.update
    word = quoted(update.platform_status or update.status.label)
    return Words(
        f"A loja já estava em {word} quando o envio #{update.id} chegou, em "
        f"{story.at(update.finished_at)}.",
        hint="Nada mudou na loja e nada falta enviar.",
    )


def echo(story: Story) -> Words:
    word = story.order.platform_status or story.update.platform_status
    silent = story.order.told_by_erp is False
    return Words(
        f"O status {story.update.status.label} veio da própria loja"
        f"{f' ({quoted(word)})' if word else ''}, por isso não é devolvido a ela.",
        hint="O ERP ainda não informou nenhum evento deste pedido." if silent else "",
    )


def cancelled_by_person(story: Story) -> Words:
    update = story.update
    why = f": {quoted(update.detail)}" if update.detail else ""
    by = f" por {update.closed_by}" if update.closed_by else ""
    return Words(
        f"{story.it} foi marcado como resolvido fora{by} em {story.at(update.finished_at)}{why}.",
        hint="Uma pessoa assumiu que a loja está certa; o sistema não envia mais este status.",
    )


def superseded(story: Story) -> Words:
    update = story.update
    later = next((u for u in story.updates if u.id == update.superseded_by), None)
    if update.tracking:
        which = f"pelo envio #{later.id}" if later else "por outro envio"
        return Words(f"{story.it} foi superado {which}, que leva o rastreio corrigido.")
    by = f"pelo envio #{later.id} ({later.status.label})" if later else "por um envio posterior"
    return Words(f"{story.it} ({update.status.label}) foi superado {by}, que a loja já aceitou.")


def regression_blocked(story: Story) -> Words:
    status = story.update.status.label
    return Words(
        f"{story.it} ({status}) não saiu: o fato chegou fora de ordem e faria a loja voltar para "
        f"{status}.",
        hint="O fato está guardado no histórico; o pedido segue no status mais novo.",
    )


def inactive(story: Story) -> Words:
    update = story.update
    row = story.shop.rows.get(update.status)
    sentence = (
        f"{story.row} estava com Ativo desmarcado (revisão {update.revision}): "
        f"o envio #{update.id} não saiu."
    )
    if not story.shop.tells(update):
        return Words(sentence, hint=story.nothing_to_tell)
    if row is not None and row.active:
        return Words(
            sentence,
            ActionCode.RETRY,
            "Enviar agora",
            "Hoje a linha está ativa: o que não saiu pode ser enviado com o DE-PARA de agora.",
            update.id,
        )
    return Words(
        sentence,
        ActionCode.ACTIVATE_ROW,
        f"Ativar a linha {update.status.label}",
        "Se a loja deve mostrar este status, marque Ativo e salve; depois este também pode ser "
        "enviado daqui.",
    )


def no_event_yet(story: Story) -> Words:
    status = story.order.status
    if status is not None:
        return Words(
            f"O pedido está em {status.label} no ERP, mas nenhum evento gerou um envio à loja.",
            ActionCode.CHECK_ERP,
            "Conferir o pedido no ERP",
        )
    return Words(
        "O ERP ainda não informou nenhum status deste pedido.",
        ActionCode.CHECK_ERP,
        "Conferir o pedido no ERP",
        _store_word(story),
    )


def not_included_cancelled(story: Story) -> Words:
    sentence = (
        f"O pedido chegou da loja já cancelado{_in_brackets(story)}, e pedido cancelado não é "
        "incluído."
    )
    row = story.shop.rows.get(OrderStatus.CANCELADO)
    if row is not None and row.processa_inclusao:
        return Words(sentence, hint=f"Hoje a linha inclui cancelados: {WHEN_TOLD_AGAIN}")
    return Words(
        sentence,
        ActionCode.FORCE_INCLUSION,
        "Marcar Processa Inclusão em Cancelado",
        "É o padrão. Marque Processa Inclusão só se o ERP deve receber pedidos cancelados; "
        f"{WHEN_TOLD_AGAIN}",
    )


def not_included_inactive(story: Story) -> Words:
    return Words(
        f"O pedido não foi incluído: a linha do DE-PARA que recebe "
        f"{quoted(story.order.platform_status)} estava com Ativo desmarcado.",
        ActionCode.ACTIVATE_ROW,
        "Ativar a linha no DE-PARA",
        f"Com a linha ativa, {WHEN_TOLD_AGAIN}",
    )


def inbound_unmapped(story: Story) -> Words:
    word = story.order.platform_status
    sentence = f"A loja informou {quoted(word)}, que nenhuma linha do DE-PARA recebe"
    if fold_word(word) in story.shop.words:
        return Words(
            f"{sentence.replace('recebe', 'recebia')}; hoje uma linha a recebe.",
            ActionCode.WAIT,
            "Aguardar",
            "O pedido é decidido de novo em instantes.",
        )
    return Words(
        f"{sentence}: o pedido espera sem status.",
        ActionCode.MAP_WORD,
        f"Mapear {quoted(word)}",
        "Nada se perde: ao salvar o DE-PARA, o pedido é decidido de novo.",
    )


def _in_brackets(story: Story) -> str:
    word = story.order.platform_status
    return f" ({quoted(word)})" if word else ""


def _store_word(story: Story) -> str:
    word = story.order.platform_status
    return f"A última palavra da loja foi {quoted(word)}." if word else ""
