"""One tool for each operation of the catalogue; what it does is said there, and here only how it is named."""
