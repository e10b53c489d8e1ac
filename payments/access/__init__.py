"""Who may do what: roles and the permissions that each gives. Pure tables, which pages, sockets, commands and the API all ask."""
