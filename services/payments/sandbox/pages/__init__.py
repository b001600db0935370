"""The hosted pages: Checkout, the customer portal and an invoice, as a person completes them in a browser.

They stand where the addresses in the API's objects point to (`url`, `hosted_invoice_url`, `invoice_pdf`), work without
scripts, and say on each page that this is a sandbox.
"""
