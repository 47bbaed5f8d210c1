"""The reference pages that are made from the code: permissions, settings, events, rules."""
