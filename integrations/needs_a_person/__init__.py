"""What waits for somebody, by cause and vitrine: counted, told in words, with the way to end it."""
