"""What other systems tell us of - conversations, bookings, repairs, payments - turned into records; pure."""
