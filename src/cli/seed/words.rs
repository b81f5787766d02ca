//! Made-up text: the same for the same number, in English and in Chinese.

/// A sequence of numbers that only looks like chance (`SplitMix64`), the same in every version and on every machine.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    /// Whether something happens that does in `share` of a hundred cases.
    pub(super) fn happens(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[usize::try_from(self.below(things.len() as u64)).unwrap_or(0)]
    }
}

const ENGLISH: [&str; 64] = [
    "library",
    "course",
    "credit",
    "semester",
    "visa",
    "office",
    "housing",
    "scholarship",
    "deadline",
    "student",
    "faculty",
    "advisor",
    "registration",
    "exam",
    "grade",
    "lab",
    "campus",
    "shuttle",
    "dining",
    "hall",
    "print",
    "account",
    "password",
    "network",
    "health",
    "insurance",
    "tuition",
    "payment",
    "refund",
    "transcript",
    "letter",
    "internship",
    "research",
    "summer",
    "language",
    "center",
    "writing",
    "tutor",
    "club",
    "event",
    "sports",
    "room",
    "booking",
    "policy",
    "leave",
    "absence",
    "major",
    "minor",
    "thesis",
    "seminar",
    "requirement",
    "prerequisite",
    "waitlist",
    "drop",
    "add",
    "schedule",
    "orientation",
    "graduation",
    "residence",
    "permit",
    "travel",
    "archive",
    "equipment",
    "form",
];
const ASKING: [&str; 8] = [
    "When is",
    "Where can I find",
    "How do I change",
    "Who decides about",
    "What does it cost to use",
    "Can I cancel",
    "How long is",
    "Which rules hold for",
];
const CHINESE: [&str; 40] = [
    "图书馆",
    "课程",
    "学分",
    "学期",
    "签证",
    "办公室",
    "宿舍",
    "奖学金",
    "截止日期",
    "学生",
    "教师",
    "导师",
    "注册",
    "考试",
    "成绩",
    "实验室",
    "校园",
    "班车",
    "餐厅",
    "打印",
    "账户",
    "密码",
    "网络",
    "健康",
    "保险",
    "学费",
    "付款",
    "退款",
    "成绩单",
    "推荐信",
    "实习",
    "研究",
    "暑期",
    "语言",
    "写作",
    "社团",
    "活动",
    "体育",
    "请假",
    "毕业",
];
const CHINESE_ASKING: [&str; 5] =
    ["请问如何办理", "在哪里可以找到", "什么时候可以申请", "谁负责", "需要哪些材料才能使用"];
/// Of a hundred conversations, so many are in Chinese.
const CHINESE_SHARE: u64 = 35;

/// Writes in one of the two languages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Writer {
    English,
    Chinese,
}

impl Writer {
    pub(super) fn any(dice: &mut Dice) -> Self {
        if dice.happens(CHINESE_SHARE) { Self::Chinese } else { Self::English }
    }

    /// A question of one line, short enough for a title.
    pub(super) fn question(self, dice: &mut Dice) -> String {
        match self {
            Self::English => {
                let (asking, one, other) =
                    (dice.one_of(&ASKING), dice.one_of(&ENGLISH), dice.one_of(&ENGLISH));
                format!("{asking} the {one} of the {other}?")
            }
            Self::Chinese => {
                let (asking, one, other) =
                    (dice.one_of(&CHINESE_ASKING), dice.one_of(&CHINESE), dice.one_of(&CHINESE));
                format!("{asking}{one}的{other}？")
            }
        }
    }

    /// An answer of a few sentences.
    pub(super) fn answer(self, dice: &mut Dice) -> String {
        let sentences = 2 + dice.below(4);
        let separator = if matches!(self, Self::English) { " " } else { "" };
        (0..sentences).map(|_| self.sentence(dice)).collect::<Vec<_>>().join(separator)
    }

    fn sentence(self, dice: &mut Dice) -> String {
        let words = 6 + dice.below(10);
        match self {
            Self::English => {
                let words: Vec<&str> = (0..words).map(|_| dice.one_of(&ENGLISH)).collect();
                format!("The {}.", words.join(" "))
            }
            Self::Chinese => {
                let words: String = (0..words).map(|_| dice.one_of(&CHINESE)).collect();
                format!("{words}。")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_text() {
        let text = |seed| {
            let mut dice = Dice::new(seed);
            let writer = Writer::any(&mut dice);
            (writer.question(&mut dice), writer.answer(&mut dice))
        };
        assert_eq!(text(7), text(7));
        assert_ne!(text(7), text(8));
        assert!((0..500).all(|seed| text(seed).0.chars().count() <= 100));
    }
}
