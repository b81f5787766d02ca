//! The second step of signing in: a code, after a right password.

use rocket::Request;
use serde_json::json;

use super::{
    check::{Typed, Use, is_right},
    pending,
};
use crate::{
    accounts::{
        sign_in::{self, Refused},
        web_session,
    },
    app::App,
};

/// Signs in whoever has given their password in this browser and now a right code. A wrong code counts as a wrong
/// password does.
pub async fn with_code(request: &Request<'_>, app: &App, typed: &Typed) -> Result<(), Refused> {
    let Some(pending) = pending::of(request, app).await? else { return Err(Refused::TooLate) };
    let (account, factor) = (&pending.account, &pending.factor);
    let attempt = sign_in::attempt_of(request, app, account).await?;
    let admitted = sign_in::admit(request, app, attempt, Some(account)).await?;
    let what = Use { account, factor, uses: Some(factor.uses), at: admitted.at };
    let right = match is_right(request, app, what, typed).await {
        Ok(right) => right,
        Err(error) => {
            admitted.take_back(app).await?;
            return Err(error.into());
        }
    };
    if !right {
        let why = json!({ "reason": "second factor" });
        return admitted.failed(request, app, Some(account), "sign_in.failed", why).await;
    }
    admitted.forgive(app).await?;
    pending::end(request);
    web_session::begin(request, app, account, web_session::PASSWORD, "").await?;
    Ok(())
}
