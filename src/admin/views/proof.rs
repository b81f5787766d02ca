//! Sensitive steps ask for the password again, unless it was given lately; and for a code, from those who have a second
//! factor.

use super::super::{access::SignInRefused, desk::Desk, posted::Posted, refusal::Refusal};

/// Whether a step asks for the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It does.
    Asked,
    /// It does, and for a code besides.
    AskedWithCode,
    /// It does not.
    NotAsked,
}

impl Proof {
    /// What a step of this staff member needs.
    pub fn of(desk: &Desk, sensitive: bool) -> Self {
        if sensitive && !desk.staff.is_proven(desk.locale.now) { Self::always(desk) } else { Self::NotAsked }
    }

    /// What a step needs that asks each time, however lately they were asked.
    pub fn always(desk: &Desk) -> Self {
        if desk.staff.has_second_factor { Self::AskedWithCode } else { Self::Asked }
    }

    /// Whether the password is asked for.
    pub fn is_asked(self) -> bool {
        self != Self::NotAsked
    }

    /// Whether a code is.
    pub fn asks_code(self) -> bool {
        self == Self::AskedWithCode
    }
}

/// What is wrong with the password, or with it and the code, where they are asked for.
pub fn fault(desk: &Desk, proof: Proof, posted: &mut Posted) -> Result<Option<String>, Refusal> {
    judged(desk, proof, posted.proof.take())
}

/// As [`fault`], of a proof that has been taken from its form.
pub(super) fn judged(
    desk: &Desk,
    proof: Proof,
    given: Option<Result<(), SignInRefused>>,
) -> Result<Option<String>, Refusal> {
    if !proof.is_asked() {
        return Ok(None);
    }
    let sentence = |key: &str| {
        let with_code = if proof.asks_code() { "-with-code" } else { "" };
        desk.locale.t(&format!("{key}{with_code}"))
    };
    match given {
        Some(Ok(())) => Ok(None),
        None => Ok(Some(sentence("admin-password-needed"))),
        Some(Err(SignInRefused::Wrong | SignInRefused::TooLate)) => {
            Ok(Some(sentence("admin-password-needed-wrong")))
        }
        Some(Err(SignInRefused::Wait(wait))) => {
            let seconds = u64::try_from(wait.num_seconds()).unwrap_or(1).max(1);
            Ok(Some(desk.locale.count("admin-wait", seconds)))
        }
        Some(Err(SignInRefused::Failed(refusal))) => Err(refusal),
    }
}
