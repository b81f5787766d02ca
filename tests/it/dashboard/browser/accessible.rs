//! What every kind of page keeps to: no fault that axe finds, light and dark, narrow and wide; nothing that scrolls
//! sideways; nothing that the content policy forbids.
//!
//! `fixtures/axe.min.js` is axe-core 4.14.1 as published, under the Mozilla Public License 2.0 that its head names.

use serde_json::{Value, json};

use super::{code_of_now, enter, furnished, go, remove_all_conversations, shown_key, visitor};
use crate::support::{Browser, Program, Scripts, staff::PASSWORD};

const AXE: &str = include_str!("../../fixtures/axe.min.js");
const WIDTHS: [u32; 2] = [1280, 320];
const CONVERSATIONS: &str = "/en/admin/chat/usersession/";
const USERS: &str = "/en/admin/core/usermodel/";

/// Somebody who walks through the pages and notes what is wrong.
struct Inspector {
    program: Program,
    browser: Browser,
    faults: Vec<String>,
    seen: usize,
}

impl Inspector {
    async fn outside() -> Self {
        let program = furnished().await;
        let browser = visitor(&program, Scripts::On, 1280).await;
        Self { program, browser, faults: Vec::new(), seen: 0 }
    }

    async fn inside() -> Self {
        let inspector = Self::outside().await;
        enter(&inspector.browser).await;
        inspector
    }

    async fn go(&self, path: &str) {
        go(&self.browser, &self.program, path).await;
        self.browser.wait_for("main h1").await;
    }

    /// Goes to the page that a link leads to, changed a little.
    async fn from(&self, css: &str, part: &str, other: &str) {
        let href = self.browser.wait_for(css).await.attr("href").await.unwrap().unwrap();
        self.go(&href.split('?').next().unwrap().replace(part, other)).await;
    }

    async fn visit(&mut self, path: &str) {
        self.go(path).await;
        self.inspect(path).await;
    }

    /// Looks at the page as it stands now.
    async fn inspect(&mut self, name: &str) {
        self.seen += 1;
        let policy = self.browser.run(POLICY).await;
        self.note(name, &policy);
        self.browser.page.execute(AXE, Vec::new()).await.unwrap();
        for width in WIDTHS {
            self.browser.page.set_window_size(width, 900).await.unwrap();
            self.browser.run("document.querySelector('main').scrollTo(0, 0)").await;
            let (seen, over) = {
                let measured = self.browser.run(SIDEWAYS).await;
                (measured[0].as_u64().unwrap(), measured[1].as_i64().unwrap())
            };
            assert_eq!(seen, u64::from(width), "the window is not as wide as it was made");
            if over > 0 {
                self.faults.push(format!("{name} at {width} px: {over} px wider than the window"));
            }
            for theme in ["light", "dark"] {
                let faults = self.browser.page.execute(LOOK, vec![json!(theme)]).await.unwrap();
                self.note(&format!("{name} at {width} px, {theme}"), &faults);
            }
        }
        self.browser.page.set_window_size(WIDTHS[0], 900).await.unwrap();
    }

    fn note(&mut self, place: &str, faults: &Value) {
        let faults = faults.as_array().unwrap();
        self.faults.extend(faults.iter().map(|fault| format!("{place}: {}", fault.as_str().unwrap())));
    }

    async fn close(self, least: usize) {
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
        assert!(self.seen >= least, "only {} pages were looked at", self.seen);
        self.browser.close().await;
    }
}

/// What the policy refused since the page was opened.
const POLICY: &str = "return new Promise((done) => {
  const seen = [];
  const observer = new ReportingObserver((reports) => seen.push(...reports), { types: ['csp-violation'], buffered: true });
  observer.observe();
  setTimeout(() => done(seen.map(({ body }) => `the policy refused ${body.effectiveDirective} ${body.blockedURL}`)), 20);
})";

const SIDEWAYS: &str = "const root = document.documentElement;
  return [innerWidth, root.scrollWidth - root.clientWidth]";

/// Themes differ in colours alone: what has to do with those is looked at in both.
const LOOK: &str = "document.documentElement.dataset.theme = arguments[0];
  const all = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const ofColours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
  const runOnly = arguments[0] === 'light' ? all : ofColours;
  return axe.run(document, { runOnly, resultTypes: ['violations'] }).then(({ violations }) => violations.flatMap((fault) =>
    fault.nodes.slice(0, 3).map((node) => `${fault.id} ${node.target.join(' ')}: ${node.failureSummary}`)))";

#[rocket::async_test]
async fn lists_are_accessible_and_keep_the_policy() {
    let mut inspector = Inspector::inside().await;
    let paths = [
        "/en/admin/",
        "/zh-hans/admin/?period=24h",
        "/en/admin/chat/",
        "/en/admin/chat/usersession/?n=25&p=2",
        "/zh-hans/admin/chat/usersession/?n=25&feedback=yes",
        "/en/admin/chat/chatmessages/?n=25&q=campus&role__exact=bot&_facets=True&o=-1.2",
        "/en/admin/chat/feedback/?n=25",
        "/en/admin/core/usermodel/",
        "/en/admin/core/uploadedfile/",
        "/en/admin/core/document/",
        "/en/admin/core/chunk/",
        "/en/admin/core/job/",
        "/en/admin/core/auditentry/",
        "/en/admin/auth/group/",
        "/en/admin/chat/usersession/?q=nothingatall",
        "/en/admin/chat/usersession/?nonsense=1",
        "/en/admin/search/?q=campus",
        "/en/admin/search/?q=nothingatall",
    ];
    for path in paths {
        inspector.visit(path).await;
    }
    inspector.close(18).await;
}

#[rocket::async_test]
async fn what_opens_over_a_list_is_accessible_and_keeps_the_policy() {
    let mut inspector = Inspector::inside().await;
    inspector.go(&format!("{CONVERSATIONS}?n=25")).await;
    inspector.browser.press_with_control('k').await;
    inspector.browser.type_keys("us").await;
    inspector.browser.wait_for("#palette [role=option]").await;
    inspector.inspect("the palette").await;
    inspector.go(&format!("{CONVERSATIONS}?n=25")).await;
    inspector.browser.type_keys("?").await;
    inspector.browser.wait_for("#keys[open]").await;
    inspector.inspect("the list of keys").await;
    inspector.go(&format!("{CONVERSATIONS}?n=25")).await;
    let open = "for (const part of document.querySelectorAll('details')) part.open = true";
    inspector.browser.run(open).await;
    inspector.browser.click(".list-table tbody [name=_selected_action]").await;
    inspector.inspect("a list with everything open and a row chosen").await;
    inspector.close(3).await;
}

#[rocket::async_test]
async fn forms_are_accessible_and_keep_the_policy() {
    let mut inspector = Inspector::inside().await;
    inspector.visit("/en/admin/core/usermodel/add/").await;
    inspector.browser.fill("#id_username", "owner").await;
    inspector.browser.fill("#id_password1", "1234").await;
    inspector.browser.click("[name=_save]").await;
    inspector.browser.wait_for(".errors").await;
    inspector.inspect("adding a user, with errors").await;
    inspector.go(&format!("{USERS}?q=owner")).await;
    inspector.from(".list-table .main a", "", "").await;
    inspector.inspect("changing a user").await;
    let stale = "document.querySelector('[name=_version]').value = 'stale'";
    inspector.browser.run(stale).await;
    inspector.browser.fill("#id_email", "owner@example.edu").await;
    inspector.browser.click("[name=_save]").await;
    inspector.browser.wait_for(".conflict").await;
    inspector.inspect("a conflict").await;
    for (list, name) in [
        ("/en/admin/chat/feedback/", "reviewing an opinion"),
        ("/en/admin/core/document/", "changing a document"),
        (CONVERSATIONS, "viewing a conversation"),
        ("/en/admin/chat/chatmessages/?n=25", "viewing a message"),
        ("/en/admin/core/uploadedfile/", "viewing a file"),
        ("/en/admin/core/job/", "viewing a job"),
        ("/en/admin/core/auditentry/", "viewing an entry of the audit log"),
    ] {
        inspector.go(list).await;
        inspector.from(".list-table .main a", "", "").await;
        inspector.inspect(name).await;
    }
    inspector.go("/en/admin/core/document/").await;
    inspector.from(".list-table .main a", "change/", "file/").await;
    inspector.inspect("the file of a document").await;
    inspector.visit("/en/admin/core/document/upload/").await;
    inspector.browser.click(".submit .primary").await;
    inspector.browser.wait_for(".errors").await;
    inspector.inspect("adding a document, with errors").await;
    inspector.visit("/zh-hans/admin/auth/group/add/").await;
    inspector.visit("/en/admin/chat/chatmessages/export/").await;
    inspector.visit("/en/admin/account/").await;
    inspector.visit("/en/admin/password_change/").await;
    inspector.browser.click("[name=set-password]").await;
    inspector.browser.wait_for(".errors").await;
    inspector.inspect("an own password, with errors").await;
    remove_all_conversations(&inspector.browser, &inspector.program).await;
    // While it goes on the page is loaded again and again, under whoever looks at it.
    inspector.browser.wait_for(".card-body:not([data-refresh]) > progress").await;
    inspector.inspect("a large removal").await;
    inspector.close(18).await;
}

#[rocket::async_test]
async fn confirmations_refusals_and_the_way_in_are_accessible_and_keep_the_policy() {
    let mut inspector = Inspector::outside().await;
    inspector.inspect("signing in").await;
    inspector.browser.click("main form .primary").await;
    inspector.browser.wait_for(".error").await;
    inspector.inspect("signing in, with errors").await;
    enter(&inspector.browser).await;

    inspector.go(&format!("{CONVERSATIONS}?q=quiet")).await;
    inspector.from(".list-table .main a", "change/", "conversation/").await;
    inspector.browser.click(".why summary").await;
    inspector.inspect("a conversation").await;
    inspector.go(&format!("{CONVERSATIONS}?q=quiet")).await;
    inspector.from(".list-table .main a", "change/", "delete/").await;
    inspector.inspect("deleting a conversation").await;
    inspector.go(&format!("{USERS}?q=owner")).await;
    inspector.from(".list-table .main a", "change/", "history/").await;
    inspector.inspect("a history").await;
    inspector.go(&format!("{USERS}?q=owner")).await;
    inspector.from(".list-table .main a", "change/", "password/").await;
    inspector.inspect("the password of another").await;

    for (list, action, name) in
        [(CONVERSATIONS, "delete_selected", "deleting several"), (USERS, "end_sign_ins", "an action")]
    {
        inspector.go(list).await;
        inspector.browser.click(".list-table tbody [name=_selected_action]").await;
        inspector.browser.choose("[name=action]", action).await;
        inspector.browser.click(".actions button").await;
        inspector.browser.wait_for("form [name=post], form .danger").await;
        inspector.inspect(name).await;
    }

    inspector.visit("/en/admin/core/nothing/").await;
    inspector.go("/en/admin/auth/group/add/").await;
    inspector.browser.fill("#id_name", "Readers").await;
    let stale = "document.querySelector('#change-form [name=csrfmiddlewaretoken]').value = 'stale'";
    inspector.browser.run(stale).await;
    inspector.browser.click("[name=_save]").await;
    inspector.browser.wait_for_title("expired").await;
    inspector.inspect("a form that has expired").await;

    limited(&inspector).await;
    inspector.go(USERS).await;
    inspector.from(".list-table .main a", "change/", "delete/").await;
    inspector.browser.wait_for_title("Cannot delete").await;
    inspector.inspect("a deletion that is blocked").await;
    inspector.visit("/en/admin/auth/group/").await;
    inspector.browser.wait_for_title("Permission needed").await;
    inspector.browser.click(".menu summary").await;
    inspector.inspect("the menu of the account").await;
    inspector.browser.click(".menu form button").await;
    inspector.browser.wait_for(".sign-in .primary").await;
    inspector.inspect("signed out").await;
    inspector.go("/en/admin/login/").await;
    guess_too_often(&inspector.browser).await;
    inspector.inspect("too many attempts").await;
    inspector.close(15).await;
}

/// Signs in with wrong passwords until one has to wait.
async fn guess_too_often(browser: &Browser) {
    for _ in 0..6 {
        browser.fill("#id_username", "nobody").await;
        browser.fill("#id_password", "wrong").await;
        browser.click("main form .primary").await;
        browser.wait_for("main h1").await;
        if browser.count("#id_username").await == 0 {
            break;
        }
    }
}

/// Signs in somebody who may delete users, but not what they have.
async fn limited(inspector: &Inspector) {
    let browser = &inspector.browser;
    inspector.go(&format!("{USERS}add/")).await;
    browser.fill("#id_username", "helper").await;
    browser.fill("#id_password1", PASSWORD).await;
    browser.fill("#id_password2", PASSWORD).await;
    browser.click("[name=_save]").await;
    for right in ["View", "Delete"] {
        browser.click(&format!("input[aria-label='Users: {right}']")).await;
    }
    browser.click("[name=_save]").await;
    browser.wait_for(".message.success").await;
    browser.click(".menu summary").await;
    browser.click(".menu form button").await;
    browser.wait_for(".sign-in .primary").await;
    inspector.go("/en/admin/login/").await;
    browser.fill("#id_username", "helper").await;
    browser.fill("#id_password", PASSWORD).await;
    browser.click("main form .primary").await;
    browser.wait_for(".who-name").await;
}

#[rocket::async_test]
async fn a_page_that_breaks_the_policy_or_cannot_be_read_would_be_noticed() {
    let program = furnished().await;
    let browser = visitor(&program, Scripts::On, 1280).await;
    let mut inspector = Inspector { program, browser, faults: Vec::new(), seen: 0 };
    let spoil = "document.querySelector('main').insertAdjacentHTML('beforeend',
        '<p style=\"color: #ccc\">Pale</p><input name=nameless><img src=\"https://elsewhere.invalid/\" alt=\"\">');
      document.querySelector('h1').className = 'hint'; document.querySelector('main').append('x'.repeat(900))";
    inspector.browser.run(spoil).await;
    inspector.inspect("a spoilt page").await;
    for expected in ["refused style-src", "refused img-src", "label", "px wider"] {
        assert!(inspector.faults.iter().any(|fault| fault.contains(expected)), "{:?}", inspector.faults);
    }
    inspector.browser.close().await;
}

#[rocket::async_test]
async fn the_second_factor_is_accessible_and_keeps_the_policy() {
    let mut inspector = Inspector::inside().await;
    inspector.visit("/en/admin/second_factor/").await;
    inspector.browser.click("[value=begin]").await;
    inspector.browser.wait_for("svg.qr").await;
    inspector.inspect("setting a second factor up").await;
    let key = shown_key(&inspector.browser).await;
    inspector.browser.fill("#id_first_code", "000000").await;
    inspector.browser.click("[value=confirm]").await;
    inspector.browser.wait_for(".errors").await;
    inspector.inspect("setting a second factor up, with errors").await;
    inspector.browser.fill("#id_first_code", &code_of_now(&key)).await;
    inspector.browser.click("[value=confirm]").await;
    let codes = inspector.browser.texts(".codes code").await;
    inspector.inspect("recovery codes").await;
    inspector.visit("/zh-hans/admin/second_factor/").await;
    inspector.browser.click("[value=off]").await;
    inspector.browser.wait_for(".errors").await;
    inspector.browser.click(".instead summary").await;
    inspector.inspect("turning a second factor off, with errors").await;
    inspector.go(USERS).await;
    inspector.browser.click(".menu summary").await;
    inspector.browser.click(".menu form button").await;
    inspector.go("/en/admin/login/").await;
    inspector.browser.fill("#id_username", "owner").await;
    inspector.browser.fill("#id_password", PASSWORD).await;
    inspector.browser.click("main form .primary").await;
    inspector.browser.wait_for("#id_code").await;
    inspector.inspect("the code of a second factor").await;
    inspector.browser.click("main form .primary").await;
    inspector.browser.wait_for(".errors").await;
    inspector.browser.click(".instead summary").await;
    inspector.inspect("the code of a second factor, with errors").await;
    inspector.browser.fill("#id_recovery_code", &codes[0]).await;
    inspector.browser.click("main form .primary").await;
    inspector.browser.wait_for(".who-name").await;
    inspector.close(8).await;
}
