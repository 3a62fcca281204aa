"""Every page of the back office, by a name, as it is found in the sample data."""

from dataclasses import dataclass

DEPARA = "/vitrines/LOJA-SP/configuracoes-adicionais/"


@dataclass(frozen=True)
class PageOf:
    name: str
    path: str
    #: Who looks at it.
    who: str = "admin"


PAGES = (
    PageOf("painel", "/"),
    PageOf("painel-operacao", "/", "operacao"),
    PageOf("pedidos", "/pedidos/"),
    PageOf("pedidos-vazio", "/pedidos/?numero=nenhum&inclusion=held&vitrine=LOJA-RJ"),
    PageOf("pedido-sem-xml", "/pedidos/LOJA-SP/100492/?corrigir=nota"),
    PageOf("pedido-sem-rastreio", "/pedidos/LOJA-SP/100493/?corrigir=rastreio", "operacao"),
    PageOf("pedido-recusado", "/pedidos/LOJA-RJ/55014/"),
    PageOf("pedido-sem-mapeamento", "/pedidos/LOJA-SP/100494/", "operacao"),
    PageOf("pedido-em-dia", "/pedidos/LOJA-RJ/55017/", "consulta"),
    PageOf("atualizacoes", "/atualizacoes/"),
    PageOf("atualizacoes-por-causa", "/atualizacoes/?agrupar=causa"),
    PageOf("atualizacoes-marcadas", "/atualizacoes/?sel=1,2", "operacao"),
    PageOf("atualizacoes-nada", "/atualizacoes/?state=cancelled&status=5"),
    PageOf("atualizacao", "/atualizacoes/29/"),
    PageOf("reprocessar", "/atualizacoes/reprocessar/?about=filter&state=sent&mode=renderizar"),
    PageOf("reprocessamentos", "/atualizacoes/reprocessamentos/"),
    PageOf("busca", "/buscar/?q=1004"),
    PageOf("busca-nada", "/buscar/?q=nada-disto"),
    PageOf("vitrines", "/vitrines/"),
    PageOf("vitrine", "/vitrines/LOJA-SP/"),
    PageOf("vitrine-editar", "/vitrines/LOJA-SP/editar/"),
    PageOf("vitrine-nova", "/vitrines/nova/"),
    PageOf("envio", "/vitrines/LOJA-SP/envio/"),
    PageOf("testar-envio", "/vitrines/LOJA-SP/testar-envio/"),
    PageOf("depara", "/vitrines/LOJA-SP/configuracoes-adicionais/"),
    PageOf("depara-linx", "/vitrines/LOJA-RJ/configuracoes-adicionais/", "mapeamento"),
    PageOf("depara-so-ver", "/vitrines/LOJA-SP/configuracoes-adicionais/", "consulta"),
    PageOf("historico", f"{DEPARA}historico/"),
    PageOf("historico-revisao", f"{DEPARA}historico/1/"),
    PageOf("historico-comparar", f"{DEPARA}historico/comparar/?de=0&ate=1"),
    PageOf("depara-restaurar", f"{DEPARA}?restaurar=1"),
    PageOf("depara-copiar", f"{DEPARA}?copiar_de=LOJA-RJ"),
    PageOf("vitrines-comparar", f"{DEPARA}comparar/?com=LOJA-RJ"),
    PageOf("planilha", f"{DEPARA}planilha/"),
    PageOf("alarmes", "/alarmes/"),
    PageOf("alarmes-consulta", "/alarmes/", "consulta"),
    PageOf("vitrine-alarmes", "/vitrines/LOJA-SP/alarmes/"),
    PageOf("pedidos-fora-do-prazo", "/pedidos/fora-do-prazo/"),
    PageOf("orfaos", "/orfaos/", "operacao"),
    PageOf("tokens", "/tokens/"),
    PageOf("token-emitir", "/tokens/emitir/"),
)
