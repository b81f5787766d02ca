//! Users: campus accounts, which come by themselves, and local ones, which are made here.

use sea_orm::{
    Condition, DbErr, ExprTrait,
    entity::prelude::*,
    sea_query::{Expr, Func},
};

use super::{actor, choices};
use crate::{
    accounts::{
        UserId, group,
        guard::{self, Forbidden},
        local::{self, Refused},
        netid::{NetId, looks_hashed},
        permission,
        second_factor::factor,
        user, web_session,
    },
    admin::{
        Action, Cell, Checked, Chosen, Draft, Extra, Fault, Fieldset, Filter, Many, ModelAdmin, Page,
        Problems, Row, Saving, Staff, Tone, Verb, row, shortened,
    },
    app::App,
};

/// Users.
#[expect(clippy::too_many_lines, reason = "a declaration is read as a list")]
pub fn users(app: &App) -> ModelAdmin<user::Entity> {
    use user::Column::*;
    let (naming, ruled, prepared, active) = (app.clone(), app.clone(), app.clone(), app.clone());
    let identity = app.config.identity.clone();
    ModelAdmin::new("core", "usermodel")
        .class("UserModel")
        .shortcut('p')
        .named_by(|row, _| shortened(&row.text(Username)))
        .list([Username])
        .computed("kind", move |page| {
            let cells = kinds(&page, &naming);
            async move { Ok(cells) }
        })
        .list([IsStaff, IsActive])
        .computed("second_factor", second_factors)
        .list([Email, LastLogin])
        .search([Username, Email])
        .search_by(move |word| {
            let netid = NetId::parse(word).filter(|_| !looks_hashed(word))?;
            let stored = [netid.pseudonym(identity.pepper.as_ref()), netid.plain_hash()];
            Some(Condition::all().add(user::COLUMN.username.is_in(stored)))
        })
        .filter(
            Filter::named("kind")
                .choice("campus", |_| Condition::all().add(name_length().eq(64)))
                .choice("local", |_| Condition::all().add(name_length().ne(64))),
        )
        .filters([IsStaff, IsSuperuser, IsActive])
        .filter(
            Filter::named("second_factor")
                .choice("on", |_| factor::is_on(true))
                .choice("off", |_| factor::is_on(false).add(name_length().ne(64))),
        )
        .filter(Filter::through::<group::membership::Entity, group::Entity>(
            "groups",
            group::membership::Column::UsermodelId,
            group::membership::Column::GroupId,
        ))
        .filters([LastLogin])
        .ordered_by([Username, Email])
        .secret([Password])
        .personal([Username, Email])
        .max_chars(Username, 100)
        .max_chars(Email, 254)
        .email([Email])
        .unique([Email])
        .many(Many::new::<group::membership::Entity, _, _>(
            "groups",
            group::membership::Column::UsermodelId,
            group::membership::Column::GroupId,
            choices::groups,
        ))
        .many(
            Many::new::<permission::granted::Entity, _, _>(
                "user_permissions",
                permission::granted::Column::UsermodelId,
                permission::granted::Column::PermissionId,
                choices::permissions,
            )
            .grid(),
        )
        .fieldset(Fieldset::new().shown([Username]).edited([Email, WantsReports]))
        .fieldset(Fieldset::titled("permissions").edited([IsActive, IsStaff, IsSuperuser]))
        .fieldset(
            Fieldset::titled("rights").relations(["groups", "user_permissions"]).when(|row| row.is(IsStaff)),
        )
        .fieldset(Fieldset::titled("custom").shown([Folder, LastLogin]))
        .add_form(
            Fieldset::new()
                .edited([Username])
                .extra("usable_password", Extra::Choice(&["true", "false"]))
                .extra("password1", Extra::Password)
                .extra("password2", Extra::Password),
        )
        .rule(move |staff, row, verb| allows(&ruled, staff, row, verb))
        .prepare(move |checked| prepare(checked, prepared.clone()))
        .on_save(keep_a_superuser)
        .link("account-password", Some("core.change_usermodel"), |row| {
            let local = !looks_hashed(&row.text(Username));
            local.then(|| format!("core/usermodel/{}/password/", row.key_text()))
        })
        .link("account-reset-second-factor", None, |row| {
            let local = !looks_hashed(&row.text(Username));
            local.then(|| format!("core/usermodel/{}/second_factor/", row.key_text()))
        })
        .seen_by(|staff, row| staff.superuser && row::number(row.key()) != Some(staff.id))
        .link("account-sessions-short", Some("core.change_usermodel"), |row| {
            Some(format!("core/usermodel/{}/sessions/", row.key_text()))
        })
        .action(Action::new("activate", |chosen| set_active(chosen, None)))
        .action(Action::new("deactivate", move |chosen| set_active(chosen, Some(active.clone()))).confirmed())
        .action(Action::new("end_sign_ins", end_sign_ins).confirmed())
}

fn name_length() -> Expr {
    Func::cust("length").arg(Expr::col((user::Entity, user::Column::Username))).into()
}

/// Whether each row is a campus account, a developer's, or a local one.
fn kinds(page: &Page, app: &App) -> Vec<Cell> {
    let kind = |row: &Row| {
        let name = row.text(user::Column::Username);
        let word = if app.developers.contains(&name) {
            "developer"
        } else if looks_hashed(&name) {
            "campus"
        } else {
            "local"
        };
        Cell::Badge(format!("choice-kind-{word}"), Tone::Plain)
    };
    page.rows.iter().map(kind).collect()
}

/// Whether each local account of a page is asked for a second factor: one query.
async fn second_factors(page: Page) -> Result<Vec<Cell>, DbErr> {
    let id = |row: &Row| UserId(row::number(row.key()).unwrap_or_default());
    let local = |row: &&Row| !looks_hashed(&row.text(user::Column::Username));
    let ids: Vec<UserId> = page.rows.iter().filter(local).map(id).collect();
    let on = factor::among(&page.db, &ids).await?;
    let cell = |row: &Row| if local(&row) { Cell::Bool(on.contains(&id(row))) } else { Cell::Empty };
    Ok(page.rows.iter().map(cell).collect())
}

/// A row as the guards see it; what they do not look at is left out.
fn account(row: &Row) -> user::Model {
    use user::Column::*;
    user::Model {
        id: UserId(row.number(Id).unwrap_or_default()),
        // Whether there is a password is the database's to say; a row of a list does not hold it.
        password: String::new(),
        last_login: row.moment(LastLogin),
        is_superuser: row.is(IsSuperuser),
        username: row.text(Username),
        is_active: row.is(IsActive),
        is_staff: row.is(IsStaff),
        is_admin: false,
        folder: row.text(Folder),
        email: Some(row.text(Email)).filter(|email| !email.is_empty()),
        wants_reports: row.is(WantsReports),
    }
}

fn allows(app: &App, staff: &Staff, row: &Row, verb: Verb) -> bool {
    let (actor, account) = (actor(staff, app), account(row));
    match verb {
        Verb::Delete => guard::may_touch(&actor, &account).is_ok() && account.id != actor.id,
        Verb::Change => guard::may_touch(&actor, &account).is_ok(),
        _ => true,
    }
}

async fn prepare(checked: Checked, app: App) -> Result<Result<Draft, Problems>, DbErr> {
    match &checked.old {
        None => added(checked, app).await,
        Some(_) => changed(checked, app).await,
    }
}

/// A local account with the hash of its password, or with none.
async fn added(checked: Checked, app: App) -> Result<Result<Draft, Problems>, DbErr> {
    use user::Column::*;
    let mut draft = checked.draft;
    let mut problems = Problems::none();
    let name = draft.text(Username).unwrap_or_default();
    let name = match local::checked_name(&name) {
        Ok(name) => name,
        Err(refused) => {
            problems.add(fault_of_name(&refused));
            name
        }
    };
    if user::is_taken(&checked.db, &name).await? {
        problems.add(fault_of_name(&Refused::Taken));
    }
    let password = draft.extra("password1").unwrap_or_default().to_owned();
    let repeated = draft.extra("password2").unwrap_or_default().to_owned();
    let mut hash = user::unusable_password();
    if draft.extra("usable_password") != Some("false") {
        match super::password_pages::checked(&app, &name, None, password, &repeated).await {
            Ok(made) => hash = made,
            Err(faults) => problems.0.extend(faults),
        }
    }
    draft.set(Username, name);
    draft.set(Password, hash);
    draft.set(IsActive, true);
    draft.set(IsStaff, true);
    draft.set(IsSuperuser, false);
    draft.set(IsAdmin, false);
    draft.set(WantsReports, false);
    draft.set(Folder, Uuid::new_v4().to_string());
    Ok(if problems.is_empty() { Ok(draft) } else { Err(problems) })
}

fn fault_of_name(refused: &Refused) -> Fault {
    let key = match refused {
        Refused::LikeCampus => "account-name-like-campus",
        Refused::Taken => "account-name-taken",
        _ => "account-name-bad",
    };
    Fault::new("username", key)
}

/// What the guards say about a changed account.
async fn changed(checked: Checked, app: App) -> Result<Result<Draft, Problems>, DbErr> {
    use user::Column::*;
    let Some(old) = &checked.old else { return Ok(Ok(checked.draft)) };
    let id = UserId(old.number(Id).unwrap_or_default());
    let Some(before) = user::by_id(&checked.db, id).await? else { return Ok(Ok(checked.draft)) };
    let draft = &checked.draft;
    let after = user::Model {
        is_active: draft.is(IsActive).unwrap_or(before.is_active),
        is_staff: draft.is(IsStaff).unwrap_or(before.is_staff),
        is_superuser: draft.is(IsSuperuser).unwrap_or(before.is_superuser),
        ..before.clone()
    };
    let actor = actor(&checked.staff, &app);
    let left = user::superusers_besides(&checked.db, &[id]).await?;
    let mut problems = Problems::none();
    if let Err(forbidden) = guard::may_change(&actor, &before, &after, left) {
        problems.add(fault(&forbidden, ""));
    }
    let given = given(&checked, id).await?;
    if let Err(forbidden) = guard::may_grant(&actor, given.iter().map(String::as_str)) {
        problems.add(fault(&forbidden, "user_permissions"));
    }
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let rises = (after.is_superuser && !before.is_superuser) || (after.is_staff && !before.is_staff);
    // Where word of a changed password goes to.
    let moves = draft.text(Email).is_some_and(|email| email != before.email.unwrap_or_default());
    let mut draft = checked.draft;
    if rises || moves || !given.is_empty() {
        draft.needs_proof();
    }
    Ok(Ok(draft))
}

/// Two who demote each other at the same moment: the second has to see the first.
async fn keep_a_superuser(saving: Saving) -> Result<Draft, DbErr> {
    use user::Column::*;
    let Some(old) = saving.old.as_ref().map(account) else { return Ok(saving.draft) };
    let stays = |column, before| saving.draft.is(column).unwrap_or(before);
    let superuser = stays(IsSuperuser, old.is_superuser)
        && stays(IsActive, old.is_active)
        && stays(IsStaff, old.is_staff);
    let was = old.is_superuser && old.is_active && old.is_staff;
    if was && !superuser && user::superusers_besides(&saving.tx, &[old.id]).await? == 0 {
        return Err(DbErr::Custom("the last superuser who can sign in would be lost".to_owned()));
    }
    Ok(saving.draft)
}

/// Permissions that the account gets and did not have.
async fn given(checked: &Checked, id: UserId) -> Result<Vec<String>, DbErr> {
    let ids = |name: &str| -> Vec<i32> {
        let keys = checked.draft.many(name).unwrap_or_default();
        keys.iter().filter_map(row::number).filter_map(|id| i32::try_from(id).ok()).collect()
    };
    let mut given = permission::named(&checked.db, &ids("user_permissions")).await?;
    given.extend(permission::lent_by(&checked.db, &ids("groups")).await?);
    let before = user::by_id(&checked.db, id).await?;
    let held = match before {
        // What an account holds does not depend on its being active: the row may become active now.
        Some(before) => permission::held(&checked.db, &user::Model { is_active: true, ..before }).await?,
        None => std::collections::HashSet::new(),
    };
    Ok(given.into_iter().filter(|code| !held.contains(code)).collect())
}

/// What is said about something that no permission allows.
pub(super) fn fault(forbidden: &Forbidden, field: &str) -> Fault {
    match forbidden {
        Forbidden::Superuser => Fault::new("", "account-superuser"),
        Forbidden::Oneself => Fault::new("", "account-oneself"),
        Forbidden::LastSuperuser => Fault::new("", "account-last-superuser"),
        Forbidden::NotHeld(codes) => Fault::new(field, "account-not-held").with("codes", codes.join(", ")),
    }
}

/// The chosen accounts' ids.
pub(super) fn ids(chosen: &Chosen) -> Vec<UserId> {
    chosen.keys.iter().filter_map(row::number).map(UserId).collect()
}

/// Makes accounts active, or, with guards, inactive.
async fn set_active(chosen: Chosen, guarded: Option<App>) -> Result<u64, DbErr> {
    let ids = ids(&chosen);
    let Some(app) = guarded else { return user::set_active(&chosen.tx, &ids, true).await };
    let targets =
        user::Entity::find().filter(user::COLUMN.id.is_in(ids.iter().copied())).all(&chosen.tx).await?;
    let left = user::superusers_besides(&chosen.tx, &ids).await?;
    if guard::may_remove(&actor(&chosen.staff, &app), &targets, left).is_err() {
        // All or none: nobody should have to find out which of them were left.
        return Ok(0);
    }
    web_session::end_all_of_many(&chosen.tx, &ids).await?;
    user::set_active(&chosen.tx, &ids, false).await
}

/// Ends all sessions of accounts.
async fn end_sign_ins(chosen: Chosen) -> Result<u64, DbErr> {
    web_session::end_all_of_many(&chosen.tx, &ids(&chosen)).await
}
