"""Options, settings, plugins and variables of pytest that change no check, such as those for reporting.

All others are refused by name; a project adds its own through `allowed_options` in its declaration, except those of
rules/refused_options.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPTIONS = _words(
    # the gate's own
    "--gate-release --gate-keep-going --gate-criteria --gate-lang "
    # how pytest reports
    "--verbose --quiet --verbosity -r --no-header --no-summary --no-fold-skipped --force-short-summary "
    "--durations --durations-min --disable-warnings --max-warnings --showlocals --no-showlocals --tb "
    "--xfail-tb --show-capture --full-trace --color --code-highlight --capture --setup-show --trace-config "
    "--debug --cache-clear --junit-xml --junit-prefix "
    # the gate counts warnings itself, whatever the filters
    "--pythonwarnings "
    # stricter than the default
    "--strict --strict-config --strict-markers "
    # doctests carry no check: the gate's marker leaves them out
    "--doctest-modules --doctest-glob --doctest-report --doctest-ignore-import-errors "
    "--doctest-continue-on-failure "
    # how logging looks
    "--log-format --log-date-format --log-cli-level --log-cli-format --log-cli-date-format --log-file "
    "--log-file-mode --log-file-level --log-file-format --log-file-date-format --log-auto-indent "
    # reports of well-known plugins
    "--html --self-contained-html --css --metadata --metadata-from-json --metadata-from-json-file "
    "--json-report --json-report-file --json-report-indent --json-report-omit --json-report-summary "
    "--json-report-verbosity --report-log --ctrf --alluredir --clean-alluredir --allure-no-capture "
    "--instafail --old-summary --force-sugar --hypothesis-show-statistics --hypothesis-verbosity "
    "--hypothesis-explain --benchmark-enable --benchmark-save --benchmark-autosave --benchmark-save-data "
    "--benchmark-json --benchmark-compare --benchmark-compare-fail --benchmark-storage --benchmark-netrc "
    "--benchmark-verbose --benchmark-quiet --benchmark-sort --benchmark-group-by --benchmark-columns "
    "--benchmark-name --benchmark-time-unit --benchmark-histogram --cov --cov-report --cov-config "
    "--cov-append --cov-branch --cov-context --cov-fail-under --no-cov-on-fail --no-cov "
)


def _outside(value: Any, root: Path) -> bool:
    """A folder that pytest may empty: neither the project, nor in it, nor around it."""
    folder = Path(value).absolute().resolve()
    return not (folder.is_relative_to(root) or root.is_relative_to(folder))


def _is_root(value: Any, root: Path) -> bool:
    return Path(value).absolute().resolve() == root


def _positive(value: Any, _: Path) -> bool:
    return float(value) > 0


VALUES: Mapping[str, Callable[[Any, Path], bool]] = {
    "--maxfail": lambda value, _: int(value) == 0,
    "--import-mode": lambda value, _: value in ("prepend", "importlib"),
    "--log-level": lambda value, _: str(value).upper() in ("NOTSET", "DEBUG", "INFO", "WARNING", "0", "10", "20", "30"),
    "--numprocesses": lambda value, _: str(value) == "0",
    "--dist": lambda value, _: value == "no",
    "--rootdir": _is_root,
    "--confcutdir": _is_root,
    "--basetemp": _outside,
    "--timeout": _positive,
    "--session-timeout": _positive,
    "--timeout-method": lambda value, _: value in ("signal", "thread"),
}
"""Options that change no check while their value is of this kind: (value, root) -> bool."""

REPORTING_SETTINGS = _words(
    "strict strict_config strict_markers "
    "console_output_style verbosity_assertions verbosity_test_cases verbosity_subtests truncation_limit_lines "
    "truncation_limit_chars cache_dir faulthandler_timeout faulthandler_exit_on_timeout "
    "tmp_path_retention_count tmp_path_retention_policy junit_suite_name junit_logging "
    "junit_log_passing_tests junit_duration_report junit_family log_format log_date_format log_cli "
    "log_cli_level log_cli_format log_cli_date_format log_file log_file_mode log_file_level log_file_format "
    "log_file_date_format log_auto_indent render_collapsed max_asset_filename_length "
    "environment_table_redact_list generate_report_on_test initial_sort "
)
"""Settings that may also be given on the command line (-o)."""

SETTINGS = REPORTING_SETTINGS | _words(
    # judged separately
    "addopts filterwarnings markers "
    # what they leave out is missing from the required checks, and refused there
    "testpaths norecursedirs python_files python_classes python_functions collect_imported_tests "
    "empty_parameter_set_mark "
    # an expected failure never counts as passed, strict or not
    "xfail_strict strict_xfail "
    # stricter, or what pytest needs to run at all
    "strict_parametrization_ids minversion required_plugins pythonpath "
    "consider_namespace_packages enable_assertion_pass_hook "
    "disable_test_id_escaping_and_forfeit_all_rights_to_community_support doctest_optionflags "
    "doctest_encoding log_level pytester_example_dir max_warnings "
    # of well-known plugins
    "asyncio_mode asyncio_debug asyncio_default_fixture_loop_scope asyncio_default_test_loop_scope anyio_mode "
    "trio_mode trio_run timeout timeout_method session_timeout DJANGO_SETTINGS_MODULE DJANGO_CONFIGURATION "
    "django_find_project mock_traceback_monkeypatch mock_use_standalone_module "
)
"""Settings that the project's own file may contain, with any value."""

PLUGINS_TO_LEAVE_OUT = _words(
    # of pytest itself: reporting, and fixtures whose absence is an error
    "cacheprovider stepwise pastebin doctest nose junitxml faulthandler debugging legacypath logging pytester "
    "terminalprogress setuponly setupplan "
    # the gate records the same exceptions itself
    "unraisableexception threadexception "
    # with these, a run would prove nothing
    "randomly random_order rerunfailures retry flaky forked split shard xdist xdist.looponfail testmon picked "
    # reports, and fixtures or kinds of test whose absence is an error
    "html html_fixtures metadata jsonreport json-report reportlog ctrf sugar instafail cov allure_pytest benchmark "
    "hypothesispytest hypothesis schemathesis anyio asyncio trio alembic Faker mock celery syrupy "
    "platformdirs "
)
"""Names, without `pytest_`, that `-p no:NAME` may leave out."""

PLUGINS_TO_LOAD = frozenset({"release_gate", "release_gate.plugin", "pytester"})
"""Plugins that `-p NAME` and PYTEST_PLUGINS may name although pytest does not load them by itself."""

VARIABLES = _words(
    "PYTEST_ADDOPTS PYTEST_PLUGINS PYTEST_CURRENT_TEST PYTEST_VERSION PYTEST_DEBUG PYTEST_DEBUG_TEMPROOT "
    "PYTEST_THEME PYTEST_THEME_MODE PYTEST_XDIST_AUTO_NUM_WORKERS PYTEST_XDIST_WORKER "
    "PYTEST_XDIST_WORKER_COUNT PYTEST_XDIST_TESTRUNUID "
)
"""Variables named PYTEST_… that change no check, or are judged separately."""
