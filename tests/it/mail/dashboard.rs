//! The outbox in the dashboard: who sees it, what it says, sending again, giving up; who wants reports.

use chatdku::{
    accounts::user,
    mail::outbox::State,
    queue::{State as JobState, job},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{
    a_letter, mail, mails, post,
    server::{MailServer, Manner, Step, Trouble},
    with_server,
};
use crate::{
    dashboard::staff::{owner, with},
    support::staff::reload,
};

const LIST: &str = "/en/admin/core/mail/";

#[rocket::async_test]
async fn the_list_says_what_became_of_each_mail_and_why() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    let chief = owner(&app).await;
    server.then(Trouble::Says(Step::RcptTo, 550)).then(Trouble::Says(Step::RcptTo, 450));
    for subject in ["Refused", "Put off", "Taken"] {
        post(app.app(), &a_letter(subject)).await;
        app.work().await;
    }
    for (state, subject) in [("dead", "Refused"), ("retry", "Put off"), ("sent", "Taken")] {
        let page = chief.get(&format!("{LIST}?state__in={state}")).await.is(200).text();
        for other in ["Refused", "Put off", "Taken"] {
            assert_eq!(page.contains(other), other == subject, "{state}: {other}");
        }
    }
    let dead = mails(app.app()).await.into_iter().find(|mail| mail.state == State::Dead).unwrap();
    let page = chief.get(&format!("{LIST}{}/change/", dead.id.0)).await.is(200).text();
    for shown in
        ["RCPT TO: ", "not today", "550", "Good news.", "reader@example.edu", &dead.message_id[1..20]]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    chief.get(&format!("{LIST}add/")).await.is(403);
    let overview = chief.get("/en/admin/").await.is(200).text();
    assert!(overview.contains("core/mail/?state__in=dead"), "{overview}");
    let chinese = chief.get("/zh-hans/admin/core/mail/").await.is(200).text();
    assert!(chinese.contains("发件箱") && chinese.contains("等待重试"), "{chinese}");
}

#[rocket::async_test]
async fn a_dead_letter_is_sent_again_by_those_who_may() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    server.then(Trouble::Says(Step::Content, 552));
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    app.work().await;
    let key = id.0.to_string();
    let fields = [("action", "send_again"), ("_selected_action", key.as_str())];
    let reader = with(&app, "reader", &["core.view_mail"]).await;
    reader.get(LIST).await.is(200);
    reader.post(LIST, &fields).await;
    assert_eq!(mail(app.app(), id).await.state, State::Dead);
    let operator = with(&app, "operator", &["core.view_mail", "core.resend_mail"]).await;
    operator.post(LIST, &fields).await.is(302);
    assert_eq!(mail(app.app(), id).await.state, State::Queued);
    app.work().await;
    let sent = mail(app.app(), id).await;
    assert_eq!((sent.state, sent.attempt, server.taken().len()), (State::Sent, 2, 1));
    // What has been sent is not sent again.
    operator.post(LIST, &fields).await.is(302);
    assert_eq!((app.work().await, server.taken().len()), (0, 1));
}

#[rocket::async_test]
async fn a_mail_that_waits_is_tried_at_once_and_no_second_time_later() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    let operator = with(&app, "operator", &["core.view_mail", "core.resend_mail"]).await;
    server.then(Trouble::Drops(Step::Data));
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    app.work().await;
    let key = id.0.to_string();
    operator.post(LIST, &[("action", "send_again"), ("_selected_action", &key)]).await.is(302);
    app.work().await;
    assert_eq!((mail(app.app(), id).await.state, server.taken().len()), (State::Sent, 1));
    let open = job::Entity::find().filter(job::Column::State.is_in([JobState::Queued, JobState::RetryWait]));
    assert_eq!(open.count(app.app().store.read()).await.unwrap(), 0);
}

#[rocket::async_test]
async fn a_mail_is_given_up_after_a_question() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    let operator = with(&app, "operator", &["core.view_mail", "core.resend_mail"]).await;
    server.then(Trouble::Says(Step::MailFrom, 451));
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    app.work().await;
    let key = id.0.to_string();
    let asked =
        operator.post(LIST, &[("action", "give_up"), ("_selected_action", &key)]).await.is(200).text();
    assert!(asked.contains("This applies to one mail."), "{asked}");
    assert_eq!(mail(app.app(), id).await.state, State::Retry);
    let sure = [("action", "give_up"), ("_selected_action", key.as_str()), ("post", "yes")];
    operator.post(LIST, &sure).await.is(302);
    let dead = mail(app.app(), id).await;
    assert_eq!(
        (dead.state, dead.reason.as_deref()),
        (State::Dead, Some("It was given up in the dashboard."))
    );
    super::for_a_week(&app).await;
    assert!(server.taken().is_empty());
}

#[rocket::async_test]
async fn a_mail_whose_job_is_called_off_on_the_page_of_jobs_does_not_wait_for_ever() {
    let app = crate::support::TestApp::start().await;
    let operator = with(&app, "operator", &["core.view_job", "core.redrive_job"]).await;
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    let job = job::Entity::find().one(app.app().store.read()).await.unwrap().unwrap();
    let key = job.id.0.to_string();
    let sure = [("action", "cancel"), ("_selected_action", key.as_str()), ("post", "yes")];
    operator.post("/en/admin/core/job/", &sure).await.is(302);
    assert_eq!(mail(app.app(), id).await.state, State::Dead);
}

#[rocket::async_test]
async fn staff_choose_whether_they_get_the_reports() {
    let app = crate::support::TestApp::start().await;
    let chief = owner(&app).await;
    let reader = with(&app, "reader", &[]).await;
    let form = format!("/en/admin/core/usermodel/{}/change/", reader.account.id.0);
    assert!(chief.get(&form).await.is(200).text().contains("name=\"wants_reports\""));
    let base = [("email", "reader@example.edu"), ("is_active", "on"), ("is_staff", "on"), ("_save", "1")];
    for (more, wants) in [(&[("wants_reports", "on")][..], true), (&[], false)] {
        chief.post(&form, &[&base[..], more].concat()).await.is(302);
        let account = reload(&app, &reader.account).await;
        assert_eq!((account.wants_reports, account.email.as_deref()), (wants, Some("reader@example.edu")));
        let readers = user::addresses_for_reports(app.app().store.read()).await.unwrap();
        assert_eq!(readers.len(), usize::from(wants));
    }
}
