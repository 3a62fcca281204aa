"""Causes that wait: for a mapping, a fact, a turn, the platform or a person in charge of it."""

from dataclasses import replace

from integrations.delivery.retry import MAX_TRIES
from integrations.explaining.sentences.story import ActionCode, Story, Words, lower_first, wait
from integrations.wording import count, quoted
from status_mapping.translation import Outbound, outbound


def unmapped(story: Story) -> Words:
    update, shop = story.update, story.shop
    status = update.status.label
    row = shop.rows.get(update.status)
    today = outbound(row, code_required=shop.code_required)
    if today is not Outbound.UNMAPPED:
        return Words(
            f"{status} não tinha mapeamento; a revisão {shop.revision} do DE-PARA já resolve.",
            ActionCode.WAIT,
            "Aguardar",
            f"O envio #{update.id} é decidido de novo em instantes.",
        )
    if not shop.tells(update):
        return Words(
            f"{status} não tem mapeamento, e {shop.platform_label} não oferece nenhum envio para "
            f"ele: o envio #{update.id} espera sem ter o que esperar.",
            ActionCode.MAP_STATUS,
            f"Marcar {status} como não enviado",
            "No DE-PARA, marque “não enviar este status” na linha e salve; o envio deixa de "
            "esperar.",
        )
    missing = "não tem linha no DE-PARA" if row is None else "está sem status da plataforma"
    return Words(
        f"{status} {missing}: o envio #{update.id} espera o mapeamento.",
        ActionCode.MAP_STATUS,
        f"Mapear {status}",
        "Preencha o status da plataforma e salve; o que espera sai sozinho.",
    )


def waiting_invoice_xml(story: Story) -> Words:
    notes = story.order.invoices
    which = f"da {notes[-1]}" if notes else "da NF-e"
    update = story.update
    told = f"O envio #{update.id} ({update.status.label})"
    if update.channel == "xml":
        sentence = f"{told} vai por XML e espera o XML autorizado {which}."
    else:
        sentence = f"{told} precisa do XML autorizado {which} e espera por ele."
    return Words(
        sentence,
        ActionCode.SEND_INVOICE_XML,
        "Informar o XML da nota",
        "O ERP ainda não entregou o arquivo; o envio sai assim que ele chegar, pelo ERP ou pela "
        "página do pedido. "
        "Para quem integra: POST /api/v1/invoices.",
    )


def waiting_tracking(story: Story) -> Words:
    update = story.update
    told = f"O envio #{update.id} ({update.status.label})"
    if update.channel == "tracking":
        sentence = f"{told} vai por rastreio e espera um código ou endereço de rastreio."
    else:
        sentence = f"{told} precisa de um código ou endereço de rastreio e espera por ele."
    return Words(
        sentence,
        ActionCode.SEND_TRACKING,
        "Informar o rastreio",
        "O ERP ainda não informou o código nem o endereço; o envio sai assim que um deles chegar, "
        "pelo ERP ou pela página do pedido. "
        "Para quem integra: POST /api/v1/events, kind “tracking”.",
    )


def queued_behind(story: Story) -> Words:
    update, behind, ahead = story.update, story.decision.behind, story.ahead
    if behind is not None and behind.update is not None and ahead is not None:
        named = f"#{behind.update.id} " in ahead.sentence
        by = "" if named else f" do envio #{behind.update.id} ({behind.update.status.label})"
        return Words(
            f"{story.it} ({update.status.label}) espera a vez atrás{by or ' de outro'}: "
            f"{lower_first(ahead.sentence)}",
            ahead.action,
            ahead.label,
            ahead.hint or "Os envios de um pedido saem um de cada vez, na ordem dos fatos.",
            behind.update.id,
        )
    if update.state == "sending":
        return wait(f"{story.it} ({update.status.label}) está sendo enviado agora.")
    if story.unattended:
        return Words(
            f"{story.it} ({update.status.label}) está na fila desde {story.at(update.due_at)} e "
            "ninguém o pegou: o executor parece parado.",
            ActionCode.START_WORKER,
            "Iniciar o executor (manage.py dispatch)",
            "Nada se perdeu: o envio sai assim que o executor voltar.",
        )
    if update.due_at is not None and update.due_at > story.now:
        return wait(f"{story.it} ({update.status.label}) sai em {story.at(update.due_at)}.")
    return wait(f"{story.it} ({update.status.label}) está na fila e sai em instantes.")


def retrying(story: Story) -> Words:
    update = story.update
    tries = count(update.attempts_made, "tentativa", "tentativas")
    if update.state == "sending":
        next_try = f"a {update.attempts_made + 1}ª de {MAX_TRIES} está sendo feita agora"
    else:
        due = update.due_at is not None and update.due_at > story.now
        time = f"em {story.at(update.due_at)}" if due else "em instantes"
        next_try = f"a {update.attempts_made + 1}ª de {MAX_TRIES} sai {time}"
    hint = "O executor parece parado: ninguém pegou o envio." if story.unattended else ""
    return Words(
        f"{story.it} ({update.status.label}) já teve {tries} sem sucesso; {next_try}.",
        ActionCode.WAIT,
        "Aguardar",
        hint or story.last_answer,
        update.id,
    )


def throttled(story: Story) -> Words:
    lane = story.shop.lane
    told, paced = lane.throttled_until, lane.paced_until
    if told is not None and (paced is None or told >= paced):
        why = f"A plataforma pediu para esperar até {story.until(told)}"
    else:
        why = f"O limite de chamadas da plataforma foi atingido até {story.until(paced)}"
    return Words(
        f"{why}; {lower_first(story.it)} sai depois disso.",
        ActionCode.WAIT,
        "Aguardar",
        "Vale para a vitrine toda, e esperar não gasta tentativa.",
        story.update.id,
    )


def breaker_open(story: Story) -> Words:
    lane = story.shop.lane
    if lane.breaker_note:
        return Words(
            f"A loja não deu o token de acesso de que os envios precisam: "
            f"{quoted(lane.breaker_note)}; ele é pedido de novo em "
            f"{story.until(lane.breaker_open_until)}.",
            ActionCode.WAIT,
            "Aguardar",
            "Vale para a vitrine toda; nada se perde e nenhuma tentativa é gasta.",
            story.update.id,
        )
    return Words(
        f"A loja falhou {count(lane.failures, 'vez seguida', 'vezes seguidas')}; os envios param "
        f"até {story.until(lane.breaker_open_until)} e então um só é testado.",
        ActionCode.WAIT,
        "Aguardar",
        story.last_answer or "Nada se perde: o que surgir espera na fila.",
        story.update.id,
    )


def lane_paused(story: Story) -> Words:
    shop, lane = story.shop, story.shop.lane
    if not shop.published:
        return Words(
            f"“Publicar no servidor atual” está desligado na vitrine {shop.code}: nada é enviado.",
            ActionCode.PUBLISH,
            "Ligar a publicação da vitrine",
            "O que surgir espera, sem se perder.",
        )
    since = f"desde {story.at(lane.paused_at)}"
    said = f": {quoted(lane.pause_note)}" if lane.pause_note else ""
    if lane.pause_reason == "gone":
        return _mended_or(
            story,
            Words(
                f"Os envios da vitrine {shop.code} estão parados {since}: a plataforma diz que o "
                f"endereço não existe mais (410){said}.",
                ActionCode.FIX_CONNECTION,
                "Corrigir o endereço de envio",
                "Depois de corrigir, retome os envios; nada se perdeu.",
            ),
        )
    if lane.pause_reason == "config":
        return _mended_or(
            story,
            Words(
                f"Os envios da vitrine {shop.code} estão parados {since}: a plataforma não pôde "
                f"ser usada{said}.",
                ActionCode.FIX_CONNECTION,
                "Conferir os parâmetros de envio",
                "Um arquivo de plataforma se corrige no servidor; os parâmetros, em Envio. Depois "
                "retome os envios; nada se perdeu.",
            ),
        )
    by = f" por {lane.paused_by}" if lane.paused_by else ""
    return Words(
        f"Os envios da vitrine {shop.code} estão pausados {since}{by}{said}.",
        ActionCode.RESUME_LANE,
        "Retomar os envios",
        "O que surgir espera, sem se perder.",
    )


def auth_refused(story: Story) -> Words:
    lane = story.shop.lane
    said = f": {quoted(lane.pause_note)}" if lane.pause_note else ""
    return _mended_or(
        story,
        Words(
            f"A plataforma recusou a credencial da vitrine {story.shop.code}{said}; os envios "
            f"pararam em {story.at(lane.paused_at)}.",
            ActionCode.FIX_CONNECTION,
            "Corrigir a credencial",
            "Depois de corrigir, retome os envios; nenhuma tentativa foi gasta e nada se perdeu.",
        ),
    )


def _mended_or(story: Story, words: Words) -> Words:
    """Once the parameters were changed after the lane stopped, what is left is to resume it."""
    lane = story.shop.lane
    if lane.mended_at is None:
        return words
    what = "Credencial alterada" if lane.secret_mended else "Parâmetros de envio alterados"
    return replace(
        words,
        action=ActionCode.RESUME_LANE,
        label="Retomar os envios",
        hint=f"{what} em {story.at(lane.mended_at)}: retome os envios; nada se perdeu.",
    )
