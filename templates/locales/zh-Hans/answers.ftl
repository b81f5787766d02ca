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
file-reason-too-large = 文件解压后过大，无法读取。请拆分文件，或删去其中的图片。
file-reason-crashed = 该文件无法读取。请重新另存为 PDF 后再上传。
file-reason-missing = 该文件在磁盘上缺失，请重新上传。
file-reason-pictures = 以下页面是图片，无法检索：{ $pages }。
file-reason-unreadable = 以下页面无法读取：{ $pages }。
file-reason-cut = 只读取了文件的开头部分。

thinking-tool-catalogue = 正在查询“{ $query }”…

answer-lead-major = 课程目录中该专业的要求如下，请与你的学术导师确认你的培养方案：
answer-lead-prerequisites = 教务注册办公室的先修课列表中有如下规定：
answer-lead-schedule = 课程表中有以下班级：
answer-lead-plan = 根据课程目录，你还需要修读的课程以及目前可以修读的课程如下：
answer-lead-syllabus = 课程总表中的介绍如下：
answer-lead-events = 你询问的日期内已公布的活动如下：
answer-more-events = { $count ->
   *[other] 另有 { $count } 项活动未列出。
}
answer-needs = 要判断你接下来可以选修哪些课程，我还需要了解一些信息。请告诉我：
answer-needs-major = 你的专业；如果有方向，也请说明方向
answer-needs-year = 你的入学年份（例如 2024 级）
answer-needs-completed = 你已经修完的课程代码；如果还没有修过任何课程，也请说明

catalogue-majors = 课程目录中的专业：{ $value }。
catalogue-no-major = 课程目录中没有这个名称的专业。
catalogue-close = 名称相近的专业：{ $value }。
catalogue-prerequisite = { $name } 的先修要求：{ $value }（自 { $first } 起生效，来源：{ $title }）。
catalogue-no-prerequisite = { $name } 没有先修要求（自 { $first } 起生效，来源：{ $title }）。
catalogue-not-listed = 在“{ $title }”中没有找到：{ $codes }。
catalogue-plan-note = 以上结论由已载入的列表推算得出。不同入学年份的要求可能不同，选课前请与你的学术导师确认。
catalogue-no-schedule = 尚未载入课程表，因此无法判断哪些课程会开设。
catalogue-no-prerequisites = 尚未载入先修课列表，因此没有检查先修要求。
catalogue-open = 可以修读：{ $value }
catalogue-not-offered = 课程表中没有开设：{ $codes }
catalogue-blocked = { $name } 已开设，但你暂时还不能修读。先修要求：{ $value }。尚缺：{ $codes }
catalogue-unclear = { $name } 有需要你自行确认的条件：{ $value }
catalogue-met = { $name }：你列出的课程已满足 { $last } 项课程要求中的 { $first } 项
catalogue-still-required = 仍需修读——{ $value }
catalogue-also-required = 另有要求——{ $value }
catalogue-section = { $name } 班
catalogue-no-time = 时间未定
catalogue-credits = { $value } 学分
catalogue-between-days = 、
catalogue-day-mon = 周一
catalogue-day-tue = 周二
catalogue-day-wed = 周三
catalogue-day-thu = 周四
catalogue-day-fri = 周五
catalogue-day-sat = 周六
catalogue-day-sun = 周日
answer-lead-majors = 课程目录中有以下专业和方向，你可以继续询问其中任何一个专业的要求：
catalogue-other-terms = 课程表中没有 { $name } 的班级，以上为其他学期的班级。
catalogue-more = { $count ->
   *[other] 另有 { $count } 项未在此列出。
}
answer-weekday-mon = { $value } 星期一
answer-weekday-tue = { $value } 星期二
answer-weekday-wed = { $value } 星期三
answer-weekday-thu = { $value } 星期四
answer-weekday-fri = { $value } 星期五
answer-weekday-sat = { $value } 星期六
answer-weekday-sun = { $value } 星期日
answer-event-place = 地点：{ $value }
answer-event-host = 主办方：{ $value }
answer-event-speaker = 主讲人：{ $value }
answer-event-audience = 面向：{ $value }
