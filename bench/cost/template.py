"""What the template says of memory and logs."""

from __future__ import annotations

from typing import Any

import yaml

from bench.crms import ROOT


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's own tags as texts or values, whatever they mean."""


def _tag(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:  # noqa: ANN401 - of any shape
    if isinstance(node, yaml.ScalarNode):
        return str(loader.construct_scalar(node))
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None


_Loader.add_multi_constructor("!", _tag)  # pyright: ignore[reportUnknownMemberType] - yaml has no types


class Template:
    """The deployed functions' settings."""

    def __init__(self) -> None:
        text = (ROOT / "template.yaml").read_text(encoding="utf-8")
        held: dict[str, Any] = _Loader(text).get_single_data()
        self._resources: dict[str, Any] = held["Resources"]
        self._shared: dict[str, Any] = held["Globals"]["Function"]

    def memory_mb(self, function: str) -> int:
        """Return the memory of a function."""
        return int(self._resources[function]["Properties"].get("MemorySize", self._shared.get("MemorySize", 128)))

    def folder(self, function: str) -> str:
        """Return the folder of a function's code."""
        return str(self._resources[function]["Properties"]["CodeUri"]).rstrip("/").removeprefix("functions/")

    def logs_platform_lines(self, function: str) -> bool:
        """Tell whether Lambda's own START, END and REPORT are written to the log of a function."""
        own = self._resources[function]["Properties"].get("LoggingConfig", {})
        logging = {**self._shared.get("LoggingConfig", {}), **own}
        return logging.get("SystemLogLevel", "INFO") != "WARN"

    def variables(self, *, bus: str) -> dict[str, str]:
        """Return the plain values among the functions' variables, the bus named."""
        shared = self._shared["Environment"]["Variables"]
        plain = {name: str(value) for name, value in shared.items() if str(value).isdigit()}
        return {**plain, "EVENT_BUS_NAME": bus}

    def access_line_bytes(self) -> int:
        """Return about how long one line of the API's access log is."""
        written = self._resources["Api"]["Properties"]["AccessLogSettings"]["Format"]
        return len(str(written)) + 60
