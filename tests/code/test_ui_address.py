"""helpers.links: where a browser finds the MLflow UI."""

from __future__ import annotations

import pytest

from helpers.links import ui_url


def test_the_ui_is_at_the_server_or_where_it_is_forwarded_to_or_where_the_setting_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:8081")
    assert ui_url() == "http://localhost:8081"
    monkeypatch.setenv("CODESPACE_NAME", "ada-4x7")
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
    assert ui_url() == "https://ada-4x7-8081.app.github.dev"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://class.example")
    assert ui_url() == "https://class.example"  # not on the codespace's machine
    monkeypatch.setenv("TRACKING_UI_URL", "https://elsewhere.example/mlflow/")
    assert ui_url() == "https://elsewhere.example/mlflow"
