"""Customer success: who the customers are, how they fare, what they say of us, and what is wrong (domain rules, section 9)."""
