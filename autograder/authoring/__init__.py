"""From sources to notebooks and to what students get.  While a class is graded, only the reference is read here."""
