"""The themer: it sees pseudonymised words, keeps them encrypted under one key a contributor, and hands on codes."""
