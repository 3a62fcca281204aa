"""The fault is on our side: nothing of it reaches the platform."""

from tests.faults.rows import Read, fault


def fails_unsent(stage, outcome: str, reason: str, read: Read):
    """One try that is not counted; what is wrong is wrong for the other order, too."""
    stage.after(days=4)
    stage.shows(outcome, counted=0, ends=f"FAILED ({reason})", lane="goes on", read=read)
    assert stage.platform.heard == []
    assert stage.platform.connections == 0


@fault("Address inside a network that may not be sent to")
def test_private_destination(stage, settings):
    settings.ALLOW_PRIVATE_DESTINATIONS = False
    stage.points_to(f"https://127.0.0.1:{stage.platform.port}")
    stage.meets()
    fails_unsent(
        stage,
        "refused_destination",
        "destination_refused",
        Read(
            "destination_refused",
            "O endereço de destino do envio #1 não é permitido: “O destino 127.0.0.1 é um "
            "endereço interno, reservado ou de metadados; o envio só é feito para endereços "
            "públicos”.",
            "Nada foi enviado. Depois de corrigir, reenvie.",
            "Corrigir o endereço de envio",
        ),
    )


@fault("Metadata address, whatever is allowed")
def test_metadata_address(stage):
    stage.points_to("http://169.254.169.254")
    stage.meets()
    fails_unsent(
        stage,
        "refused_destination",
        "destination_refused",
        Read(
            "destination_refused",
            "O endereço de destino do envio #1 não é permitido: “O destino 169.254.169.254 é um "
            "endereço interno, reservado ou de metadados; o envio só é feito para endereços "
            "públicos”.",
            "Nada foi enviado. Depois de corrigir, reenvie.",
            "Corrigir o endereço de envio",
        ),
    )


@fault("Parameter that the platform's file needs, left empty")
def test_missing_parameter(stage):
    stage.points_to("")
    stage.meets()
    fails_unsent(
        stage,
        "config",
        "config",
        Read(
            "config_error",
            "O envio #1 não pôde ser montado: “Parâmetro “Endereço da loja”: Preencha este campo”.",
            "Nada foi enviado e nada se perdeu.",
            "Reenviar depois de corrigir",
        ),
    )
