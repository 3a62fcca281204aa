"""Causes that only a person can end: the update itself failed."""

from integrations.explaining.sentences.story import ActionCode, Story, Words
from integrations.wording import quoted

NOTHING_LOST = "Nada foi enviado e nada se perdeu."
#: How our own words begin where the platform gave none (``delivery.outcomes``).
OUR_WORDS = ("A plataforma ", "A resposta ")


def rejected(story: Story) -> Words:
    update = story.update
    what = "o rastreio" if update.tracking else "o envio"
    said = f": {quoted(update.detail)}" if update.detail else " sem dizer o motivo"
    sentence = f"A plataforma recusou {what}{said}."
    if update.detail.startswith(OUR_WORDS):
        sentence = f"{update.detail.rstrip('.')}."
    code = f"HTTP {update.http_status}. " if update.http_status else ""
    return Words(
        sentence,
        ActionCode.RETRY,
        "Reenviar depois de corrigir",
        f"{code}Nada foi perdido: o envio #{update.id} ({update.status.label}) espera por você.",
        update.id,
    )


def exhausted(story: Story) -> Words:
    update = story.update
    return Words(
        f"As {update.attempts_made} tentativas do envio #{update.id} ({update.status.label}) se "
        f"esgotaram em {story.at(update.finished_at)}.",
        ActionCode.RETRY,
        "Reenviar",
        story.last_answer,
        update.id,
    )


def destination_refused(story: Story) -> Words:
    update = story.update
    said = f": {quoted(update.detail)}" if update.detail else ""
    return Words(
        f"O endereço de destino do envio #{update.id} não é permitido{said}.",
        ActionCode.FIX_CONNECTION,
        "Corrigir o endereço de envio",
        "Nada foi enviado. Depois de corrigir, reenvie.",
        update.id,
    )


def config_error(story: Story) -> Words:
    update = story.update
    if update.reason == "not_offered" and update.state == "skipped":
        what = "rastreio sem mudança de status" if update.tracking else update.status.label
        return Words(
            f"{story.shop.platform_label} não oferece nenhum envio para {what}: "
            f"o envio #{update.id} não saiu."
        )
    sentence = (
        f"{story.it} não pôde ser montado: {quoted(update.detail or 'erro de configuração')}."
    )
    if update.reason == "not_offered":
        return Words(
            sentence,
            ActionCode.CHOOSE_CHANNEL,
            "Escolher outro envio no DE-PARA",
            "Nada foi enviado. Depois de escolher, reenvie: o DE-PARA de então decide.",
            update.id,
        )
    return Words(sentence, ActionCode.RETRY, "Reenviar depois de corrigir", NOTHING_LOST, update.id)
