"""Pages of the DE-PARA. What needs orders or sending is served by integrations, beside these."""
