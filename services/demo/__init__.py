"""The demonstration: an invented consultation in the shape of that of 2018, fed through the same door as a real one."""
