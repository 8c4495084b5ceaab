"""Writers of every format, from the one result model.  They lay out and count; they compute no score."""
