"""Words for the generated articles, written for this purpose and taken from no text."""

from collections.abc import Mapping
from dataclasses import dataclass

Words = tuple[str, ...]


def _words(text: str) -> Words:
    """Split a list that is written with bars, or with spaces where no word has one."""
    return tuple(text.split("|" if "|" in text else None))


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """Hold the words of one language, by the part they play in a clause."""

    subjects: Words
    adverbs: Words
    verbs: Words
    adjectives: Words
    nouns: Words
    tails: Words
    authors: Words
    categories: Words
    topics: Mapping[str, Words]
    hit: Words
    decoy: Words


ZH = Vocabulary(
    subjects=_words(
        "研究团队 工程师们 这家公司 多数用户 一位读者 投资人 监管部门 地方政府 供应商 开发者 "
        "编辑部 分析人士 创始人 产品经理 第三方平台 社区成员 运营团队 消费者 行业协会 几所高校 "
        "实验室 制造商 物流企业 内容作者 独立评论员 审计机构 采购方 老员工 新任主管 合作伙伴 "
        "志愿者 图书馆 出版社 县城居民 年轻家长 退休教师 旅行者 摄影师 农户 渔民 茶商 设计工作室 "
        "维修师傅 快递员 司机 天文爱好者 气象台 博物馆 剧场 城市规划者 建筑师 环保组织 医院 "
        "药剂师 护理人员 保险公司 零售商 便利店 咖啡馆老板 电影节 乐队 编剧 演员 教练 球迷 裁判 "
        "登山队 骑行者 翻译 记者 法务部门 财务总监 董事会 小股东 海外分部 测试人员 算法小组 "
        "客服中心 学生社团 科考船"
    ),
    adverbs=_words(
        "正在 已经 很快 最终 仍然 悄悄 重新 主动 逐步 反复 暂时 公开 同时 随后 提前 意外地 "
        "谨慎地 明确 大幅 持续 再次 低调地 完全 几乎 尽量 联合 首次 按计划 分阶段 当场 私下 "
        "毫不犹豫地 集中 普遍 迅速 被迫 自愿 定期 偶尔 从头"
    ),
    verbs=_words(
        "评估 调整 公布 放弃 推动 采购 测试 改写 讨论 质疑 支持 升级 迁移 拆分 合并 记录 整理 "
        "验证 修复 延后 取消 扩大 缩减 引入 淘汰 分享 收集 比较 解释 设计 维护 部署 替换 观察 "
        "展示 出售 租用 捐赠 保护 恢复 翻新 搭建 承接 审核 批准 拒绝 追踪 预测 优化 简化 监测 "
        "复制 培训 招募 资助 邀请 采访 回应 总结 归档 标注 校对 翻译 发行 录制 排练 种植 灌溉 "
        "运输 储存 包装 检验 回收 清洗 组装 校准 绘制 丈量 编排 描述"
    ),
    adjectives=_words(
        "崭新 陈旧 复杂 简单 昂贵 廉价 可靠 脆弱 透明 封闭 轻便 笨重 安静 喧闹 湿润 干燥 遥远 "
        "临近 公共 私人 季节性 长期 短期 早期 晚近 稀有 常见 灵活 严格 宽松 精细 粗糙 温和 激烈 "
        "本地 跨国 线上 线下 手工 自动 半成品 备用 主要 次要 匿名 实名 免费 付费 试验性 成熟 "
        "小规模 大批量 低功耗 高密度 多语种 单一 混合 分散 统一 传统"
    ),
    nouns=_words(
        "方案 流程 合同 预算 数据集 接口 仓库 生产线 路线图 清单 手册 样品 报告 图纸 模型 服务器 "
        "会议纪要 课程 展览 剧本 唱片 菜单 配方 种子 水渠 桥梁 车站 码头 隧道 屋顶 庭院 街区 "
        "档案 地图 目录 索引 标签 字体 封面 插图 照片 镜头 望远镜 显微镜 传感器 电池 线缆 机箱 "
        "屏幕 键盘 软件包 插件 补丁 日志 备份 密钥 账户 订单 发票 库存 货架 冷库 卡车 航班 船票 "
        "站台 时刻表 门票 座位 舞台 灯光 音响 乐谱 球场 跑道 训练营 赛程 奖金 规则 章程 提案 "
        "投票 问卷 访谈 样本 统计口径 指标 基线 误差 假设 结论 论文 专栏 评论区 订阅源 通讯录 "
        "邮件列表 公告栏 维修站 工具箱 零件 模具 染料 布料 木材 砖石 玻璃 陶器 茶叶 豆腐 面粉 "
        "果园 梯田 鱼塘 湿地 林场 步道 观测点 气象图 潮汐表 星表 化石 标本 药品 病历 床位 保单"
    ),
    tails=_words(
        "这一点并不难理解 至少目前如此 但细节仍待确认 换句话说还需要时间 没有人愿意先开口 "
        "成本因此下降 结果超出预期 问题并未消失 各方说法不一 时间表随之改变 风险也在增加 "
        "旁观者各有看法 现场没有提问环节 具体数字尚未披露 后续安排会另行通知 争论持续到深夜 "
        "经验可以借鉴 效果有好有坏 文件还没有签字 剩下的工作并不多 大家松了一口气"
    ),
    authors=_words(
        "林知远 周砚秋 何小满 许云深 唐一诺 沈青禾 顾南桥 陆晚晴 江予安 宋时雨 白川 罗怀瑾 "
        "程以宁 叶舟 梁初夏 夏拾光"
    ),
    categories=_words("科技 财经 文化 生活 体育 教育 健康 旅行 设计 开源 城市 农业 读书 观察"),
    topics={
        "ai-chips": _words("芯片 算力 光刻机 存储颗粒 晶圆 封装测试"),
        "robots": _words("机器人 人形 机械臂 减速器 具身智能 外骨骼"),
        "climate": _words("碳排放 光伏 储能 海上风电 热浪 碳市场"),
        "space": _words("火箭 卫星 空间站 月球 探测器 发射场"),
    },
    hit=("互联互通", "互操作", "外链开放"),
    decoy=("高速公路互联互通", "铁路互联互通", "电网互联互通"),
)


EN = Vocabulary(
    subjects=_words(
        "the council|a small team|two engineers|the publisher|most readers|an auditor|"
        "the founder|local farmers|the museum|several nurses|the night crew|an old friend|"
        "the committee|our correspondent|the vendor|a retired teacher|the harbour office|"
        "many commuters|the orchestra|a young chemist|the maintainers|one contributor|"
        "the landlord|the tenants|a travelling band|the bakery|the rail operator|an insurer|"
        "the school board|its rivals|the ferry captain|a map maker|the archivist|three judges|"
        "the coach|an umpire|the designers|a consultant|the translators|the treasurer|"
        "a former pilot|the foundry|the weather service|an observatory|the brewery|the cyclists|"
        "a librarian|the editors|the mayor|a city planner|the union|the shareholders|"
        "some analysts|the court clerk|a botanist|the divers|the crew|the workshop|an apprentice|"
        "the owners|the regulator|a hospital|the pharmacists|the students|an electrician|"
        "the surveyors|the carpenters|a weaver|the rangers|the fishermen|the grocer|a courier|"
        "the drivers|the film club|an actor|the playwright|the climbers|the sailors"
    ),
    adverbs=_words(
        "quietly|quickly|finally|reluctantly|openly|carefully|rarely|often|suddenly|again|barely|"
        "privately|jointly|formally|briefly|steadily|cheaply|patiently|almost|deliberately|"
        "publicly|gradually|willingly|hastily|accidentally|repeatedly|partly|largely|gladly|"
        "eventually|seldom|promptly|silently|loosely|strictly|wisely|bravely|daily"
    ),
    verbs=_words(
        "measured|rebuilt|sold|questioned|described|delayed|funded|cancelled|replaced|borrowed|"
        "painted|tested|shipped|compared|archived|translated|rejected|approved|planted|watered|"
        "photographed|catalogued|repaired|weighed|printed|published|defended|ignored|copied|"
        "split|merged|moved|renamed|audited|leased|donated|restored|sketched|rehearsed|recorded|"
        "praised|criticised|simplified|extended|shortened|patched|packaged|inspected|cleaned|"
        "assembled|calibrated|charted|hired|trained|invited|interviewed|answered|summarised|"
        "tracked|forecast|opened|closed|guarded|found|lost|carried|stored|mapped|counted|"
        "redesigned|postponed|supported|adopted|abandoned|revised|signed|drafted|explained"
    ),
    adjectives=_words(
        "narrow|wooden|cheap|fragile|modest|northern|empty|crowded|public|private|seasonal|"
        "forgotten|handmade|digital|borrowed|spare|noisy|humid|remote|nearby|brittle|generous|"
        "strict|informal|annual|weekly|anonymous|experimental|reliable|dusty|bright|hollow|"
        "curved|portable|heavy|second|shared|uneven|costly|plain|ornate|hybrid|coastal|urban|"
        "rural|quiet|early|late|durable|temporary|faded|unsigned|detailed|rough|precise"
    ),
    nouns=_words(
        "ledger|bridge|timetable|orchard|greenhouse|telescope|catalogue|lighthouse|workshop|"
        "archive|pipeline|database|keyboard|notebook|contract|budget|survey|questionnaire|stage|"
        "lantern|violin|scoreboard|stadium|footpath|canal|reservoir|windmill|engine|gearbox|"
        "battery|cable|sensor|antenna|package|plugin|patch|changelog|mirror|backup|invoice|"
        "warehouse|shelf|truck|ferry|ticket|platform|tunnel|roof|courtyard|district|map|index|"
        "label|typeface|cover|drawing|photograph|lens|microscope|sample|baseline|estimate|"
        "hypothesis|paper|column|newsletter|mailing list|noticeboard|toolbox|mould|fabric|timber|"
        "brick|window|teapot|recipe|flour|terrace|pond|marsh|forest|trail|tide table|fossil|"
        "specimen|prescription|ward|policy|charter|proposal|ballot|interview|script|record|"
        "festival|menu|kitchen|seed bank|market stall|parcel|route|signal box|garden|quarry|barn|"
        "classroom|syllabus|scholarship|harvest|vineyard|museum hall|statue|fresco|manuscript"
    ),
    tails=_words(
        "which nobody had expected|although the details remain thin|and the cost fell|"
        "but no figures were given|while others waited outside|as the rain set in|"
        "so the plan changed|and that settled it|though some doubts persist|"
        "before anyone could object|after a long argument|with mixed results|"
        "and the rest is routine|until the paperwork arrives|for reasons still unclear|"
        "despite earlier promises|and few complained"
    ),
    authors=_words(
        "Ada Thornbury|Miles Okafor|Greta Lindqvist|Tom Ashdown|Priya Menon|Lucas Ferrand|"
        "Nora Whitlock|Iris Calloway|Ben Adeyemi|Clara Voss|Owen Pryce|Maya Strand"
    ),
    categories=_words(
        "Technology|Business|Culture|Sport|Health|Travel|Design|Open source|Cities|Farming|Books|"
        "Opinion|Science"
    ),
    topics={
        "ai-chips": _words("GPU|semiconductor|wafer|accelerator card|chiplet|foundry node"),
        "robots": _words("robotics|humanoid|gripper|exoskeleton|drone swarm|actuator"),
        "climate": _words("carbon|solar farm|heatwave|offshore wind|emissions|heat pump"),
        "space": _words("rocket|satellite|orbit|lunar lander|spacecraft|launch pad"),
    },
    hit=("interoperability", "interoperable", "互联互通"),
    decoy=("operability", "interlocking"),
)
