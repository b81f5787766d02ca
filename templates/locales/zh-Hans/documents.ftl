# 校园文档：工作人员所填内容的问题。

document-title-missing = 请填写文档标题。
document-title-long = 标题最多 300 个字符。
document-url-long = 网址最多 1000 个字符。
document-url-not-web = 请输入以 http:// 或 https:// 开头的网址。
document-ends-before-it-begins = 此日期早于文档的生效日期。
document-file-format = 无法读取这种文件。请选择 PDF、Word（docx）、HTML、Markdown 或文本文件。
document-file-empty = 文件为空。
document-file-large = 文件超过 64 MB。

document-upload = 增加文档
document-file-title = 文档的文件
document-file = 文件
document-file-now = 当前文件
document-file-help = PDF、Word（docx）、HTML、Markdown 或文本文件，最大 64 MB。
document-file-again = 文件的新版本；若不选择，则重新读取现有文件。
document-file-submit = 替换或重新读取
document-title-help = 留空时使用文件自带的标题，否则使用文件名。
document-no-file = 请选择文件。
document-no-source = 已没有可供重新读取该文档的文件。
document-will-be-read = 文档已保存。文件读取完成后即可检索其内容。
