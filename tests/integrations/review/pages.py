"""What a person does between the DE-PARA and its review, without JavaScript."""

from django.urls import reverse

from tests.status_mapping.pages import Form, texts, tree_of


def address(vitrine, name="mapping_review"):
    return reverse(name, args=[vitrine.code])


def typed(client, vitrine, **values):
    """The form of *Configurações Adicionais* with something typed in it."""
    page = client.get(reverse("status_mapping:edit", args=[vitrine.code]))
    return Form(page.content).fill(**values)


def reviewed(client, vitrine, **values):
    return client.post(address(vitrine), typed(client, vitrine, **values).data)


def fields_of(response):
    """What the form of the review posts, nothing ticked."""
    fields = tree_of(response).xpath("//form[@id='review']//input[not(@type='checkbox')]")
    return {field.get("name"): field.get("value") or "" for field in fields}


def boxes(response):
    found = tree_of(response).xpath("//form[@id='review']//input[@type='checkbox']/ancestor::label")
    return {
        label.xpath(".//input/@value")[0]: " ".join(label.text_content().split()) for label in found
    }


def sentences(response):
    """What the rows that change would do."""
    return texts(response, "//td[@data-label='O que isso faz']/div")


def pill(response):
    return texts(response, "//h2[@id='t-linhas']/following-sibling::span")


def hint(response):
    (words,) = texts(response, "//p[contains(@class, 'grid-help')]")
    return words
