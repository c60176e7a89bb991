"""`python -m deploy.local`: what the `bijou` command was called by scripts of earlier versions."""

import runpy

runpy.run_module("cli", run_name="__main__", alter_sys=True)
