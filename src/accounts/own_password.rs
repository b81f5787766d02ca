//! A person changes their own password: the old one is asked for, the session they do it in goes on, all others end.

use rocket::Request;

use super::{identity, local::Refused, password_policy, sign_in, user, web_session};
use crate::{
    app::App,
    platform::audit::{self, Change},
};

/// Changes the password of the account that `request` is from. What is wrong with either password is said at once.
pub async fn change(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
    old: String,
    new: String,
) -> Result<(), Refused> {
    let problems = password_policy::problems(&new, &account.username, account.email.as_deref());
    match sign_in::gave_password(request, app, account, old).await {
        Ok(()) if problems.is_empty() => {}
        Ok(()) => return Err(Refused::Password(problems)),
        Err(sign_in::Refused::Wrong | sign_in::Refused::TooLate) => {
            return Err(Refused::OldPassword(problems));
        }
        Err(sign_in::Refused::Wait(wait)) => return Err(Refused::Wait(wait)),
        Err(sign_in::Refused::Failed(error)) => return Err(error.into()),
    }
    let changed = user::Model { password: app.hasher.hash(new).await?, ..account.clone() };
    let next = web_session::successor(request, app, &changed).await?;
    let event = audit::Event {
        account_id: Some(account.id.0),
        actor_name: Some(account.username.clone()),
        object: Some(account.as_object()),
        changes: vec![Change::masked("password")],
        ..identity::event(request, app, "password.changed")
    };
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            // Somebody else may have changed it since it was compared.
            if !user::replace_password(&tx, account.id, &account.password, &changed.password).await? {
                return Err(Refused::OldPassword(Vec::new()));
            }
            web_session::end_all_of(&tx, account.id, None).await?;
            if let Some(next) = &next {
                next.store(&tx).await?;
            }
            Ok(audit::append(&tx, now, event).await?)
        })
        .await?;
    if let Some(next) = next {
        next.hand_out(request, app);
    }
    Ok(())
}
