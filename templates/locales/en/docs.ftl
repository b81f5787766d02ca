docs-title = API
docs-needs-script = This page needs JavaScript. The document itself does not: it can be downloaded above.
