"""What a tenant's own books say: orders and daily spend, imported from CSV."""
