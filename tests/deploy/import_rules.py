"""The import rules, checked by `python -m` in the folder where one is: the command of that name is bound to its checkout."""

from importlinter.cli import lint_imports_command

if __name__ == "__main__":
    lint_imports_command()
