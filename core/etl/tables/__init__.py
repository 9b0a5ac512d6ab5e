"""Where the tables of a file stand, and how several become one."""
