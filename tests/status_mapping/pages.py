"""The page as a browser without JavaScript uses it: read its form, change inputs, send them."""

from lxml import html


class Form:
    """The inputs of *Configurações Adicionais*, as the server drew them."""

    def __init__(self, content: bytes) -> None:
        self.tree = html.fromstring(content.decode())
        (self.element,) = self.tree.xpath("//form[@id='mapping']")
        self.data = {}
        for field in self.element.xpath(".//input | .//select"):
            if field.xpath("ancestor::template") or field.get("disabled") is not None:
                continue
            if field.get("type") == "checkbox":
                if field.get("checked") is not None:
                    self.data[field.get("name")] = "on"
            else:
                self.data[field.get("name")] = field.value or ""

    def fill(self, **values: str | bool) -> "Form":
        """``status_1__platform_status="PAID"``: two underscores end the prefix."""
        for key, value in values.items():
            prefix, _, field = key.rpartition("__")
            name = f"{prefix.replace('_', '-')}-{field}" if prefix else field
            if value is False:
                self.data.pop(name, None)
            else:
                self.data[name] = "on" if value is True else value
        return self

    def text(self, xpath: str) -> list[str]:
        return [" ".join(found.text_content().split()) for found in self.tree.xpath(xpath)]

    def errors(self) -> dict[str, str]:
        """The message beside each input, tied to it for a screen reader."""
        found = {}
        for error in self.tree.xpath("//*[contains(@class, 'cell-error')]"):
            (field,) = self.tree.xpath(f"//*[@aria-describedby='{error.get('id')}']")
            assert field.get("aria-invalid") == "true"
            found[field.get("name")] = error.text_content().strip()
        return found

    def conflicts(self) -> list[str]:
        return self.text("//*[contains(@class, 'cell-conflict')]")

    def row(self, status: int) -> str:
        (text,) = self.text(f"//tbody[.//input[@name='status-{status}-platform_status']]")
        return text


def tree_of(response):
    return html.fromstring(response.content.decode())


def texts(response, xpath: str) -> list[str]:
    """Of any page."""
    return [" ".join(found.text_content().split()) for found in tree_of(response).xpath(xpath)]
