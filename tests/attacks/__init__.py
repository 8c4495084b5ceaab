"""What a submission may try, tried for real: against the whole wall, and against the wall with the layer off."""
