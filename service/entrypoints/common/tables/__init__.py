"""Tables of accounts as people have them: opened, understood and read, for every entry point that takes one."""
