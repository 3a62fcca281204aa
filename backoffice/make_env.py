"""Write a .env with fresh keys: ``python -m backoffice.make_env .env.example .env``."""

import secrets
import sys
from pathlib import Path

from cryptography.fernet import Fernet


def filled(example: str) -> str:
    """The example with its two required keys filled in."""
    return example.replace(
        "\nSECRET_KEY=\n", f"\nSECRET_KEY={secrets.token_urlsafe(50)}\n"
    ).replace(
        "\nFIELD_ENCRYPTION_KEYS=\n", f"\nFIELD_ENCRYPTION_KEYS={Fernet.generate_key().decode()}\n"
    )


def main(source: Path, target: Path) -> None:
    target.touch(mode=0o600, exist_ok=False)
    target.write_text(filled(source.read_text()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
