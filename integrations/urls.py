"""Pages about orders, updates and sending. Paths are in Portuguese: users see them."""

from django.urls import URLPattern, path

from integrations.views import (
    connection,
    lanes,
    orders,
    painel,
    platform_statuses,
    preview,
    search,
    send_tests,
    tokens,
    updates,
)

urlpatterns: list[URLPattern] = [
    path("", painel.painel, name="painel"),
    path("pedidos/", orders.order_list, name="order_list"),
    path("pedidos/<str:vitrine>/<path:number>/", orders.order_detail, name="order_detail"),
    path("atualizacoes/", updates.update_list, name="update_list"),
    path("atualizacoes/<int:pk>/", updates.update_detail, name="update_detail"),
    path("atualizacoes/<int:pk>/reenviar/", updates.retry, name="update_retry"),
    path("atualizacoes/<int:pk>/resolvido-fora/", updates.cancel, name="update_cancel"),
    path("vitrines/<str:code>/envio/", connection.connection, name="connection"),
    path("vitrines/<str:code>/buscar-status/", platform_statuses.fetch, name="platform_statuses"),
    path("vitrines/<str:code>/pausar/", lanes.pause, name="lane_pause"),
    path("vitrines/<str:code>/retomar/", lanes.resume, name="lane_resume"),
    path("vitrines/<str:code>/pre-visualizar/", preview.preview, name="vitrine_preview"),
    path("vitrines/<str:code>/testar-envio/", send_tests.send_tests, name="send_tests"),
    path(
        "vitrines/<str:code>/testar-envio/<int:pk>/",
        send_tests.send_test_result,
        name="send_test_result",
    ),
    path("tokens/", tokens.token_list, name="token_list"),
    path("tokens/emitir/", tokens.token_issue, name="token_issue"),
    path("tokens/<int:pk>/revogar/", tokens.token_revoke, name="token_revoke"),
    path("buscar/", search.search, name="search"),
]
