# 个人数据文件中 README.txt 的内容。

person-readme-title = ChatDKU：系统中有关一个人的全部数据
person-readme-about = 文本编码为 UTF-8，时间为 UTC。各条目依次读取，开始时间：
person-entry-account = 帐户：名称（校园帐户为 NetID 的哈希值）、地址、标志、用户组、权限
person-entry-conversations = 会话及其消息，包括来源、您的反馈以及回答的生成过程
person-entry-feedback = 您给出的全部反馈，包括已删除回答的反馈
person-entry-files = 您的文件：名称、大小、页数、读取状态以及所在条目
person-entry-files-folder = 文件本身
person-entry-sessions = 您的登录会话：时间、网络、浏览器
person-entry-audit = 审计日志中您的操作，包括时间和网络
person-entry-mails = 发往您地址的邮件：类型、主题和时间
person-without = 未包含：
person-without-derived = 为检索而由您的文件生成的数据：分段文本及其向量
person-without-working = 程序运行所需、仅保存数分钟至数天的数据：正在生成的回答的记录、作业、请求计数和登录失败计数
person-without-secrets = 可被他人用来冒充您的机密：双重验证的密钥和恢复码，以及密码的哈希值和登录会话的令牌
person-without-others = 涉及他人的内容：反馈审核者的备注、您作为工作人员修改过的记录的名称和内容、邮件正文
