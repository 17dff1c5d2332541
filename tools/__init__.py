"""Tools for building, testing and releasing; none of them is needed to run Jishi."""
