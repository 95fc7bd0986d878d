"""Promises about the package as a whole that no single test of a function could break."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import crmkit
from crmkit import errors

MODELS_AND_DOMAINS = [
    "crmkit.data",
    "crmkit.money",
    "crmkit.segmentation",
    "crmkit.lifecycle",
    "crmkit.profitability",
    "crmkit.lifecycle",
    "crmkit.loyalty",
    "crmkit.datasets",
]
SOURCES = sorted(Path(crmkit.__file__).parent.rglob("*.py"))
REPOSITORY = Path(__file__).parents[1]

HEAVY = {"matplotlib", "mlxtend", "sklearn", "pyspark", "scipy.stats", "polars", "duckdb"}
FILE_CALLS = {"open", "savetxt", "loadtxt", "save", "load", "savez", "tofile", "fromfile", "memmap"}
FILE_PREFIXES = ("read_csv", "read_parquet", "read_excel", "read_json", "read_sql", "scan_")
FILE_WRITES = {"to_csv", "to_parquet", "to_excel", "to_json", "to_pickle", "to_sql", "to_feather"}
CLOCKS = {"now", "today", "utcnow", "time_ns", "perf_counter", "monotonic"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_examples_stand_in_a_section_that_the_pages_show_as_code(source: Path) -> None:
    # "Example:" is an admonition to the documentation: its prompts would become quotations.
    lines = source.read_text(encoding="utf-8").splitlines()

    assert "Example:" not in {line.strip() for line in lines}


def test_importing_crmkit_loads_nothing_heavy() -> None:
    code = f"import sys, crmkit; print(*sorted({HEAVY!r} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_source_opens_a_file_or_reads_a_clock(source: Path) -> None:
    called = _called_names(source.read_text(encoding="utf-8"))

    assert not called & (FILE_CALLS | FILE_WRITES | CLOCKS)
    assert not {name for name in called if name.startswith(FILE_PREFIXES)}


def test_the_check_for_files_and_clocks_can_fail() -> None:
    called = _called_names("pd.read_csv('x')\nframe.to_csv('y')\nopen('z')\ndate.today()")

    assert called == {"read_csv", "to_csv", "open", "today"}


def _called_names(source: str) -> set[str]:
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {f.attr for f in calls if isinstance(f, ast.Attribute)} | {
        f.id for f in calls if isinstance(f, ast.Name)
    }


def _questions_of(thing: type) -> dict[str, object]:
    """The methods of a class, inherited ones of crmkit included; properties are no questions."""
    own = [base for base in thing.__mro__ if base.__module__.startswith("crmkit.")]
    found = {name: member for base in reversed(own) for name, member in vars(base).items()}
    kinds = (classmethod, staticmethod)
    return {
        f"{thing.__name__}.{name}": getattr(thing, name)
        for name, member in found.items()
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, kinds))
    }


def _public_things(module: str) -> dict[str, object]:
    package = importlib.import_module(module)
    things = {name: getattr(package, name) for name in package.__all__}
    return {n: t for n, t in things.items() if inspect.isclass(t) or inspect.isfunction(t)}


@pytest.mark.parametrize("module", MODELS_AND_DOMAINS)
def test_every_public_class_function_and_method_has_an_example(module: str) -> None:
    asked = _public_things(module)
    for thing in list(asked.values()):
        asked |= _questions_of(thing) if inspect.isclass(thing) else {}

    assert [name for name, t in asked.items() if ">>>" not in (inspect.getdoc(t) or "")] == []


def test_the_check_for_examples_sees_methods_inherited_and_of_the_class() -> None:
    asked = _questions_of(crmkit.Labels)

    assert {"Labels.from_mapping", "Labels.counts", "Labels.to_frame"} <= set(asked)
    assert not [name for name in _questions_of(crmkit.Decimals) if name == "Decimals.exact"]


@pytest.mark.parametrize("module", MODELS_AND_DOMAINS)
def test_every_public_property_is_documented(module: str) -> None:
    for thing in filter(inspect.isclass, _public_things(module).values()):
        for name in (n for n in dir(thing) if not n.startswith("_")):
            member = inspect.getattr_static(thing, name)
            if isinstance(member, property):
                assert inspect.getdoc(member), f"{thing.__name__}.{name}"


@pytest.mark.parametrize("module", ["crmkit", *MODELS_AND_DOMAINS])
def test_every_public_name_exists_and_is_documented(module: str) -> None:
    package = importlib.import_module(module)

    assert sorted(package.__all__) == sorted(set(package.__all__))
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), name


def test_every_public_name_is_in_the_reference() -> None:
    pages = REPOSITORY / "docs" / "reference"
    if not pages.exists():
        pytest.skip("no documentation beside the tests")
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages.glob("*.md"))
    for module in MODELS_AND_DOMAINS:
        for name in importlib.import_module(module).__all__:
            assert f"::: {module}.{name}\n" in text, f"{module}.{name}"


def _leaves(root: type) -> list[type]:
    return [c for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, root)]


def test_every_error_is_crmkits_and_a_builtin_too() -> None:
    for leaf in _leaves(errors.CrmkitError):
        builtins = [b for b in leaf.__mro__ if b.__module__ == "builtins"]
        assert leaf is errors.CrmkitError or builtins[0] not in (Exception, BaseException)
        assert leaf.__name__ in (errors.__doc__ or "")


def test_every_warning_is_crmkits() -> None:
    for leaf in _leaves(Warning):
        assert issubclass(leaf, errors.CrmkitWarning)
        assert leaf.__name__ in (errors.__doc__ or "")


def test_the_version_stands_in_one_place() -> None:
    assert crmkit.__version__ not in (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")


def test_warnings_are_errors_in_this_suite() -> None:
    with pytest.raises(UserWarning, match="as agreed"):
        warnings.warn("as agreed", UserWarning, stacklevel=1)
