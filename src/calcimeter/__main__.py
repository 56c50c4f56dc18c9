"""``python -m calcimeter``."""

from calcimeter.cli import main

main()
