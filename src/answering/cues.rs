//! The words by which questions for the catalogue and the calendar are told, in both languages.

/// Words of which any stands for the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cue(&'static str);

impl Cue {
    /// Whether any of the words stands in a text in small letters.
    pub(super) fn is_in(self, lower: &str) -> bool {
        self.0.split('|').any(|words| lower.contains(words))
    }
}

/// What to take.
const RECOMMEND: Cue = Cue(
    "which courses should i take|what courses should i take|which classes should i take|\
     what classes should i take|what to take next|which courses can i take|what courses can i take|\
     recommend courses|recommend me courses|recommend some courses|选什么课|选哪些课|修什么课|修哪些课|推荐课程",
);
/// What to take, or to take along: `STUDIES` tell.
const TAKE: Cue = Cue("what should i take|what can i take");
const STUDIES: Cue = Cue("semester|term|next|course|class|fall|autumn|spring|summer|major|credits");
const NO_STUDIES: Cue = Cue("with me|interview|orientation|airport|taxi|shuttle");
/// Somebody has taken something.
pub(super) const COMPLETED: Cue = Cue(
    "completed|have taken|i took|i've taken|i’ve taken|already taken|finished|passed|i have done|i've done|\
     i’ve done|修过|修完|已修|学过|上过|完成",
);
/// Somebody has not taken something.
pub(super) const NOT_TAKEN: Cue = Cue("n't|n’t|not |not.|failed|没|未");
/// Somebody wishes to take something.
pub(super) const WANTS: Cue = Cue("want|plan to|would like|hope to|interested|想|打算|希望");
/// Somebody has taken nothing.
pub(super) const NONE_YET: Cue = Cue(
    "no courses|not taken any|haven't taken any|haven’t taken any|nothing yet|none yet|first-year|first year|\
     freshman|还没有修|没修过|大一",
);
/// Something is asked, also without a question mark.
pub(super) const ASKS: Cue =
    Cue("?|？|tell me|what is|what are|how do|how does|how many|why |where |介绍|什么|怎么|怎样|如何|哪|吗");
/// Somebody began to study.
pub(super) const BEGAN: Cue = Cue("start|began|entered|enrolled|matriculat|入学");
/// What is to be taken before.
pub(super) const PREREQUISITE: Cue = Cue("prereq|pre-req|先修|前置课|前置要求");
/// When and where a class is.
pub(super) const SCHEDULE: Cue = Cue(
    "when is|when are|when does|when do|schedule|what time|meeting time|class time|timetable|where is|who teaches|\
     上课时间|什么时候上|几点|课表|在哪里上",
);
/// A time that no schedule of classes has, or something else that is scheduled.
pub(super) const OTHER_TIMES: Cue = Cue(
    "deadline|exam|final|midterm|due|add/drop|office hour|regist|enrol|grade|waitlist|withdraw|appointment|homework|\
     quiz|advis|tutor|截止|考试|期末|期中|退课|选课|成绩|办公时间|答疑",
);
/// What a course is.
pub(super) const SYLLABUS: Cue = Cue(
    "syllabus|how many credits|course description|what is the content|大纲|多少学分|几个学分|几学分|课程介绍|课程简介",
);
/// What a major requires, and nothing else does.
const REQUIREMENTS: Cue = Cue("required courses|专业要求|专业的要求|培养方案|必修课|毕业要求");
/// What much else requires, too: `PROGRAMME` tells.
const REQUIREMENT: Cue = Cue("requirement|curriculum");
const PROGRAMME: Cue = Cue("major|track|degree|program|graduat|专业");
/// Words around the name of a major in a question for its requirements.
const AROUND: [&str; 11] =
    ["what", "are", "is", "the", "requirement", "requirements", "curriculum", "for", "of", "in", "and"];
/// Which majors there are.
const MAJORS: Cue = Cue(
    "what majors|which majors are|list of majors|list all majors|all the majors|有哪些专业|有什么专业|所有专业",
);
const OF_MAJORS: Cue = Cue("专业课|eligible");
/// What is on.
const EVENTS: Cue =
    Cue("what's on campus|what’s on campus|what's on this|what’s on this|what's on today|what’s on today|\
     what's on tomorrow|what’s on tomorrow|what's happening|what’s happening|活动");
/// How something is put on, or joined, and other things of which the same words speak.
const NOT_EVENTS: Cue = Cue(
    "reserve|book a|book the|register|apply|funding|fund a|fund my|organize a|organise a|organizing|organising|\
     host a|host my|how do i|how can i|prevent|menu|活动中心|活动室|场地|申请|举办|报名|怎么",
);

/// Whether a text in small letters asks what to take.
pub(super) fn asks_what_to_take(lower: &str) -> bool {
    RECOMMEND.is_in(lower) || (TAKE.is_in(lower) && STUDIES.is_in(lower) && !NO_STUDIES.is_in(lower))
}

/// Whether a text in small letters asks which majors there are.
pub(super) fn asks_for_majors(lower: &str) -> bool {
    MAJORS.is_in(lower) && !OF_MAJORS.is_in(lower)
}

/// Whether a text in small letters asks what a major requires.
pub(super) fn asks_for_requirements(lower: &str) -> bool {
    REQUIREMENTS.is_in(lower) || (REQUIREMENT.is_in(lower) && PROGRAMME.is_in(lower))
}

/// Whether a text in small letters asks for the requirements of something of these `names`, and speaks of nothing else.
pub(super) fn asks_for_requirements_of<'n>(lower: &str, mut names: impl Iterator<Item = &'n str>) -> bool {
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let rest: Vec<&str> = words.filter(|word| !word.is_empty() && !AROUND.contains(word)).collect();
    let rest = rest.join(" ");
    REQUIREMENT.is_in(lower) && names.any(|name| name.trim().to_lowercase() == rest)
}

/// Whether a text in small letters asks what is on.
pub(super) fn asks_for_events(lower: &str) -> bool {
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    let named = EVENTS.is_in(lower) || words.any(|word| word == "event" || word == "events");
    named && !NOT_EVENTS.is_in(lower)
}
