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
pub(super) const RECOMMEND: Cue = Cue(
    "what should i take|which courses should i take|what courses should i take|which classes should i take|\
     what classes should i take|what can i take|what to take next|which courses can i take|what courses can i take|\
     recommend courses|recommend me courses|recommend some courses|选什么课|选哪些课|修什么课|修哪些课|推荐课程",
);
/// Somebody has taken something.
pub(super) const COMPLETED: Cue =
    Cue("completed|have taken|i took|i've taken|already taken|finished|passed|i have done|i've done|\
     修过|修完|已修|学过|上过|完成");
/// Somebody has taken nothing.
pub(super) const NONE_YET: Cue =
    Cue("no courses|not taken any|haven't taken any|nothing yet|none yet|first-year|first year|freshman|\
     还没有修|没修过|大一");
/// What is to be taken before.
pub(super) const PREREQUISITE: Cue = Cue("prereq|pre-req|先修|前置课|前置要求");
/// When and where a class is.
pub(super) const SCHEDULE: Cue = Cue(
    "when is|when are|when does|when do|schedule|what time|meeting time|class time|timetable|where is|who teaches|\
     上课时间|什么时候上|几点|课表|在哪里上",
);
/// A time that no schedule of classes has.
pub(super) const OTHER_TIMES: Cue = Cue("deadline|exam|final|midterm|due|add/drop|截止|考试|期末|期中|退课");
/// What a course is.
pub(super) const SYLLABUS: Cue = Cue(
    "syllabus|how many credits|course description|what is the content|大纲|多少学分|几个学分|几学分|课程介绍|课程简介",
);
/// What a major requires.
pub(super) const REQUIREMENTS: Cue =
    Cue("requirement|required courses|curriculum|专业要求|专业的要求|培养方案|必修课|毕业要求");
/// Which majors there are.
pub(super) const MAJORS: Cue = Cue(
    "what majors|which majors are|list of majors|list all majors|all the majors|有哪些专业|有什么专业|所有专业",
);
/// What is on.
pub(super) const EVENTS: Cue = Cue("event|what's on|活动");
