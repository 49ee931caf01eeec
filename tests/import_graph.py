"""What a module of the package reaches by imports, of whatever form and wherever they stand."""

import ast
from collections.abc import Iterator
from pathlib import Path

import glyph_transfer

PACKAGE = Path(glyph_transfer.__file__).parent
NAME = PACKAGE.name


def reached(
    module: str, package: Path = PACKAGE, without: frozenset[str] = frozenset()
) -> set[str]:
    """A module and all that it rests on, as paths such as `images/sets.py` from the package.

    What rests on it through the files in `without` alone is left out, and so are they.
    """
    todo, found = {file_of(module, package)}, set()
    while todo:
        path = todo.pop()
        found.add(path)
        next_to = {file_of(name, package) for name in imported(path, package)}
        todo |= next_to - found - {None} - without
    return found


def file_of(module: str, package: Path = PACKAGE) -> str | None:
    """Path of a module, or of a package's `__init__`; None where the name is of neither."""
    stem = "/".join(module.split(".")[1:])
    for path in (f"{stem}.py", f"{stem}/__init__.py".lstrip("/")):
        if (package / path).is_file():
            return path
    return None


def imported(path: str, package: Path = PACKAGE) -> set[str]:
    """Names of modules that a file imports or may import: those in strings too.

    Importing a module runs the `__init__` of every package that it is in. A module that lists
    the modules beside it (pkgutil) imports all of them.
    """
    tree = ast.parse((package / path).read_text())
    named = {name for node in _executed(tree) for name in _names(node, path)}
    with_packages = {part for name in named for part in _prefixes(name)}
    if "pkgutil" in with_packages:
        folder = (package / path).parent
        of_folder = ".".join([NAME, *folder.relative_to(package).parts])
        with_packages |= {f"{of_folder}.{file.stem}" for file in folder.glob("*.py")}
    return {name for name in with_packages if name == NAME or name.startswith(f"{NAME}.")}


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from _executed(node)


def _names(node: ast.AST, path: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            folders = [NAME, *Path(path).parts[:-1]]
            kept = folders[: len(folders) - node.level + 1]
            base = ".".join([*kept, *([base] if base else [])])
        return [base, *(f"{base}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value] if node.value.startswith(f"{NAME}.") else []
    return []


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
