"""What a file really is, from its bytes, never from its name; nothing in it is executed."""
