# 回答中的固定用语，以及提示正在做什么的短句。

thinking-searching = 正在检索文档…
thinking-found = { $count ->
    [0] 没有找到合适的段落。
   *[other] 正在阅读 { $count } 个段落…
}
thinking-without-model = 语言模型暂不可用，将直接根据原文段落作答…
thinking-line = 语言模型繁忙，您排在第 { $count } 位…
thinking-tool-search = 正在搜索“{ $query }”…
thinking-tool-read = 正在继续阅读…
thinking-tool-events = 正在查看活动…
thinking-still = 仍在处理中…

answer-greeting = 你好！我是昆山杜克大学的校园助手 ChatDKU。你可以问我有关课程、毕业要求、校园服务和校园生活的问题，也可以上传 PDF 文件并针对其内容提问。
answer-lead = 以下是各份文档中与你的问题最相关的原文段落，均按原文引用，未作改写：
answer-lead-own = 以下是你的文档中与问题最相关的原文段落，均按原文引用，未作改写：
answer-outdated = 其中部分段落所在的文档可能已经过期，请以最新规定为准。
answer-advice = 在据此作出决定之前，请先阅读原文的完整上下文；如仍有疑问，请向负责的部门咨询确认，以免因引用不完整而产生误解。相关规定可能会随学年更新，请以最新发布的版本为准。
answer-not-found = 很抱歉，我没有在校园文档中找到这个问题的答案。你可以换一种说法，或者使用课程、部门、项目的全称再问一次；也可以直接咨询负责的部门：课程与选课问题请联系教务注册办公室，培养方案问题请联系你的学术导师，其他问题请联系学生事务办公室。
answer-not-found-own = 很抱歉，我没有在你选择的文档中找到这个问题的答案。你可以使用文档中出现的词语再问一次，或者选择其他文档。请注意，如果文档中的某些页面只是文字的图片（例如扫描件），这些页面的内容是无法检索的，需要先进行文字识别（OCR）再重新上传。

file-reason-password = 该 PDF 设有密码。请另存一份无密码的副本后重新上传。
file-reason-broken = 该文件无法作为 PDF 读取，可能已损坏。
file-reason-no-text = 该 PDF 不含文字，可能只有文字的图片。请先进行文字识别（OCR）后再上传。
file-reason-crashed = 该文件无法读取。请重新另存为 PDF 后再上传。
file-reason-missing = 该文件在磁盘上缺失，请重新上传。
file-reason-pictures = 以下页面是图片，无法检索：{ $pages }。
file-reason-unreadable = 以下页面无法读取：{ $pages }。
file-reason-cut = 只读取了文件的开头部分。
