"""Executes a notebook: execute.py NOTEBOOK OUTPUT FOLDER. Prints a line of JSON per cell."""
import json
import signal
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError


def say(**event):
    print(json.dumps(event), flush=True)


def stop(*_):
    raise KeyboardInterrupt


def main(source, output, folder):
    signal.signal(signal.SIGTERM, stop)
    notebook = nbformat.read(source, 4)
    at = 0

    def start(cell, cell_index):
        nonlocal at
        at = cell_index
        say(cell=cell_index, of=len(notebook.cells))

    client = NotebookClient(notebook, timeout=None, kernel_name="gonb", record_timing=False, startup_timeout=300,
                            resources={"metadata": {"path": folder}}, on_cell_start=start)
    try:
        client.execute()
    except CellExecutionError as error:
        say(cell=at, error=f"{error.ename}: {error.evalue}")
    except DeadKernelError:
        say(cell=at, error="the kernel died")
    except KeyboardInterrupt:
        say(cell=at, error="interrupted")
    except Exception as error:
        say(cell=at, error=f"{type(error).__name__}: {error}")
    nbformat.write(notebook, output)


main(*sys.argv[1:])
