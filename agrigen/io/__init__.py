"""Reading and writing the files of the trade; one module a format."""
