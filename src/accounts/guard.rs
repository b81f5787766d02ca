//! What no permission allows: rules about who may do what to which account. Pure; the rows are looked up by the caller.

use std::collections::HashSet;

use super::user::{self, UserId};

/// Who wants to do something.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// The account.
    pub id: UserId,
    /// Whether it passes every permission check.
    pub superuser: bool,
    /// What it may do otherwise: `app.codename`.
    pub held: &'a HashSet<String>,
    /// The names of accounts that count as superusers although their rows do not say so.
    pub developers: &'a HashSet<String>,
}

/// Why it may not be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// A superuser is touched, or made, by somebody who is none.
    #[error("only a superuser may do this to a superuser")]
    Superuser,
    /// People would delete, deactivate or demote themselves.
    #[error("nobody does this to their own account")]
    Oneself,
    /// No superuser would be left who can sign in.
    #[error("this is the last superuser who can sign in")]
    LastSuperuser,
    /// Permissions that the giver does not hold.
    #[error("only permissions that one holds can be given")]
    NotHeld(Vec<String>),
}

/// Whether `actor` may edit `target`, give it another password, end its sessions, or see the buttons for that.
pub fn may_touch(actor: &Actor<'_>, target: &user::Model) -> Result<(), Forbidden> {
    let superuser = target.is_superuser || actor.developers.contains(&target.username);
    if superuser && !actor.superuser { Err(Forbidden::Superuser) } else { Ok(()) }
}

/// Whether `actor` may delete or deactivate `targets`, besides which `left` superusers can sign in
/// ([`user::superusers_besides`]).
pub fn may_remove(actor: &Actor<'_>, targets: &[user::Model], left: usize) -> Result<(), Forbidden> {
    for target in targets {
        may_touch(actor, target)?;
        if target.id == actor.id {
            return Err(Forbidden::Oneself);
        }
    }
    let loses_one = targets.iter().any(user::Model::is_acting_superuser);
    if loses_one && left == 0 { Err(Forbidden::LastSuperuser) } else { Ok(()) }
}

/// Whether `actor` may turn the row `before` into `after`, besides which `left` superusers can sign in.
pub fn may_change(
    actor: &Actor<'_>,
    before: &user::Model,
    after: &user::Model,
    left: usize,
) -> Result<(), Forbidden> {
    may_touch(actor, before)?;
    may_touch(actor, after)?;
    let rights = |account: &user::Model| [account.is_active, account.is_staff, account.is_superuser];
    let loses = rights(before).into_iter().zip(rights(after)).any(|(before, after)| before && !after);
    if loses && before.id == actor.id {
        return Err(Forbidden::Oneself);
    }
    let loses_one = before.is_acting_superuser() && !after.is_acting_superuser();
    if loses_one && left == 0 { Err(Forbidden::LastSuperuser) } else { Ok(()) }
}

/// Whether `actor` may give these permissions, directly, through a group, or to a group.
pub fn may_grant<'p>(
    actor: &Actor<'_>,
    permissions: impl IntoIterator<Item = &'p str>,
) -> Result<(), Forbidden> {
    if actor.superuser {
        return Ok(());
    }
    let lacking = permissions.into_iter().filter(|permission| !actor.held.contains(*permission));
    let mut lacking: Vec<String> = lacking.map(str::to_owned).collect();
    lacking.sort_unstable();
    lacking.dedup();
    if lacking.is_empty() { Ok(()) } else { Err(Forbidden::NotHeld(lacking)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: i64, superuser: bool) -> user::Model {
        user::Model {
            id: UserId(id),
            password: "argon2$x".to_owned(),
            last_login: None,
            is_superuser: superuser,
            username: format!("person{id}"),
            is_active: true,
            is_staff: true,
            is_admin: false,
            folder: String::new(),
            email: None,
            wants_reports: false,
        }
    }

    /// Runs `test` as account 1.
    fn acting<T>(superuser: bool, held: &[&str], test: impl FnOnce(&Actor<'_>) -> T) -> T {
        let held = held.iter().map(|permission| (*permission).to_owned()).collect();
        let developers = HashSet::from(["person9".to_owned()]);
        test(&Actor { id: UserId(1), superuser, held: &held, developers: &developers })
    }

    #[test]
    fn only_superusers_touch_superusers_and_developers() {
        acting(false, &["core.delete_usermodel", "core.change_usermodel"], |staff| {
            assert_eq!(may_touch(staff, &account(2, false)), Ok(()));
            assert_eq!(may_touch(staff, &account(2, true)), Err(Forbidden::Superuser));
            assert_eq!(may_touch(staff, &account(9, false)), Err(Forbidden::Superuser));
            assert_eq!(may_remove(staff, &[account(2, true)], 5), Err(Forbidden::Superuser));
            assert_eq!(may_remove(staff, &[account(2, false), account(3, false)], 5), Ok(()));
            let promoted = may_change(staff, &account(2, false), &account(2, true), 5);
            assert_eq!(promoted, Err(Forbidden::Superuser));
        });
        acting(true, &[], |superuser| {
            assert_eq!(may_touch(superuser, &account(2, true)), Ok(()));
            assert_eq!(may_touch(superuser, &account(9, false)), Ok(()));
            assert_eq!(may_change(superuser, &account(2, false), &account(2, true), 5), Ok(()));
        });
    }

    #[test]
    fn nobody_removes_or_demotes_themselves() {
        acting(true, &[], |me| {
            assert_eq!(may_remove(me, &[account(2, false), account(1, true)], 5), Err(Forbidden::Oneself));
            let inactive = user::Model { is_active: false, ..account(1, true) };
            let no_staff = user::Model { is_staff: false, ..account(1, true) };
            for after in [inactive, no_staff, account(1, false)] {
                assert_eq!(may_change(me, &account(1, true), &after, 5), Err(Forbidden::Oneself));
            }
            let renamed = user::Model { email: Some("me@example.edu".to_owned()), ..account(1, true) };
            assert_eq!(may_change(me, &account(1, true), &renamed, 0), Ok(()));
        });
    }

    #[test]
    fn a_superuser_who_can_sign_in_is_left() {
        acting(true, &[], |me| {
            let last = account(2, true);
            let without_password = user::Model { password: "!".to_owned(), ..last.clone() };
            assert_eq!(may_remove(me, std::slice::from_ref(&last), 0), Err(Forbidden::LastSuperuser));
            assert_eq!(may_remove(me, std::slice::from_ref(&last), 1), Ok(()));
            for after in [account(2, false), without_password.clone()] {
                assert_eq!(may_change(me, &last, &after, 0), Err(Forbidden::LastSuperuser));
                assert_eq!(may_change(me, &last, &after, 1), Ok(()));
            }
            assert_eq!(may_remove(me, &[without_password], 0), Ok(()), "it could not sign in before");
        });
    }

    #[test]
    fn what_one_does_not_hold_one_does_not_give() {
        acting(false, &["chat.view_feedback"], |staff| {
            assert_eq!(may_grant(staff, ["chat.view_feedback"]), Ok(()));
            let lacking = may_grant(staff, ["core.view_usermodel", "chat.view_feedback"]);
            assert_eq!(lacking, Err(Forbidden::NotHeld(vec!["core.view_usermodel".to_owned()])));
        });
        acting(true, &[], |me| assert_eq!(may_grant(me, ["core.view_usermodel"]), Ok(())));
    }
}
