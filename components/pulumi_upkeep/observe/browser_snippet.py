"""What a site's pages hold so that visitors' browsers report errors.

Datadog, "Browser monitoring setup", from its content delivery network: the script stands before any
other, so that errors of the others are seen, and a page lives on where it cannot be loaded.
"""

import json
from collections.abc import Mapping

# Datadog's sites, and where each one's script stands.
SITES: Mapping[str, str] = {
    "ap1.datadoghq.com": "ap1",
    "ap2.datadoghq.com": "ap2",
    "datadoghq.com": "us1",
    "datadoghq.eu": "eu1",
    "us3.datadoghq.com": "us3",
    "us5.datadoghq.com": "us5",
}
# Fixed, so that a new release of the script changes no page by itself.
RELEASE = "v6"
# The version is read from the page, where each release writes its own: <meta name="version" ...>.
VERSION = "document.querySelector('meta[name=\"version\"]')?.content"


def browser_snippet(
    *,
    application: str,
    client_token: str,
    site: str,
    service: str,
    environment: str,
    sample: float,
    privacy: str,
) -> str:
    """The snippet for the head of each page, before any other script.

    site      Datadog's, one of :data:`SITES`
    sample    per cent of the visits that are watched
    privacy   ``mask``, ``mask-user-input`` or ``allow``
    Nothing is recorded as a film, and clicks are not followed: errors need neither, and both see
    what visitors do.
    """
    options = {
        "applicationId": application,
        "clientToken": client_token,
        "site": site,
        "service": service,
        "env": environment,
        "sessionSampleRate": round(sample) if sample == round(sample) else sample,
        "sessionReplaySampleRate": 0,
        "trackUserInteractions": False,
        "defaultPrivacyLevel": privacy,
    }
    # A script ends at its closing tag wherever that stands: no value may hold one.
    lines = "".join(f"    {name}: {_text(value)},\n" for name, value in options.items())
    address = f"https://www.datadoghq-browser-agent.com/{SITES[site]}/{RELEASE}/datadog-rum.js"
    return (
        f'<script src="{address}"></script>\n'
        "<script>\n"
        "  window.DD_RUM && window.DD_RUM.init({\n"
        f"{lines}"
        f"    version: {VERSION},\n"
        "  });\n"
        "</script>\n"
    )


def _text(value: object) -> str:
    return json.dumps(value).replace("<", "\\u003c")
