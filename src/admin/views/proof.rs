//! Sensitive steps ask for the password again, unless it was given lately.

use super::super::{access::SignInRefused, desk::Desk, posted::Posted, refusal::Refusal};

/// Whether a step asks for the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It does.
    Asked,
    /// It does not.
    NotAsked,
}

impl Proof {
    /// What a step of this staff member needs.
    pub(super) fn of(desk: &Desk, sensitive: bool) -> Self {
        if sensitive && !desk.staff.is_proven(desk.locale.now) { Self::Asked } else { Self::NotAsked }
    }

    /// Whether it is asked for.
    pub fn is_asked(self) -> bool {
        self == Self::Asked
    }
}

/// What is wrong with the password, where one is asked for.
pub(super) fn fault(desk: &Desk, proof: Proof, posted: &mut Posted) -> Result<Option<String>, Refusal> {
    if !proof.is_asked() {
        return Ok(None);
    }
    match posted.proof.take() {
        Some(Ok(())) => Ok(None),
        None => Ok(Some(desk.locale.t("admin-password-needed"))),
        Some(Err(SignInRefused::Wrong)) => Ok(Some(desk.locale.t("admin-password-needed-wrong"))),
        Some(Err(SignInRefused::Wait(wait))) => {
            let seconds = u64::try_from(wait.num_seconds()).unwrap_or(1).max(1);
            Ok(Some(desk.locale.count("admin-wait", seconds)))
        }
        Some(Err(SignInRefused::Failed(refusal))) => Err(refusal),
    }
}

impl Desk {
    /// Whether a sensitive step asks this staff member for the password, in the field [`super::super::posted::PROOF`].
    pub fn needs_proof(&self) -> bool {
        Proof::of(self, true).is_asked()
    }

    /// What is wrong with the password, where a sensitive step asks for it.
    pub fn unproven(&self, posted: &mut Posted) -> Result<Option<String>, Refusal> {
        fault(self, Proof::of(self, true), posted)
    }
}
