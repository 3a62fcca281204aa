"""What would be sent, without sending it: ``dry_run`` renders, ``words`` and ``text`` tell it."""
