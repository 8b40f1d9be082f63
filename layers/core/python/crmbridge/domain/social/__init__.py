"""Social touchpoints, what they earned, and what they tell of people; pure."""
