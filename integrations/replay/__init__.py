"""Replay: what was told, or could not be, is told again because a person asks for it.

``selection`` says which updates, ``guards`` what keeps one out, ``previews`` counts and shows
before anything is done, ``runs`` starts and cancels, ``advancing`` works it through in the
background, ``acting`` does it to one update, ``sameness`` judges what the same bytes are.
"""
