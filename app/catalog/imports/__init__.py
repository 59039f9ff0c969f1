"""Imports: a seller's sheet of products, read row by row and written in one transaction.

The way of a file: `tables` and `workbook` make rows of what was sent, `columns` and `cells` say
what each cell must be, `prepare` puts rows together to products; all of that in the sandbox. The
worker (`work`) holds the products against the catalogue (`judge`, pure) and writes them (`apply`).

Service and worker reach the same file store: where they run on two machines, both are given the
same bucket (BTC_FILE_STORE), or a folder that both have mounted.
"""
