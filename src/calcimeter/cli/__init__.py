"""The command ``calcimeter``: a verb a file, no arithmetic; every number is made elsewhere."""

from __future__ import annotations

import logging
import signal
import sys

import click

from calcimeter import __version__
from calcimeter.cli.analyze import analyze
from calcimeter.cli.case import case
from calcimeter.cli.compare import compare
from calcimeter.cli.deidentify import deidentify
from calcimeter.cli.demo import demo
from calcimeter.cli.knowledge import knowledge
from calcimeter.cli.phantom import phantom
from calcimeter.cli.rank import rank
from calcimeter.cli.read import read
from calcimeter.cli.shell import complain, named
from calcimeter.cli.write import write
from calcimeter.errors import CalcimeterError
from calcimeter.report.epoch import source_date_epoch


def main() -> None:
    """Run the command and turn every outcome into its exit code: 0 done, 2 usage, 3 refused, 1 anything else."""
    for name in ("SIGTERM", "SIGHUP"):  # so that a half-written OUT is taken away
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Abort:
        complain("interrupted; nothing was left half-written")
        sys.exit(1)
    except CalcimeterError as error:
        complain(f"{error}{named(error.files)}")
        sys.exit(error.exit_code)
    except Exception as error:
        complain(f"internal error: {type(error).__name__}; run with --debug to see where, and please report it")
        logging.getLogger("calcimeter").debug("", exc_info=error)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="calcimeter %(version)s")
def commands() -> None:
    """Find and measure soft-tissue calcification on CT. Research use only, not a medical device.

    \b
    Example:  calcimeter analyze CT_FOLDER -o OUT
    """
    source_date_epoch()  # said before the work, and before a library reads the variable and fails without a word


for verb in (analyze, case, compare, rank, read, knowledge, phantom, demo, write, deidentify):
    commands.add_command(verb)
