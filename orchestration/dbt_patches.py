"""Nine things that dbt 1.12 does in vain, mended in this process: together they were more than half of a build's CPU time.

None changes what dbt makes or judges. Where an upgrade of dbt renames what is patched, this module fails by name at the first call.
"""

import sys
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any


@cache
def patch_dbt() -> None:
    """Mend them, once a process."""
    from dbt.adapters.postgres.connections import PostgresConnectionManager
    from dbt.context import base
    from dbt.graph.selector import NodeSelector
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.clients import agate_helper
    from dbt_common.clients.jinja import MacroFuzzEnvironment, MacroFuzzTemplate, NativeSandboxTemplate
    from dbt_common.events.base_types import BaseEvent

    native: Any = NativeSandboxTemplate
    _hear_faults_only()
    _make_when_read(BaseEvent)
    # What a data test is given is rendered in a copy of all 1,500 macros; what else dbt renders, in a view of them.
    native.new_context = MacroFuzzTemplate.new_context
    _compile_once(MacroFuzzEnvironment)
    _keep_connections(PostgresConnectionManager)
    _name_the_caller(BehaviorFlagRendered)
    _look_up_once(base)
    _select_once(NodeSelector)
    _type_by_columns(agate_helper)


def _hear_faults_only() -> None:
    """A build fires ten thousand messages of level debug and info, each made twice over before a quiet logger drops it."""
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager

    class Faults(EventManager):
        def fire_event(self, e: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False) -> None:
            heard = (level or e.level_tag()) in {EventLevel.WARN, EventLevel.ERROR} or type(e).__name__ == "PrintEvent"
            if heard or force_warn_or_error_handling:
                super().fire_event(e, level, node, force_warn_or_error_handling)

    ctx_set_event_manager(Faults())


def _make_when_read(event: Any) -> None:
    """Events keep what they were called with, and make their message of it once something asks for it."""
    make = event.__init__

    def keep(self: Any, *arguments: Any, **named: Any) -> None:
        self.__dict__["made_of"] = arguments, named

    def read(self: Any, name: str) -> Any:
        if name != "pb_msg":
            return getattr(self.pb_msg, name)
        arguments, named = self.__dict__["made_of"]
        make(self, *arguments, **named)
        return self.__dict__["pb_msg"]

    def write(self: Any, name: str, value: Any) -> None:
        if name == "pb_msg":
            self.__dict__[name] = value
        else:
            setattr(self.pb_msg, name, value)

    event.__init__, event.__getattr__, event.__setattr__ = keep, read, write


def _compile_once(environment: Any) -> None:
    """Jinja makes the same code of the same text: a process that builds again compiles none of it again."""
    compiled = environment.compile
    known: dict[tuple[type[Any], str], Any] = {}

    def code_of(self: Any, source: Any, *more: Any, **named: Any) -> Any:
        if more or named or not isinstance(source, str):
            return compiled(self, source, *more, **named)
        key = type(self), source
        if key not in known:
            known[key] = compiled(self, source)
        return known[key]

    environment.compile = code_of


def _keep_connections(manager: Any) -> None:
    """A thread keeps its connection from node to node until the call ends, as dbt's adapter for Snowflake does when asked.

    Each of 300 nodes had one of its own: a process of the server's, a password's 4,096 digests on both sides, and a catalog that
    the process reads anew before it can plan.
    """

    opened = manager.open.__func__

    def open_for_good(cls: Any, connection: Any) -> Any:
        if connection.state == "open":
            return connection
        made = opened(cls, connection)
        # The role was set in a transaction, whose end would be the role's.
        made.handle.commit()
        return made

    def release(self: Any) -> None:
        connection = self.get_if_exists()
        if connection is None or connection.state != "open":
            return
        try:
            # What a node left unfinished, or a plain read began, ends with it.
            connection.handle.rollback()
            connection.transaction_open = False
        except Exception:
            self.close(connection)
            self.clear_thread_connection()
            raise

    manager.open, manager.release = classmethod(open_for_good), release


def _name_the_caller(flag: Any) -> None:
    """Each of eight flags asks which module makes it: of every frame of the stack its source was read, a tenth of a short call."""

    def source() -> str:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_globals.get("__name__") == flag.__module__:
            frame = frame.f_back
        return str(frame.f_globals.get("__name__", "Unknown"))

    flag._default_source = staticmethod(source)


def _look_up_once(base: Any) -> None:
    """What `modules` has (time zones, dates, expressions) is the process's: it was looked up and wrapped anew for every node."""
    base.get_context_modules = cache(base.get_context_modules)


def _select_once(selector: Any) -> None:
    """A build selects thrice what it builds, and the next build of the same manifest selects the same."""
    select = selector.get_selected
    known: dict[tuple[Any, ...], set[str]] = {}
    of: list[Any] = [None]

    def get_selected(self: Any, spec: Any, warn_on_no_nodes: bool = True) -> Any:
        if self.previous_state is not None:
            return select(self, spec, warn_on_no_nodes)
        if of[0] is not self.manifest:
            known.clear()
            of[0] = self.manifest
        kinds = frozenset(getattr(self, "resource_types", ()))
        key = type(self), kinds, self.include_empty_nodes, warn_on_no_nodes, _key_of(spec)
        chosen = known.get(key) or select(self, spec, warn_on_no_nodes)
        known[key] = chosen
        return set(chosen)

    selector.get_selected = get_selected


def _key_of(spec: Any) -> tuple[Any, ...]:
    """All that a selection says: what it combines and how, or the one criterion that it is."""
    parts = getattr(spec, "components", None)
    return (repr(spec),) if parts is None else (type(spec), spec.expect_exists, spec.indirect_selection, *map(_key_of, parts))


def _type_by_columns(helper: Any) -> None:
    """For each answer of the server a reader of dates in every locale was made, thrice; those of the same columns share theirs."""
    build = lru_cache(maxsize=1_024)(helper.build_type_tester)

    def build_type_tester(text_columns: Iterable[str], string_null_values: Iterable[str] | None = ("null", "")) -> Any:
        return build(frozenset(text_columns), None if string_null_values is None else tuple(string_null_values))

    helper.build_type_tester = build_type_tester
