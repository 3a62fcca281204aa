"""What every page is held to while a browser shows it, whatever the test is about."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

#: Findings below these are a matter of taste.
GRAVE = ("serious", "critical")
#: Reports what the policy has stopped, before any script of the page runs.
_TELL_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) => console.error(
  'CSP: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile
));
"""


@dataclass
class Watch:
    """Requests to another address, messages of the console, and errors of scripts."""

    url: str
    #: Messages that the test expects: a page that answers 404 or 422 is told of there.
    expected: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("data", "blob"):
            return
        if f"{address.scheme}://{address.netloc}" != self.url:
            self.complaints.append(f"request to another address: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if not any(words in message.text for words in self.expected):
            self.complaints.append(f"console: {message.text}")


def grave_findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical, each with where it is."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {each['impact']} {each['id']} at {node['target']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return max(0, wider)
