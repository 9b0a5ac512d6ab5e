"""Acts on households: who lives where, who leads, and the enrolments that households have."""
