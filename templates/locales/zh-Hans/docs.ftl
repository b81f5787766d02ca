docs-title = API 文档
docs-needs-script = 此页面需要 JavaScript。文档本身不需要：可从上方下载。
