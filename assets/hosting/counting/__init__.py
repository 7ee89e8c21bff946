"""What is judged of a request when it arrives (domain rules, section 1): pure functions of the request and of versioned lists."""
