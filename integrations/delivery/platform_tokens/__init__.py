"""Access tokens that platforms give: ``exchange`` obtains one, ``keeping`` holds on to it."""
