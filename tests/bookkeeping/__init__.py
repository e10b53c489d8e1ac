"""What a merchant keeps books by: rates, history, exports, statements and receipts, on real rows."""
