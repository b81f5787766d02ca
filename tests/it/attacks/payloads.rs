//! Text that would run if a page took it for markup. Each has a number, so that it is known where it came from.

use std::sync::atomic::{AtomicU32, Ordering};

/// What a script would do: it leaves a mark on the window.
const SCRIPT: &str = "top.zqran=1";

/// For text. `¤` is the script, `№` the mark that says which one it is.
const TEXTS: [&str; 116] = [
    "<script>¤</script>",
    "<ScRiPt>¤</sCrIpT >",
    "<script/№>¤</script>",
    "<script src=/zq/№></script>",
    "<script src=\"//127.0.0.1:9/№\"></script>",
    "\"><script>¤</script>",
    "'><script>¤</script>",
    "</script><script>¤</script>",
    "</title><script>¤</script>",
    "</textarea><script>¤</script>",
    "</style><script>¤</script>",
    "</noscript><script>¤</script>",
    "</template><script>¤</script>",
    "</option></select><script>¤</script>",
    "</pre></code><script>¤</script>",
    "--><script>¤</script>",
    "]]><script>¤</script>",
    "*/</script><script>¤</script>",
    "';¤;'",
    "\";¤//",
    "\\\";¤//",
    "${¤}",
    "{{constructor.constructor('¤')()}}",
    "{% raw %}<script>¤</script>",
    "<%= ¤ %><script>¤</script>",
    "<img src=x onerror=¤>",
    "<img src=x onerror=\"¤\"//",
    "<img/src/onerror=¤>",
    "<img src=/zq/№ onload=¤>",
    "\" onfocus=¤ autofocus №=\"",
    "' onmouseover=¤ №='",
    "x onclick=¤ №=1",
    "` onload=¤ `",
    "\"autofocus/onfocus=¤//",
    "<svg onload=¤>",
    "<svg><script>¤</script></svg>",
    "<svg><animate onbegin=¤ attribute№ame=x dur=1s>",
    "<svg><a xlink:href=\"javascript:¤\"><text y=9>№</text></a></svg>",
    "<svg><foreignObject><img src=x onerror=¤></foreignObject></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id='a' onload='¤'/>#a\"/></svg>",
    "<svg><style><img src=x onerror=¤></style></svg>",
    "<svg><desc><![CDATA[</desc><script>¤</script>]]></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=¤&gt;\">",
    "<math href=\"javascript:¤\">№</math>",
    "<math><mi xlink:href=\"javascript:¤\">№</mi></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=¤>",
    "<noscript><p title=\"</noscript><img src=x onerror=¤>\">",
    "<xmp><p title=\"</xmp><img src=x onerror=¤>\">",
    "<listing>&lt;img src=x onerror=¤&gt;</listing>",
    "<plaintext><img src=x onerror=¤>",
    "<iframe srcdoc=\"<script>¤</script>\"></iframe>",
    "<iframe src=javascript:¤></iframe>",
    "<object data=javascript:¤></object>",
    "<embed src=javascript:¤>",
    "<base href=//evil.example/№/>",
    "<meta http-equiv=refresh content=\"0;url=javascript:¤\">",
    "<link rel=stylesheet href=/zq/№>",
    "<style>@import '/zq/№'</style>",
    "<p style=\"background:url(/zq/№)\">№</p>",
    "<body onload=¤>",
    "<details open ontoggle=¤>№</details>",
    "<video><source onerror=¤></video>",
    "<audio src=x onerror=¤></audio>",
    "<input autofocus onfocus=¤>",
    "<select autofocus onfocus=¤></select>",
    "<textarea autofocus onfocus=¤></textarea>",
    "<marquee onstart=¤>№</marquee>",
    "<button formaction=javascript:¤>№</button>",
    "<form action=javascript:¤><input type=submit></form>",
    "<a href=javascript:¤>№</a>",
    "<a href=\"java\tscript:¤\">№</a>",
    "<a href=\"&#106;avascript:¤\">№</a>",
    "<a href=\"\u{1}javascript:¤\">№</a>",
    "<a href=\"data:text/html,<script>¤</script>\">№</a>",
    "<a href=vbscript:¤>№</a>",
    "<template><script>¤</script></template>",
    "<№ onmouseover=¤ tabindex=1 autofocus onfocus=¤>№</№>",
    "<dialog open onclose=¤>№</dialog>",
    "<!--><script>¤</script>-->",
    "<?xml version=\"1.0\"?><script>¤</script>",
    "<![CDATA[<script>¤</script>]]>",
    "<div\nonclick=¤\n>№</div>",
    "&lt;script&gt;¤&lt;/script&gt;",
    "&#60;script&#62;¤&#60;/script&#62;",
    "&#x3c;img src=x onerror=¤&#x3e;",
    "&amp;lt;img src=x onerror=¤&amp;gt;",
    "%3Cscript%3E¤%3C/script%3E",
    "\\u003cscript\\u003e¤\\u003c/script\\u003e",
    "\\x3cimg src=x onerror=¤\\x3e",
    "＜script＞¤＜/script＞",
    "+ADw-script+AD4-¤+ADw-/script+AD4-",
    "<\u{200b}script>¤</script>",
    "\u{202e}<script>¤</script>",
    "<ſcript>¤</ſcript>",
    "<script>\u{2028}¤</script>",
    "﹤img src=x onerror=¤﹥",
    "<img src=x onerror\u{3000}=¤>",
    "[№](javascript:¤)",
    "[№](java&#115;cript:¤)",
    "[№](data:text/html;base64,PHNjcmlwdD4=)",
    "![№](x\"onerror=\"¤)",
    "[№]: javascript:¤\n\n[№]",
    "<javascript:¤>",
    "[№](https://e.example \"onmouseover=¤\")",
    "```html №\" onload=¤\n<script>¤</script>\n```",
    "`<img src=x onerror=¤>`",
    "| <img src=x onerror=¤> |\n|---|\n| № |",
    "> <script>¤</script>",
    "# <img src=x onerror=¤>",
    "[<img src=x onerror=¤>](https://e.example/№)",
    "**<script>¤</script>** [1](javascript:¤) [1]",
    "[№](<javascript:¤>)",
    "=HYPERLINK(\"javascript:¤\",\"№\")",
    "@SUM(1)№<script>¤</script>",
    "+cmd|' /C calc'!№",
    "\u{1}=1+№",
];

/// For addresses.
const ADDRESSES: [&str; 12] = [
    "javascript:¤//№",
    "JaVaScRiPt:¤//№",
    " javascript:¤//№",
    "java\nscript:¤//№",
    "\u{1}javascript:¤//№",
    "javascript://e.example/%0a¤//№",
    "data:text/html,<script>¤</script>№",
    "vbscript:¤ №",
    "blob:№",
    "https://e.example/\" onclick=¤ №=\"",
    "http://e.example/'><script>¤</script>№",
    "//e.example/№",
];

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A text of the next number.
pub fn text() -> String {
    filled(&TEXTS)
}

/// An address of the next number.
pub fn address() -> String {
    filled(&ADDRESSES)
}

/// How many have been made.
pub fn made() -> u32 {
    NEXT.load(Ordering::Relaxed)
}

fn filled(bank: &[&str]) -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mark = format!("zq{number}z");
    let text = bank[number as usize % bank.len()].replace('¤', SCRIPT).replace('№', &mark);
    if text.contains(&mark) { text } else { format!("{text} {mark}") }
}
