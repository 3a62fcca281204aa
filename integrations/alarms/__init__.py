"""Alarms of a vitrine, and how long its orders may stay in a status before somebody is told.

``evaluation`` decides (pure), ``facts`` reads what it decides by, ``raising`` writes what it
decided with the notices to send, ``notices`` keeps those, ``sending`` sends them. ``lateness``
(pure) and ``deadlines`` are the limits of time. Decisions 0025 and 0026.
"""
